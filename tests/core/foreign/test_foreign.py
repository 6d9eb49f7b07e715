"""Policies of Calico, Cilium and the admin tier: which pods they may select, and in which directions."""

from typing import Any

import pytest

from netbaseline.core.foreign import read
from netbaseline.core.inventory import ForeignPolicy
from netbaseline.core.selectors import EVERYTHING, Requirement, Selector, equal, selector

METADATA = {"name": "one", "namespace": "shop"}


def policy(api_version: str, kind: str, **fields: Any) -> ForeignPolicy:
    """The policy as it is read."""
    found = read({"apiVersion": api_version, "kind": kind, "metadata": METADATA, **fields})
    assert found is not None
    return found


def calico(kind: str = "NetworkPolicy", api: str = "projectcalico.org/v3", **spec: Any) -> ForeignPolicy:
    return policy(api, kind, spec=spec)


def cilium(kind: str = "CiliumNetworkPolicy", **spec: Any) -> ForeignPolicy:
    return policy("cilium.io/v2", kind, spec=spec)


def named(name: str) -> Selector:
    """The namespace of that name."""
    return equal({"kubernetes.io/metadata.name": name})


def directions(found: ForeignPolicy) -> str:
    return "+".join(name for name, on in (("ingress", found.ingress), ("egress", found.egress)) if on)


@pytest.mark.parametrize("api", ["projectcalico.org/v3", "crd.projectcalico.org/v1"])
def test_a_policy_of_calico_is_not_taken_for_one_of_kubernetes(api: str) -> None:
    found = calico(api=api, selector="app == 'web'")
    assert (found.namespace, found.name, found.kind) == ("shop", "one", "NetworkPolicy")
    assert found.pods == equal({"app": "web"})
    assert found.namespaces is None
    assert str(found) == f"shop/one (NetworkPolicy of {api.partition('/')[0]})"


def test_a_copy_that_calico_shows_of_a_network_policy_is_none_of_its_own() -> None:
    copy = {**METADATA, "name": "knp.default.one"}
    assert read({"apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy", "metadata": copy}) is None
    of_cilium = read({"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": copy})
    assert of_cilium is not None


def test_a_network_policy_of_kubernetes_and_other_objects_are_not_foreign_policies() -> None:
    assert read({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": METADATA}) is None
    assert read({"apiVersion": "v1", "kind": "Pod", "metadata": METADATA}) is None
    assert read({"apiVersion": "projectcalico.org/v3", "kind": "GlobalNetworkSet", "metadata": METADATA}) is None
    assert read({"kind": "NetworkPolicy"}) is None
    assert read({"apiVersion": ["projectcalico.org/v3"], "kind": "NetworkPolicy"}) is None


def test_a_calico_policy_without_a_selector_selects_every_pod_of_its_namespace() -> None:
    assert calico().pods == EVERYTHING
    assert calico(selector="all()").pods == EVERYTHING


def test_a_global_policy_of_calico_selects_pods_of_the_namespaces_that_it_names_or_of_all() -> None:
    everywhere = calico("GlobalNetworkPolicy", selector="app == 'web'")
    assert (everywhere.namespace, everywhere.namespaces, everywhere.pods) == (None, EVERYTHING, equal({"app": "web"}))
    labelled = calico("GlobalNetworkPolicy", namespaceSelector="team == 'a'")
    assert (labelled.namespaces, labelled.pods) == (equal({"team": "a"}), EVERYTHING)
    by_name = calico("GlobalNetworkPolicy", namespaceSelector="projectcalico.org/name in {'shop', 'till'}")
    assert by_name.namespaces == selector([Requirement("kubernetes.io/metadata.name", "In", ("shop", "till"))])
    of_pod = calico("GlobalNetworkPolicy", selector="projectcalico.org/namespace == 'shop' && has(app)")
    assert (of_pod.namespaces, of_pod.pods) == (named("shop"), selector([Requirement("app", "Exists")]))


def test_an_expression_that_cannot_be_read_may_select_any_pod() -> None:
    assert calico(selector="app == 'a' || app == 'b'").pods is None
    assert calico(selector="projectcalico.org/serviceaccount == 'robot'").pods is None
    unread = calico("GlobalNetworkPolicy", namespaceSelector="team contains 'a'", selector="app == 'web'")
    assert (unread.namespaces, unread.pods) == (EVERYTHING, equal({"app": "web"}))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, "ingress"),
        ({"ingress": [{"action": "Allow"}]}, "ingress"),
        ({"egress": [{"action": "Allow"}]}, "egress"),
        ({"ingress": [{"action": "Allow"}], "egress": [{"action": "Deny"}]}, "ingress+egress"),
        ({"types": ["Egress"], "ingress": [{"action": "Allow"}]}, "egress"),
        ({"types": ["Ingress", "Egress"]}, "ingress+egress"),
    ],
)
def test_calico_infers_types_by_its_own_rule(spec: dict[str, Any], expected: str) -> None:
    assert directions(calico(**spec)) == expected


def test_a_policy_of_cilium_selects_pods_by_labels_with_or_without_their_source() -> None:
    labels = {"k8s:app": "web", "any:tier": "front", "team": "a"}
    found = cilium(endpointSelector={"matchLabels": labels}, ingress=[{}])
    assert found.pods == equal({"app": "web", "tier": "front", "team": "a"})
    assert (found.namespace, found.namespaces, directions(found)) == ("shop", None, "ingress")
    expressions = [{"key": "k8s:app", "operator": "NotIn", "values": ["web"]}]
    assert cilium(endpointSelector={"matchExpressions": expressions}, egress=[{}]).pods == selector(
        [Requirement("app", "NotIn", ("web",))]
    )


