from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netbaseline.api.fields import MAX_RULES
from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.core.importing import proof
from netbaseline.core.importing.baselines import Imported, import_namespace
from netbaseline.core.importing.proof import Import, import_policies
from netbaseline.core.inventory import Baseline, Inventory, Policy
from tests.core.baselines import baseline
from tests.core.reach.worlds import pod, policy, world

OWN: list[dict[str, Any]] = [{"from": [{"podSelector": {}}]}]
DNS = {
    "to": [
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        },
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "node-local-dns"}},
        },
    ],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}


def specs(found: Import) -> list[dict[str, Any]]:
    manifests = [manifest for item in found.by_namespace.values() for manifest in item.manifests]
    for manifest in manifests:
        NetworkBaseline.parse(manifest)
    return [manifest["spec"] for manifest in manifests]


def test_one_baseline_says_what_a_namespace_has_in_its_own_words() -> None:
    found = import_policies(
        world(
            pod("shop/web"),
            policy("shop/default", podSelector={}, policyTypes=["Ingress"], ingress=OWN),
            policy(
                "shop/from-monitoring",
                podSelector={"matchLabels": {"app": "web"}},
                ingress=[
                    {
                        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
                        "ports": [{"port": 9090}],
                    }
                ],
            ),
        )
    )
    assert found.complete
    assert specs(found) == [
        {
            "defaultDeny": ["Ingress"],
            "allow": {
                "sameNamespace": {},
                "ingress": [
                    {
                        "name": "from-monitoring",
                        "pods": {"matchLabels": {"app": "web"}},
                        "from": [{"namespace": "monitoring"}],
                        "ports": [{"port": 9090}],
                    }
                ],
            },
        }
    ]


def test_dns_is_recognised_and_where_it_is_not_allowed_it_is_turned_off() -> None:
    with_dns = import_policies(world(policy("shop/dns", podSelector={}, policyTypes=["Egress"], egress=[DNS])))
    assert specs(with_dns) == [{"defaultDeny": ["Egress"]}]
    without = import_policies(world(policy("shop/deny", podSelector={}, policyTypes=["Egress"])))
    assert specs(without) == [{"defaultDeny": ["Egress"], "allow": {"dns": {"enabled": False}}}]


def test_pods_that_are_isolated_by_different_policies_get_a_baseline_each() -> None:
    found = import_policies(
        world(
            policy("shop/web", podSelector={"matchLabels": {"app": "web"}}, ingress=OWN),
            policy("shop/db", podSelector={"matchLabels": {"app": "db"}}, policyTypes=["Egress"]),
        )
    )
    assert found.complete
    assert [(spec["podSelector"], spec["defaultDeny"]) for spec in specs(found)] == [
        ({"matchLabels": {"app": "db"}}, ["Egress"]),
        ({"matchLabels": {"app": "web"}}, ["Ingress"]),
    ]


def test_more_rules_than_a_baseline_may_have_go_into_several() -> None:
    many = [{"from": [{"ipBlock": {"cidr": f"203.0.113.{number}/32"}}]} for number in range(MAX_RULES + 3)]
    found = import_policies(world(pod("shop/web"), policy("shop/many", podSelector={}, ingress=many)))
    assert found.complete
    assert [len(spec["allow"]["ingress"]) for spec in specs(found)] == [MAX_RULES, 3]


def test_what_no_baseline_can_say_stays_and_is_named_with_the_reason() -> None:
    peers = [{"podSelector": {"matchLabels": {"app": f"app-{number}"}}} for number in range(40)]
    found = import_policies(
        world(pod("shop/web"), policy("shop/long", podSelector={}, ingress=[{"from": peers}]), *_deny("shop"))
    )
    [imported] = found.by_namespace.values()
    assert [str(item.policy) for item in imported.unsaid] == ["shop/long"]
    assert "from" in imported.unsaid[0].reason
    assert not found.complete
    assert found.differences == ()


def _deny(namespace: str) -> tuple[Policy, ...]:
    return (policy(f"{namespace}/deny", podSelector={}, policyTypes=["Ingress"]),)


SELECTORS: list[dict[str, Any]] = [
    {},
    {"matchLabels": {"app": "web"}},
    {"matchLabels": {"app": "db"}},
    {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]},
]
PEERS: list[dict[str, Any]] = [
    {"podSelector": {}},
    {"podSelector": SELECTORS[1]},
    {"namespaceSelector": {}},
    {"namespaceSelector": {"matchLabels": {"team": "pay"}}, "podSelector": SELECTORS[2]},
    {"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.128/25"]}},
]
rules = st.fixed_dictionaries(
    {},
    optional={
        "peers": st.lists(st.sampled_from(PEERS), min_size=1, max_size=2),
        "ports": st.lists(
            st.sampled_from([{"port": 80}, {"port": 53, "protocol": "UDP"}, {"port": 8000, "endPort": 9000}]),
            min_size=1,
            max_size=2,
        ),
    },
)


def _rule(found: dict[str, Any], key: str) -> dict[str, Any]:
    return {key if name == "peers" else name: value for name, value in found.items()}


@st.composite
def worlds(draw: st.DrawFn) -> Inventory:
    made = []
    for number in range(draw(st.integers(1, 4))):
        types = draw(st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]))
        spec: dict[str, Any] = {"podSelector": draw(st.sampled_from(SELECTORS)), "policyTypes": types}
        for kind, key in (("Ingress", "from"), ("Egress", "to")):
            if kind in types:
                spec[kind.lower()] = [_rule(found, key) for found in draw(st.lists(rules, max_size=2))]
        made.append(policy(f"shop/policy-{number}", **spec))
    pods = (pod("shop/web"), pod("shop/db"), pod("pay/db"), pod("pay/other"))
    return world(*pods, *made, labels={"pay": {"team": "pay"}})


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_what_is_imported_means_the_same(given_world: Inventory) -> None:
    found = import_policies(given_world)
    specs(found)
    assert found.differences == ()
    assert found.complete


def test_the_proof_judges_pods_that_are_yet_to_come() -> None:
    found = import_policies(world(policy("shop/web", podSelector={"matchLabels": {"app": "web"}}, ingress=OWN)))
    assert (found.pods, found.probes) == (0, 2)
    assert found.complete


def test_a_difference_is_found_and_makes_the_import_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(namespace: str, policies: Sequence[Policy], taken: Container[str]) -> Imported:
        found = import_namespace(namespace, policies, taken)
        return replace(
            found, manifests=tuple({**item, "spec": {"defaultDeny": ["Ingress"]}} for item in found.manifests)
        )

    monkeypatch.setattr(proof, "import_namespace", forgetful)
    given_world = world(pod("shop/web"), pod("shop/db"), policy("shop/default", podSelector={}, ingress=OWN))
    found = import_policies(given_world)
    assert not found.complete
    assert {change.destination.name for change in found.differences} >= {"shop/web[Deployment]", "shop/db[Deployment]"}


def test_a_baseline_that_is_there_keeps_its_name() -> None:
    standing = Baseline(baseline({"defaultDeny": ["Egress"]}, "default", namespace="shop"))
    found = import_policies(replace(world(pod("shop/web"), *_deny("shop")), baselines=(standing,)))
    names = [manifest["metadata"]["name"] for manifest in found.by_namespace["shop"].manifests]
    assert names == ["default-2"]
