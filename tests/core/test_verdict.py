"""What passes under which policies, sentence by sentence from the documentation of networking.k8s.io/v1."""

from random import Random
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from netbaseline.core.netpol import Spec, spec_from_manifest
from netbaseline.core.verdict import Applied, Decider, Endpoint, Flow, NamedPort, decide
from tests.core.strategies import NAMESPACE, every_flow, specs

WEB = Endpoint("shop", {"app": "web"}, {"team": "shop"}, ("10.0.0.1", "2001:db8::1"), (NamedPort("http", 8080),))
DATABASE = Endpoint("shop", {"app": "db"}, {"team": "shop"}, ("10.0.0.2",))
METRICS = Endpoint("monitoring", {"app": "prometheus"}, {"team": "ops"}, ("10.0.1.1",))
GRAFANA = Endpoint("monitoring", {"app": "grafana"}, {"team": "ops"}, ("10.0.1.2",))
INTERNET = Endpoint(None, ips=("203.0.113.7",))
INTERNET_6 = Endpoint(None, ips=("2001:db8:ffff::7",))
FLOWS = every_flow()


def passes(
    source: Endpoint, destination: Endpoint, *specs: dict[str, Any], port: int = 80, protocol: str = "TCP"
) -> bool:
    """Whether a flow passes under policies of the namespace `shop`."""
    policies = [Applied("shop", f"policy-{number}", spec_from_manifest(spec)) for number, spec in enumerate(specs)]
    return decide(policies, Flow(source, destination, port, protocol)).allowed


