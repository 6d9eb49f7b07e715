"""What a pod is open to, on small namespaces; and beside the verdict engine, on random ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.compile import Denial
from netbaseline.core.coverage.judge import Scene, judge, touches
from netbaseline.core.coverage.openness import EVERY_NAMESPACE, INTERNET
from netbaseline.core.coverage.states import NamespaceCoverage, NamespaceState, Side, State
from netbaseline.core.inventory import ForeignPolicy, Pod, Policy, Workload, namespace
from netbaseline.core.netpol import Spec
from netbaseline.core.reach.cases import Case, Semantics
from netbaseline.core.selectors import EVERYTHING, equal
from netbaseline.core.verdict import Applied, Endpoint, Flow, NamedPort, decide
from tests.core import strategies
from tests.core.reach.worlds import pod, policy

IPV4, IPV6 = INTERNET[4], INTERNET[6]
DENY = policy("shop/deny", podSelector={}, policyTypes=["Ingress", "Egress"])


def judged(*items: Pod | Policy, **more: Any) -> NamespaceCoverage:
    pods = [item for item in items if isinstance(item, Pod)]
    policies = [item for item in items if isinstance(item, Policy)]
    semantics = more.pop("semantics", Semantics())
    return judge(Scene(namespace("shop"), pods, policies, **more), semantics)


def ingress(*items: Pod | Policy, **more: Any) -> Side:
    """Of the one pod there is."""
    [group] = judged(*items, **more).groups
    return group.ingress


def incoming(*rules: Mapping[str, Any]) -> Policy:
    return policy("shop/theirs", podSelector={}, policyTypes=["Ingress"], ingress=list(rules))


def test_a_pod_that_no_policy_selects_is_open_in_both_directions() -> None:
    found = judged(pod("shop/web"), policy("shop/db", podSelector={"matchLabels": {"app": "db"}}))
    assert [found.counts(direction) for direction in Direction] == [{State.OPEN: 1}, {State.OPEN: 1}]
    assert found.state is NamespaceState.OPEN


def test_a_pod_that_is_denied_is_isolated_and_names_the_policies_that_do_it() -> None:
    assert ingress(pod("shop/web"), DENY) == Side(State.ISOLATED, ("deny",))


ANYWHERE: list[tuple[Sequence[Mapping[str, Any]], tuple[str, ...]]] = [
    ([], (EVERY_NAMESPACE, IPV4, IPV6)),
    ([{"namespaceSelector": {}}], (EVERY_NAMESPACE,)),
    (
        [{"namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}]}}],
        (EVERY_NAMESPACE,),
    ),
    (
        [
            {
                "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["x"]}]},
                "podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
            }
        ],
        (EVERY_NAMESPACE,),
    ),
    ([{"ipBlock": {"cidr": "0.0.0.0/0"}}], (IPV4,)),
    ([{"ipBlock": {"cidr": "::/0"}}], (IPV6,)),
    ([{"ipBlock": {"cidr": "2000::/3"}}], (IPV6,)),
    ([{"ipBlock": {"cidr": "0.0.0.0/1"}}, {"ipBlock": {"cidr": "128.0.0.0/1"}}], (IPV4,)),
    ([{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]}}], (IPV4,)),
    ([{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["9.9.9.9/32"]}}], (IPV4,)),
]


@pytest.mark.parametrize(("peers", "whom"), ANYWHERE)
def test_selected_and_open_to_everybody_is_allow_all_however_it_is_spelled(
    peers: Sequence[Mapping[str, Any]], whom: tuple[str, ...]
) -> None:
    found = ingress(pod("shop/web"), DENY, incoming({"from": list(peers)}))
    assert found == Side(State.ALLOW_ALL, ("deny", "theirs"), whom, ("theirs",))


@pytest.mark.parametrize(
    "rule",
    [
        {"from": [{"podSelector": {}}]},
        {"from": [{"namespaceSelector": {"matchLabels": {"team": "x"}}}]},
        {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "prometheus"}}}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]},
        {"from": [{"ipBlock": {"cidr": "0.0.0.0/1"}}]},
        {"ports": [{"port": 443}]},
        {"ports": [{"port": 2, "endPort": 65535}]},
    ],
)
def test_what_only_somebody_or_only_some_ports_may_use_is_isolated(rule: Mapping[str, Any]) -> None:
    assert ingress(pod("shop/web"), incoming(rule)) == Side(State.ISOLATED, ("theirs",))


@pytest.mark.parametrize("ports", [[{"port": 1, "endPort": 65535}], [{"protocol": "TCP"}], [{"protocol": "UDP"}]])
def test_all_ports_of_one_protocol_are_enough_to_be_open(ports: list[Mapping[str, Any]]) -> None:
    assert ingress(pod("shop/web"), incoming({"ports": ports})).state is State.ALLOW_ALL


def test_two_policies_that_open_a_pod_only_together_are_both_named() -> None:
    halves = [
        policy(f"shop/{name}", podSelector={}, ingress=[{"from": [{"ipBlock": {"cidr": cidr}}]}])
        for name, cidr in (("low", "0.0.0.0/1"), ("high", "128.0.0.0/1"))
    ]
    assert ingress(pod("shop/web"), *halves).opened_by == ("high", "low")


def test_a_pod_of_a_baseline_that_holds_is_conformant_in_the_directions_that_it_denies() -> None:
    denials = [Denial(equal({"app": "web"}), ingress=True, egress=False)]
    found = judged(pod("shop/web"), pod("shop/db"), DENY, denials=denials)
    assert found.counts(Direction.INGRESS) == {State.CONFORMANT: 1, State.ISOLATED: 1}
    assert found.counts(Direction.EGRESS) == {State.ISOLATED: 2}
    assert found.state is NamespaceState.PROTECTED


def test_a_foreign_policy_that_opens_a_pod_takes_conformance_away() -> None:
    denials = [Denial(EVERYTHING, ingress=True, egress=True)]
    assert ingress(pod("shop/web"), DENY, denials=denials).state is State.CONFORMANT
    assert ingress(pod("shop/web"), DENY, incoming({}), denials=denials).state is State.ALLOW_ALL


def test_a_pod_that_another_api_selects_depends_in_its_directions_alone() -> None:
    calico = ForeignPolicy(
        "projectcalico.org/v3", "NetworkPolicy", "shop", "deny", pods=equal({"app": "web"}), egress=False
    )
    found = judged(pod("shop/web"), pod("shop/db"), DENY, foreign=[calico])
    assert found.counts(Direction.INGRESS) == {State.DEPENDS: 1, State.ISOLATED: 1}
    assert found.counts(Direction.EGRESS) == {State.ISOLATED: 2}
    assert found.state is NamespaceState.PARTIAL
    [side] = [group.ingress for group in found.groups if group.ingress.state is State.DEPENDS]
    assert side.reasons == ("shop/deny (NetworkPolicy of projectcalico.org)",)


def test_a_cluster_wide_foreign_policy_touches_the_namespaces_that_it_selects() -> None:
    wide = ForeignPolicy("cilium.io/v2", "CiliumClusterwideNetworkPolicy", None, "x", namespaces=equal({"team": "a"}))
    assert touches(wide, namespace("shop", {"team": "a"}))
    assert not touches(wide, namespace("shop"))


def test_a_host_network_pod_depends_until_the_plugin_is_known() -> None:
    agent = pod("shop/agent", host_network=True)
    assert ingress(agent).state is State.OPEN
    assert ingress(agent, DENY).state is State.DEPENDS
    assert ingress(agent, DENY, semantics=Semantics({Case.HOST_NETWORK_TARGET: True})).state is State.ISOLATED
    assert ingress(agent, DENY, semantics=Semantics({Case.HOST_NETWORK_TARGET: False})).state is State.OPEN


def test_where_nothing_enforces_every_pod_is_open() -> None:
    assert ingress(pod("shop/web"), DENY, semantics=Semantics(enforces=False)).state is State.OPEN


def test_a_namespace_without_pods_is_what_its_first_pod_would_be() -> None:
    assert judged().state is NamespaceState.OPEN
    assert judged(DENY).state is NamespaceState.PROTECTED
    assert judged(incoming()).state is NamespaceState.PARTIAL
    assert judged(DENY).pods == 0


def test_pods_that_are_alike_are_one_group() -> None:
    found = judged(*(pod(f"shop/web-{number}", labels={"app": "web"}) for number in range(1000)), DENY)
    assert [len(group.pods) for group in found.groups] == [1000]


LABELS = [dict(endpoint.labels) for endpoint in strategies.PODS]
STRANGER = Endpoint("never-named", {}, {})
EDGES = [(port, protocol) for protocol in ("TCP", "UDP", "SCTP") for port in (1, 79, 80, 81, 82, 65535)]


@given(st.lists(strategies.specs, max_size=4))
def test_open_is_what_the_verdict_on_a_stranger_says_of_every_port(specs: list[Spec]) -> None:
    pods = [
        Pod("shop", str(number), labels, Workload("shop", str(number), "Pod")) for number, labels in enumerate(LABELS)
    ]
    policies = [Policy("shop", f"p{number}", spec) for number, spec in enumerate(specs)]
    applied = [Applied("shop", one.name, one.spec) for one in policies]
    found = judge(Scene(namespace("shop"), pods, policies))
    assert found.pods == len(pods)
    for group in found.groups:
        for one in group.pods:
            end = Endpoint("shop", one.labels, {}, (), (NamedPort("http", 80),))
            for side, flows in (
                (group.ingress, [Flow(STRANGER, end, *edge) for edge in EDGES]),
                (group.egress, [Flow(end, STRANGER, *edge) for edge in EDGES]),
            ):
                passes = {(flow.port, flow.protocol): decide(applied, flow).allowed for flow in flows}
                whole = any(
                    all(passes[port, protocol] for port, within in EDGES if within == protocol)
                    for protocol in ("TCP", "UDP", "SCTP")
                )
                everybody = EVERY_NAMESPACE in side.open_to or side.state is State.OPEN
                assert everybody == whole