def test_a_namespaced_policy_of_cilium_counts_in_its_own_namespace_whatever_its_selector_says() -> None:
    found = cilium(endpointSelector={"matchLabels": {"k8s:io.kubernetes.pod.namespace": "other"}}, ingress=[{}])
    assert (found.namespace, found.namespaces, found.pods) == ("shop", None, EVERYTHING)


def test_a_cluster_wide_policy_of_cilium_names_namespaces_by_labels_of_pods() -> None:
    labels = {"k8s:io.kubernetes.pod.namespace": "till", "app": "web", "k8s:io.cilium.k8s.namespace.labels.team": "a"}
    found = cilium("CiliumClusterwideNetworkPolicy", endpointSelector={"matchLabels": labels}, ingress=[{}])
    assert (found.namespace, found.pods) == (None, equal({"app": "web"}))
    assert found.namespaces == named("till") & equal({"team": "a"})
    assert cilium("CiliumClusterwideNetworkPolicy", endpointSelector={}, ingress=[{}]).namespaces == EVERYTHING


def test_a_policy_of_cilium_for_nodes_affects_no_pod() -> None:
    assert directions(cilium("CiliumClusterwideNetworkPolicy", nodeSelector={}, ingress=[{}])) == ""


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, ""),
        ({"ingress": []}, ""),
        ({"ingress": [{}]}, "ingress"),
        ({"egressDeny": [{}]}, "egress"),
        ({"enableDefaultDeny": {"ingress": True, "egress": False}}, "ingress"),
        ({"ingress": [{}], "egress": [{}]}, "ingress+egress"),
    ],
)
def test_cilium_leaves_a_direction_without_rules_alone(spec: dict[str, Any], expected: str) -> None:
    assert directions(cilium(endpointSelector={}, **spec)) == expected


def test_several_rules_of_cilium_count_together_and_may_select_any_pod_where_they_differ() -> None:
    web = {"endpointSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]}
    database = {"endpointSelector": {"matchLabels": {"app": "db"}}, "egress": [{}]}
    same = policy("cilium.io/v2", "CiliumNetworkPolicy", spec=web, specs=[{**web, "egress": [{}]}])
    assert (same.pods, directions(same)) == (equal({"app": "web"}), "ingress+egress")
    different = policy("cilium.io/v2", "CiliumNetworkPolicy", specs=[web, database])
    assert (different.pods, directions(different)) == (None, "ingress+egress")


def test_labels_that_cilium_adds_by_itself_may_select_any_pod() -> None:
    for key in ("reserved:host", "io.cilium.k8s.policy.serviceaccount", "k8s:io.cilium.k8s.policy.cluster"):
        assert cilium(endpointSelector={"matchLabels": {key: "x"}}, ingress=[{}]).pods is None


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1alpha1", "AdminNetworkPolicy"),
        ("v1alpha1", "BaselineAdminNetworkPolicy"),
        ("v1alpha2", "ClusterNetworkPolicy"),
    ],
)
def test_the_admin_tier_selects_whole_namespaces_or_pods_by_both_selectors(version: str, kind: str) -> None:
    api = f"policy.networking.k8s.io/{version}"
    whole = policy(api, kind, spec={"subject": {"namespaces": {"matchLabels": {"team": "a"}}}, "ingress": [{}]})
    assert (whole.namespace, whole.namespaces, whole.pods) == (None, equal({"team": "a"}), EVERYTHING)
    assert directions(whole) == "ingress"
    pods = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}
    some = policy(api, kind, spec={"subject": {"pods": pods}, "egress": [{}]})
    assert (some.namespaces, some.pods, directions(some)) == (EVERYTHING, equal({"app": "web"}), "egress")


def test_a_kind_name_of_policies_in_an_unknown_group_may_select_any_pod() -> None:
    antrea = policy("crd.antrea.io/v1beta1", "NetworkPolicy", spec={"appliedTo": [{"podSelector": {}}]})
    assert (antrea.namespace, antrea.pods, directions(antrea)) == ("shop", None, "ingress+egress")
    cluster = policy("crd.antrea.io/v1beta1", "ClusterNetworkPolicy")
    assert (cluster.namespace, cluster.namespaces, cluster.pods) == (None, EVERYTHING, None)


@pytest.mark.parametrize("kind", ["CiliumNetworkPolicy", "AdminNetworkPolicy", "NetworkPolicy", "GlobalNetworkPolicy"])
@pytest.mark.parametrize(
    "spec",
    [
        None,
        "text",
        [],
        {"subject": None, "endpointSelector": "app=web", "selector": ["app"]},
        {"subject": {"pods": {}}, "endpointSelector": {"matchExpressions": [{"key": "a"}]}, "selector": 5},
        {"subject": {"namespaces": []}, "endpointSelector": {"matchLabels": ["a"]}, "selector": "(("},
        {
            "subject": {"namespaces": {"matchExpressions": [{"key": "a", "operator": "Near"}]}},
            "endpointSelector": {"matchExpressions": [{"key": "a", "operator": "Near"}]},
            "selector": "a near b",
        },
    ],
)
def test_a_broken_policy_may_select_any_pod(kind: str, spec: object) -> None:
    groups = {"CiliumNetworkPolicy": "cilium.io/v2", "AdminNetworkPolicy": "policy.networking.k8s.io/v1alpha1"}
    manifest = {"apiVersion": groups.get(kind, "projectcalico.org/v3"), "kind": kind, "metadata": None, "spec": spec}
    found = read(manifest)
    assert found is not None
    assert (found.pods, found.name) == (None, "(no name)")
    assert found.ingress