def ingress(*peers: dict[str, Any], ports: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A policy for all pods with one ingress rule."""
    rule: dict[str, Any] = {"from": list(peers)} if peers else {}
    return {"policyTypes": ["Ingress"], "ingress": [{**rule, **({"ports": ports} if ports else {})}]}


DENY_INGRESS: dict[str, Any] = {"policyTypes": ["Ingress"]}
DENY_EGRESS: dict[str, Any] = {"policyTypes": ["Egress"]}
ALLOW_INGRESS: dict[str, Any] = {"policyTypes": ["Ingress"], "ingress": [{}]}


def test_everything_passes_where_no_policy_selects_either_end() -> None:
    assert passes(WEB, DATABASE)
    assert passes(INTERNET, WEB)
    assert passes(METRICS, WEB, {"podSelector": {"matchLabels": {"app": "db"}}})


def test_a_policy_isolates_the_pods_it_selects_and_no_others() -> None:
    deny = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}
    assert not passes(DATABASE, WEB, deny)
    assert passes(WEB, DATABASE, deny)


def test_isolation_is_per_direction() -> None:
    assert not passes(DATABASE, WEB, DENY_INGRESS)
    assert passes(WEB, INTERNET, DENY_INGRESS)
    assert not passes(WEB, INTERNET, DENY_EGRESS)
    assert passes(INTERNET, WEB, DENY_EGRESS)


def test_a_flow_needs_egress_of_its_source_and_ingress_of_its_destination() -> None:
    egress = {"policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}]}]}
    both = {"policyTypes": ["Ingress", "Egress"]}
    assert not passes(WEB, DATABASE, both)
    assert not passes(WEB, DATABASE, both, egress)
    assert not passes(WEB, DATABASE, both, ingress({"podSelector": {}}))
    assert passes(WEB, DATABASE, both, egress, ingress({"podSelector": {}}))


def test_policies_add_up() -> None:
    assert not passes(METRICS, WEB, DENY_INGRESS)
    assert not passes(METRICS, WEB, DENY_INGRESS, DENY_INGRESS)
    assert passes(METRICS, WEB, DENY_INGRESS, ALLOW_INGRESS)
    web, ops = ingress({"podSelector": {"matchLabels": {"app": "web"}}}), ingress({"namespaceSelector": {}})
    assert passes(METRICS, WEB, web, ops)
    assert not passes(METRICS, WEB, web)


def test_a_policy_counts_in_its_own_namespace_only() -> None:
    elsewhere = Applied("monitoring", "deny", Spec(ingress=(), egress=()))
    assert decide([elsewhere], Flow(DATABASE, WEB, 80)).allowed
    assert not decide([elsewhere], Flow(METRICS, WEB, 80)).allowed


def test_a_rule_without_peers_means_everybody_and_without_ports_every_port() -> None:
    for source in (DATABASE, METRICS, INTERNET):
        assert passes(source, WEB, ALLOW_INGRESS, port=1, protocol="SCTP")


def test_an_empty_list_of_rules_allows_nothing_and_an_empty_rule_allows_all() -> None:
    assert not passes(INTERNET, WEB, {"policyTypes": ["Ingress"], "ingress": []})
    assert passes(INTERNET, WEB, {"policyTypes": ["Ingress"], "ingress": [{}]})


def test_a_pod_selector_alone_means_pods_of_the_policys_own_namespace() -> None:
    peer: dict[str, Any] = {"podSelector": {}}
    assert passes(DATABASE, WEB, ingress(peer))
    assert not passes(METRICS, WEB, ingress(peer))


def test_an_empty_namespace_selector_means_pods_of_every_namespace_but_no_address_outside() -> None:
    peer: dict[str, Any] = {"namespaceSelector": {}}
    assert passes(DATABASE, WEB, ingress(peer))
    assert passes(METRICS, WEB, ingress(peer))
    assert not passes(INTERNET, WEB, ingress(peer))


def test_both_selectors_of_one_peer_must_match() -> None:
    peer = {
        "namespaceSelector": {"matchLabels": {"team": "ops"}},
        "podSelector": {"matchLabels": {"app": "prometheus"}},
    }
    assert passes(METRICS, WEB, ingress(peer))
    assert not passes(GRAFANA, WEB, ingress(peer))
    assert not passes(DATABASE, WEB, ingress(peer))


def test_any_of_several_peers_is_enough() -> None:
    peers = [{"namespaceSelector": {"matchLabels": {"team": "ops"}}}, {"podSelector": {"matchLabels": {"app": "db"}}}]
    for source in (METRICS, GRAFANA, DATABASE):
        assert passes(source, WEB, ingress(*peers))
    assert not passes(INTERNET, WEB, ingress(*peers))


def test_peer_and_port_of_one_rule_must_match_together() -> None:
    policy = {
        "ingress": [
            {"from": [{"podSelector": {}}], "ports": [{"port": 80}]},
            {"from": [{"namespaceSelector": {}}], "ports": [{"port": 9090}]},
        ]
    }
    assert passes(DATABASE, WEB, policy, port=80)
    assert passes(METRICS, WEB, policy, port=9090)
    assert not passes(METRICS, WEB, policy, port=80)


def test_the_name_of_a_namespace_is_the_label_that_the_api_server_sets() -> None:
    named = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    pretender = Endpoint("shady", {}, {"kubernetes.io/metadata.name": "monitoring"}, ("10.0.2.1",))
    assert passes(METRICS, WEB, ingress(named))
    assert not passes(pretender, WEB, ingress(named))


@pytest.mark.parametrize(("port", "expected"), [(79, False), (80, True), (85, True), (90, True), (91, False)], ids=str)
def test_a_range_of_ports_holds_both_its_ends(port: int, expected: bool) -> None:
    assert passes(METRICS, WEB, ingress(ports=[{"port": 80, "endPort": 90}]), port=port) is expected


def test_a_port_is_of_one_protocol() -> None:
    assert passes(METRICS, WEB, ingress(ports=[{"port": 53, "protocol": "UDP"}]), port=53, protocol="UDP")
    assert not passes(METRICS, WEB, ingress(ports=[{"port": 53, "protocol": "UDP"}]), port=53)
    assert not passes(METRICS, WEB, ingress(ports=[{"port": 53}]), port=53, protocol="UDP")


def test_a_protocol_without_a_port_means_all_its_ports() -> None:
    assert passes(METRICS, WEB, ingress(ports=[{"protocol": "UDP"}]), port=7, protocol="UDP")
    assert not passes(METRICS, WEB, ingress(ports=[{"protocol": "UDP"}]), port=7)


def test_a_named_port_is_looked_up_at_the_destination_per_pod_and_protocol() -> None:
    policy = ingress(ports=[{"port": "http"}])
    other = Endpoint(
        "shop", {"app": "web"}, {}, ("10.0.0.3",), (NamedPort("http", 8000), NamedPort("http", 8001, "UDP"))
    )
    assert passes(METRICS, WEB, policy, port=8080)
    assert not passes(METRICS, WEB, policy, port=8000)
    assert passes(METRICS, other, policy, port=8000)
    assert not passes(METRICS, other, policy, port=8080)
    assert not passes(METRICS, other, policy, port=8001)
    assert not passes(METRICS, other, policy, port=8001, protocol="UDP")
    assert not passes(METRICS, DATABASE, policy, port=8080)


def test_a_named_port_of_an_egress_rule_is_that_of_the_pod_at_the_other_end() -> None:
    policy = {"policyTypes": ["Egress"], "egress": [{"ports": [{"port": "http"}]}]}
    assert passes(DATABASE, WEB, policy, port=8080)
    assert not passes(DATABASE, METRICS, policy, port=8080)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.0", True),
        ("203.0.113.127", True),
        ("203.0.113.128", False),
        ("203.0.113.255", False),
        ("203.0.114.1", False),
        ("2001:db8::1", False),
        ("2001:db8:1::1", True),
        ("2001:db8:1:5::1", False),
        ("2001:db8:2::1", False),
    ],
)
def test_a_range_holds_its_addresses_without_those_of_its_exceptions(address: str, expected: bool) -> None:
    blocks = [
        {"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.128/25"]}},
        {"ipBlock": {"cidr": "2001:db8:1::/48", "except": ["2001:db8:1:5::/64"]}},
    ]
    assert passes(Endpoint(None, ips=(address,)), WEB, ingress(*blocks)) is expected


def test_an_exception_counts_for_its_own_range_only() -> None:
    narrow = {"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.0/25"]}}
    assert not passes(INTERNET, WEB, ingress(narrow))
    assert passes(INTERNET, WEB, ingress(narrow, {"ipBlock": {"cidr": "203.0.112.0/23"}}))


def test_all_of_ipv4_is_not_all_of_ipv6() -> None:
    everywhere = {"ipBlock": {"cidr": "0.0.0.0/0"}}
    assert passes(INTERNET, WEB, ingress(everywhere))
    assert not passes(INTERNET_6, WEB, ingress(everywhere))
    assert passes(INTERNET_6, WEB, ingress({"ipBlock": {"cidr": "::/0"}}))


def test_one_address_of_a_dual_stack_pod_in_the_range_is_enough() -> None:
    deny = {"policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "2001:db8::/64"}}]}]}
    assert passes(DATABASE, WEB, deny)
    assert not passes(WEB, DATABASE, deny)


def test_a_verdict_names_what_isolates_and_each_rule_that_lets_the_flow_pass() -> None:
    policies = [
        Applied("shop", "deny", Spec(ingress=())),
        Applied(
            "shop", "open", spec_from_manifest({"ingress": [{"ports": [{"port": 1}]}, {}, {"ports": [{"port": 80}]}]})
        ),
        Applied("shop", "out", Spec(egress=())),
    ]
    verdict = decide(policies, Flow(METRICS, WEB, 80))
    assert verdict.ingress.isolating == ("deny", "open")
    assert verdict.ingress.allowing == (Decider("open", 1), Decider("open", 2))
    assert verdict.egress.isolating == ()
    assert verdict.allowed


@given(specs, specs)
def test_two_policies_isolate_what_either_isolates_and_allow_what_either_allows(one: Spec, other: Spec) -> None:
    alone = [[Applied(NAMESPACE, name, spec)] for name, spec in (("one", one), ("other", other))]
    refused = 0
    for flow in FLOWS:
        verdicts = [decide(policies, flow) for policies in alone]
        both = decide([*alone[0], *alone[1]], flow)
        for side, parts in (
            (both.egress, [verdict.egress for verdict in verdicts]),
            (both.ingress, [verdict.ingress for verdict in verdicts]),
        ):
            isolated = [part for part in parts if part.isolating]
            assert side.allowed == (not isolated or any(part.allowed for part in isolated))
            refused += not side.allowed
    event("refuses something" if refused else "refuses nothing")


@given(st.lists(specs, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_policies_does_not_matter(found: list[Spec], order: Random) -> None:
    policies = [Applied(NAMESPACE, f"policy-{number}", spec) for number, spec in enumerate(found)]
    shuffled = order.sample(policies, len(policies))
    for flow in FLOWS[::7]:
        assert decide(policies, flow).allowed == decide(shuffled, flow).allowed
