"""From a baseline to its policies: names, metadata, findings, and one spelling for one meaning."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netbaseline.api.status import Severity
from netbaseline.core.compile import Compiled, Denial, compile_baseline
from netbaseline.core.netpol import OwnerReference, Policy, Spec, to_manifest
from netbaseline.core.normalize import normalized
from netbaseline.core.platform import Platform, ServerAddress
from netbaseline.core.selectors import EVERYTHING, equal
from tests.core.baselines import PLATFORM, baseline, specs
from tests.core.respelling import respelled

Json = dict[str, Any]

WEB = {"matchLabels": {"app": "web"}}


def compiled(spec: Json, platform: Platform = PLATFORM, others: tuple[Denial, ...] = (), **metadata: Any) -> Compiled:
    return compile_baseline(baseline(spec, **metadata), platform, others)


def policies(spec: Json, platform: Platform = PLATFORM, **metadata: Any) -> dict[str, Policy]:
    """Policies by role."""
    found = compiled(spec, platform, **metadata).policies
    return {policy.name.removeprefix("nbl.default."): policy for policy in found}


def written(spec: Json) -> str:
    """The bytes that are applied."""
    return json.dumps([to_manifest(policy) for policy in compiled(spec).policies])


@given(specs, st.randoms(use_true_random=False))
def test_the_same_meaning_gives_the_same_bytes(spec: Json, order: Random) -> None:
    assert written(respelled(spec, order)) == written(spec)


@given(specs)
def test_every_compiled_policy_is_normalized_named_once_and_says_which_directions_it_isolates(spec: Json) -> None:
    found = compiled(spec).policies
    assert [policy.name for policy in found] == sorted({policy.name for policy in found})
    for policy in found:
        assert policy.spec == normalized(policy.spec)
        manifest = to_manifest(policy)["spec"]
        assert manifest["policyTypes"]
        assert {"ingress", "egress"} <= manifest.keys()


@given(specs)
def test_only_allowances_that_are_asked_for_get_a_policy(spec: Json) -> None:
    allow = spec.get("allow", {})
    asked = {"same-namespace": "sameNamespace", "ingress-controller": "ingressController", "monitoring": "monitoring"}
    possible = {"deny"} | {role for role, part in asked.items() if part in allow}
    possible |= {f"rule.{rule['name']}" for part in ("ingress", "egress") for rule in allow.get(part, [])}
    possible |= {"kube-api-server"} if "kubeAPIServer" in allow else set()
    possible |= {"dns"} if allow.get("dns", {}).get("enabled", True) else set()
    assert "deny" in policies(spec)
    assert set(policies(spec)) <= possible


def test_an_empty_spec_denies_both_directions_of_all_pods_and_lets_dns_through() -> None:
    found = policies({})
    assert found["deny"].spec == Spec(EVERYTHING, ingress=(), egress=())
    assert set(found) == {"deny", "dns"}
    assert found["dns"].spec.ingress is None


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        (["Ingress"], {"deny": Spec(ingress=())}),
        (["Egress"], {"deny": Spec(egress=())}),
        (["Egress", "Ingress"], {"deny": Spec(ingress=(), egress=())}),
    ],
    ids=str,
)
def test_the_deny_policy_has_no_rules_in_the_denied_directions_and_says_nothing_of_others(
    denied: list[str], expected: dict[str, Spec]
) -> None:
    found = policies({"defaultDeny": denied, "allow": {"dns": {"enabled": False}}})
    assert {role: policy.spec for role, policy in found.items()} == expected


def test_dns_goes_to_the_clusters_dns_pods_and_to_node_local_dns_by_pods_and_address_over_udp_and_tcp() -> None:
    (rule,) = to_manifest(policies({})["dns"])["spec"]["egress"]
    assert rule["to"] == [
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        },
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "node-local-dns"}},
        },
    ]
    assert rule["ports"] == [{"protocol": "TCP", "port": 53}, {"protocol": "UDP", "port": 53}]


def test_pods_of_a_rule_are_anded_with_the_pods_of_the_baseline() -> None:
    allow = {
        "ingress": [{"name": "a", "pods": WEB, "from": [{"namespace": "other"}]}],
        "monitoring": {"pods": WEB, "from": [{"namespace": "other"}], "ports": [{"port": 80}]},
        "ingressController": {"pods": WEB, "from": [{"namespace": "other"}], "ports": [{"port": 80}]},
        "kubeAPIServer": {"pods": WEB},
        "egress": [{"name": "b", "pods": WEB, "to": [{"namespace": "other"}]}],
    }
    found = policies({"podSelector": {"matchLabels": {"tier": "front"}}, "allow": allow})
    narrowed = equal({"tier": "front", "app": "web"})
    for role in ("rule.a", "monitoring", "ingress-controller", "kube-api-server", "rule.b"):
        assert found[role].spec.pods == narrowed
    for role in ("deny", "dns"):
        assert found[role].spec.pods == equal({"tier": "front"})


def test_a_rule_in_a_direction_that_is_not_denied_is_idle_and_says_so() -> None:
    allow = {"egress": [{"name": "out", "to": [{"cidr": "192.0.2.0/24"}]}]}
    found = compiled({"defaultDeny": ["Ingress"], "allow": allow})
    assert [policy.name for policy in found.policies] == ["nbl.default.deny"]
    (idle,) = found.findings
    assert (idle.id, idle.path, idle.severity) == ("RuleIdle", "spec.allow.egress[0]", Severity.WARNING)
    assert "add Egress to spec.defaultDeny" in idle.message


def test_dns_by_default_is_silent_where_egress_is_not_denied_but_dns_asked_for_is_told_to_be_idle() -> None:
    assert compiled({"defaultDeny": ["Ingress"]}).findings == ()
    asked = compiled({"defaultDeny": ["Ingress"], "allow": {"dns": {"to": [{"cidr": "192.0.2.53/32"}]}}})
    assert [(finding.id, finding.path) for finding in asked.findings] == [("RuleIdle", "spec.allow.dns")]


def test_a_rule_counts_where_another_baseline_denies_all_its_pods() -> None:
    allow = {"egress": [{"name": "out", "pods": WEB, "to": [{"cidr": "192.0.2.0/24"}]}]}
    spec = {"defaultDeny": ["Ingress"], "allow": allow}

    def roles(*others: Denial) -> list[str]:
        return [policy.name for policy in compiled(spec, others=others).policies]

    all_pods, web = Denial(EVERYTHING, False, True), Denial(equal({"app": "web"}), False, True)
    some_of_web = Denial(equal({"app": "web", "tier": "a"}), False, True)
    ingress_only = Denial(EVERYTHING, True, False)
    assert "nbl.default.rule.out" in roles(all_pods)
    assert "nbl.default.rule.out" in roles(web)
    assert "nbl.default.rule.out" not in roles(some_of_web)
    assert "nbl.default.rule.out" not in roles(ingress_only)
    assert "nbl.default.rule.out" not in roles()


def test_dns_that_is_turned_off_while_egress_is_denied_is_told() -> None:
    spec: Json = {"allow": {"dns": {"enabled": False}}}
    assert [finding.id for finding in compiled(spec).findings] == ["DNSBlocked"]
    assert compiled({**spec, "defaultDeny": ["Ingress"]}).findings == ()


@pytest.mark.parametrize(
    ("allow", "path", "missing"),
    [
        ({"ingressController": {}}, "spec.allow.ingressController", ["`from`", "`ports`"]),
        ({"ingressController": {"ports": [{"port": 80}]}}, "spec.allow.ingressController", ["`from`"]),
        ({"monitoring": {"from": [{"namespace": "other"}]}}, "spec.allow.monitoring", ["`ports`"]),
        ({"kubeAPIServer": {}}, "spec.allow.kubeAPIServer", ["kubectl get endpointslices -n default"]),
    ],
    ids=str,
)
def test_what_is_neither_named_nor_discovered_opens_nothing_and_refuses_the_baseline(
    allow: Json, path: str, missing: list[str]
) -> None:
    found = compiled({"allow": allow}, Platform())
    (refusal,) = found.refusals
    assert (refusal.id, refusal.path) == ("NothingDiscovered", path)
    for word in missing:
        assert word in refusal.message
    assert {policy.name for policy in found.policies} == {"nbl.default.deny", "nbl.default.dns"}


def test_the_api_server_is_opened_by_address_and_port_of_each_endpoint() -> None:
    servers = Platform(
        (ServerAddress("2001:db8::1", 443), ServerAddress("192.0.2.2", 6443), ServerAddress("192.0.2.1", 6443))
    )
    spec = to_manifest(policies({"allow": {"kubeAPIServer": {}}}, servers)["kube-api-server"])["spec"]
    assert spec["egress"] == [
        {
            "to": [{"ipBlock": {"cidr": "192.0.2.1/32"}}, {"ipBlock": {"cidr": "192.0.2.2/32"}}],
            "ports": [{"protocol": "TCP", "port": 6443}],
        },
        {"to": [{"ipBlock": {"cidr": "2001:db8::1/128"}}], "ports": [{"protocol": "TCP", "port": 443}]},
    ]
    turned = Platform(servers.api_servers[::-1])
    assert policies({"allow": {"kubeAPIServer": {}}}, turned) == policies({"allow": {"kubeAPIServer": {}}}, servers)


def test_same_namespace_opens_both_ends_to_the_covered_pods_only() -> None:
    found = policies({"podSelector": WEB, "allow": {"sameNamespace": {}}})["same-namespace"].spec
    assert found.pods == equal({"app": "web"})
    assert found.ingress == found.egress
    assert [peer.pods for rule in found.ingress or () for peer in rule.peers] == [equal({"app": "web"})]


def test_a_namespace_by_name_is_the_label_that_nobody_can_set_by_hand() -> None:
    allow = {"ingress": [{"name": "a", "from": [{"namespace": "other"}]}]}
    (rule,) = to_manifest(policies({"allow": allow})["rule.a"])["spec"]["ingress"]
    assert rule == {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}]}


def test_a_rule_without_ports_opens_all_of_them() -> None:
    allow = {"egress": [{"name": "a", "to": [{"cidr": "192.0.2.0/24"}]}]}
    assert [rule.ports for rule in policies({"allow": allow})["rule.a"].spec.egress or ()] == [()]


def test_owner_description_and_review_stand_on_every_policy_and_a_rules_own_description_comes_first() -> None:
    allow = {
        "ingress": [{"name": "a", "from": [{"namespace": "other"}], "description": "checkout"}],
        "sameNamespace": {},
    }
    spec = {"owner": "team", "description": "shop", "reviewed": "2026-11-01", "allow": allow}
    for role, policy in policies(spec).items():
        assert policy.annotations["netbaseline.dev/owner"] == "team"
        assert policy.annotations["netbaseline.dev/reviewed"] == "2026-11-01"
        expected = "checkout (shop)" if role == "rule.a" else "shop"
        assert policy.annotations["netbaseline.dev/description"] == expected


def test_every_policy_says_where_it_comes_from() -> None:
    allow = {"ingress": [{"name": "a", "from": [{"namespace": "other"}]}], "kubeAPIServer": {}, "sameNamespace": {}}
    sources = {
        role: policy.annotations["netbaseline.dev/sources"] for role, policy in policies({"allow": allow}).items()
    }
    assert sources == {
        "deny": "spec.defaultDeny",
        "dns": "spec.allow.dns (default: pods k8s-app=kube-dns or node-local-dns in kube-system, and 169.254.20.10/32"
        " (NodeLocal DNSCache))",
        "kube-api-server": "spec.allow.kubeAPIServer (discovered: endpoints of Service default/kubernetes)",
        "rule.a": "spec.allow.ingress[a]",
        "same-namespace": "spec.allow.sameNamespace",
    }
    parts = {source.part for source in compiled({"allow": allow}).sources}
    assert parts == {"spec.allow.dns", "spec.allow.kubeAPIServer"}


def test_policies_carry_our_labels_and_none_of_the_baselines_own_metadata() -> None:
    meta: Json = {"uid": "uid-1", "labels": {"argocd.argoproj.io/instance": "shop"}, "annotations": {"a": "b"}}
    for policy in policies({}, **meta).values():
        assert policy.labels == {"app.kubernetes.io/managed-by": "netbaseline", "netbaseline.dev/baseline": "default"}
        assert policy.annotations.keys() == {"netbaseline.dev/baseline-uid", "netbaseline.dev/sources"}


@pytest.mark.parametrize(
    ("policy", "owner"), [("Delete", OwnerReference("default", "uid-1")), ("Retain", None)], ids=str
)
def test_only_policies_that_go_with_their_baseline_have_an_owner_reference(
    policy: str, owner: OwnerReference | None
) -> None:
    for found in policies({"deletionPolicy": policy}, uid="uid-1").values():
        assert found.owner == owner
        assert found.annotations["netbaseline.dev/baseline-uid"] == "uid-1"


def test_without_a_cluster_there_is_no_owner_and_no_uid() -> None:
    for found in policies({}).values():
        assert found.owner is None
        assert found.annotations.keys() == {"netbaseline.dev/sources"}


def test_a_baseline_without_a_namespace_means_the_default_one_as_kubectl_has_it() -> None:
    assert {policy.namespace for policy in policies({}, namespace=None).values()} == {"default"}


@pytest.mark.parametrize("field", ["mode", "suspend", "interlock", "adoptionPolicy"])
def test_how_policies_are_written_does_not_change_what_they_say(field: str) -> None:
    value: Any = {"mode": "Audit", "suspend": True, "interlock": "Warn", "adoptionPolicy": "Adopt"}[field]
    assert policies({field: value}) == policies({})


def test_a_rule_with_contradicting_pods_opens_nothing_and_says_why() -> None:
    allow = {"ingress": [{"name": "a", "pods": {"matchLabels": {"app": "db"}}, "from": [{"namespace": "other"}]}]}
    found = compiled({"podSelector": WEB, "allow": allow})
    assert [policy.name for policy in found.policies] == ["nbl.default.deny", "nbl.default.dns"]
    (idle,) = found.findings
    assert (idle.id, idle.path) == ("RuleIdle", "spec.allow.ingress[0]")
    assert "exclude each other" in idle.message
