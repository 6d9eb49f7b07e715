"""Namespaces, Services, Ingresses, kinds that aren't ours, and objects that are none."""

from typing import Any

import pytest

from netbaseline.core.inventory import IngressBackend, ServicePort
from tests.core.manifests.given import fine, gathered, pod, problem


def service(**spec: Any) -> Any:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}


def test_a_namespace_that_only_others_name_is_implied_with_the_automatic_label() -> None:
    found = fine(pod("a")).inventory.namespaces
    assert set(found) == {"shop"}
    assert found["shop"].implied
    assert found["shop"].labels == {"kubernetes.io/metadata.name": "shop"}


def test_a_namespace_keeps_its_labels_and_gets_the_automatic_one_whatever_it_says() -> None:
    labels = {"team": "a", "kubernetes.io/metadata.name": "other"}
    found = fine({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}, pod("a"))
    assert found.inventory.namespaces["shop"].labels == {"team": "a", "kubernetes.io/metadata.name": "shop"}
    assert not found.inventory.namespaces["shop"].implied


@pytest.mark.parametrize("namespace", ["default", "staging"])
def test_an_object_without_a_namespace_gets_the_default_one(namespace: str) -> None:
    found = fine({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}, namespace=namespace)
    assert found.inventory.pods[0].namespace == namespace
    assert set(found.inventory.namespaces) == {namespace}


def test_a_service_port_without_a_target_is_its_own_target() -> None:
    ports = [
        {"port": 80},
        {"port": 443, "targetPort": "https", "name": "tls"},
        {"port": 53, "targetPort": 5353, "protocol": "UDP"},
        {"port": 81, "targetPort": "8081"},
    ]
    (found,) = fine(service(selector={"app": "web"}, ports=ports, clusterIP="10.0.0.9")).inventory.services
    assert found.ports == (
        ServicePort(80, 80),
        ServicePort(443, "https", "TCP", "tls"),
        ServicePort(53, 5353, "UDP"),
        ServicePort(81, 8081),
    )
    assert found.cluster_ips == ("10.0.0.9",)
    assert found.selector is not None
    assert found.selector.matches({"app": "web"})


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({}, "ClusterIP"),
        ({"selector": {}}, "ClusterIP"),
        ({"type": "ExternalName", "externalName": "example.com", "selector": {"app": "web"}}, "ExternalName"),
    ],
    ids=["none", "empty", "ExternalName"],
)
def test_a_service_without_endpoints_of_its_own_selects_nothing(spec: dict[str, Any], kind: str) -> None:
    (found,) = fine(service(**spec)).inventory.services
    assert found.selector is None
    assert found.kind == kind


@pytest.mark.parametrize("target", [0, "", None])
def test_a_target_port_that_says_nothing_is_the_port_itself(target: Any) -> None:
    (found,) = fine(service(ports=[{"port": 80, "targetPort": target}])).inventory.services
    assert [port.target for port in found.ports] == [80]


@pytest.mark.parametrize("target", ["\x1b[31mred", "no_name", 65536, False, 8.5, [], "9" * 5000])
def test_a_target_port_that_is_none_is_told_with_its_path(target: Any) -> None:
    message = problem(service(ports=[{"port": 80, "targetPort": target}]))
    assert "spec.ports[0].targetPort: must be a number from 1 to 65535, or the name of a container port" in message
    assert message.isprintable()


def test_a_headless_service_has_no_address() -> None:
    (found,) = fine(service(clusterIP="None", clusterIPs=["None"], selector={"a": "b"})).inventory.services
    assert found.cluster_ips == ()


def test_an_ingress_has_the_backends_of_its_default_and_its_rules_each_once() -> None:
    (found,) = fine("""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  defaultBackend: {service: {name: fallback, port: {number: 80}}}
  rules:
  - host: a.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
      - {path: /x, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
      - {path: /y, pathType: Prefix, backend: {resource: {kind: Bucket, name: b}}}
  - host: b.example.com
""").inventory.ingresses
    assert found.backends == (IngressBackend("fallback", 80), IngressBackend("web", "http"))


def test_other_kinds_are_counted_and_mentioned_once() -> None:
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    found = fine(other, other, {"apiVersion": "example.com/v1", "kind": "Deployment"})
    assert [str(note) for note in found.notes] == ["2 ConfigMap of v1, 1 Deployment of example.com/v1 set aside"]
    assert found.inventory.pods == ()


def test_a_document_that_is_no_kubernetes_object_at_all_is_mentioned() -> None:
    found = fine({"image": {"tag": "v1"}}, {})
    assert [str(note) for note in found.notes] == ["2 documents without apiVersion and kind set aside"]


def test_a_list_that_holds_no_object_is_mentioned_too() -> None:
    found = fine([{"from": "shop/a", "to": "shop/b", "port": 80, "allowed": True}], [])
    assert [str(note) for note in found.notes] == ["2 documents with a list set aside"]


def calico(kind: str = "NetworkPolicy") -> Any:
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": kind,
        "metadata": {"name": "default.web", "namespace": "pay"} if kind == "NetworkPolicy" else {"name": "web"},
        "spec": {"selector": "app == 'web'", "types": ["Ingress"]},
    }


def test_a_policy_of_another_api_is_never_taken_for_one_of_kubernetes_and_is_kept_for_what_it_selects() -> None:
    found = fine(calico(), calico("GlobalNetworkPolicy"))
    assert found.inventory.policies == ()
    assert [(str(item), item.namespace, item.ingress, item.egress) for item in found.inventory.foreign] == [
        ("pay/default.web (NetworkPolicy of projectcalico.org)", "pay", True, False),
        ("web (GlobalNetworkPolicy of projectcalico.org)", None, True, False),
    ]
    assert [str(note) for note in found.notes] == [
        "1 NetworkPolicy of projectcalico.org/v3, 1 GlobalNetworkPolicy of projectcalico.org/v3 set aside"
    ]
    assert set(found.inventory.namespaces) == {"pay"}


def test_a_policy_of_another_api_without_a_namespace_is_in_the_default_one() -> None:
    bare = calico()
    del bare["metadata"]["namespace"]
    assert fine(bare, namespace="staging").inventory.foreign[0].namespace == "staging"


def test_an_object_given_twice_is_a_problem_with_both_places_and_the_first_counts() -> None:
    found = gathered(pod("a", {"first": "yes"}), pod("b"), pod("a", {"first": "no"}))
    (told,) = map(str, found.problems)
    assert told == "x.yaml:30: document 3: metadata.name: Pod shop/a was given before, at x.yaml:10"
    assert [(item.name, item.labels.get("first")) for item in found.inventory.pods] == [("a", "yes"), ("b", None)]


def test_an_empty_namespace_is_none() -> None:
    """A template without a value writes `namespace: ""`, which the API server and kubectl take for left out."""
    empty = pod("a")
    empty["metadata"]["namespace"] = ""
    (found,) = fine(empty, namespace="staging").inventory.pods
    assert found.namespace == "staging"


def test_an_empty_start_of_a_name_is_no_name() -> None:
    nameless = pod("a")
    nameless["metadata"] = {"generateName": ""}
    assert "metadata.name: is required" in problem(nameless)


def test_the_same_name_in_another_namespace_or_of_another_kind_is_no_duplicate() -> None:
    other = pod("a")
    other["metadata"]["namespace"] = "pay"
    fine(pod("a"), other, {**service(), "metadata": {"name": "a", "namespace": "shop"}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([{"apiVersion": "v1", "kind": "Pod"}], "expected a Kubernetes object, not a list"),
        ("text", "expected a Kubernetes object, not a text"),
        (None, "expected a Kubernetes object, not null"),
        (7, "expected a Kubernetes object, not a number"),
        ({"kind": "Pod"}, "apiVersion: is required"),
        ({"apiVersion": "v1"}, "kind: is required"),
        ({"apiVersion": 1, "kind": "Pod"}, "apiVersion: must be a string"),
        ({"apiVersion": "v1", "kind": ["Pod"]}, "kind: must be a string"),
        ({"apiVersion": "v1", "kind": "Pod"}, "metadata: is required"),
        (
            {"apiVersion": "netbaseline.dev/v1", "kind": "NetworkBaseline"},
            "apiVersion: must be netbaseline.dev/v1alpha1",
        ),
    ],
)
def test_what_is_no_object_is_told_with_its_place(content: object, message: str) -> None:
    assert problem({"apiVersion": "v1", "kind": "X"}, content).startswith(f"x.yaml:20: document 2: {message}")


def node(*addresses: tuple[str, str]) -> Any:
    status = {"addresses": [{"type": kind, "address": address} for kind, address in addresses]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}, "status": status}


def test_a_node_has_its_addresses_inside_or_else_those_outside() -> None:
    both = fine(node(("Hostname", "one.example"), ("ExternalIP", "203.0.113.9"), ("InternalIP", "192.0.2.10")))
    assert both.inventory.nodes[0].addresses == ("192.0.2.10",)
    outside = fine(node(("ExternalIP", "203.0.113.9")))
    assert outside.inventory.nodes[0].addresses == ("203.0.113.9",)
    assert fine({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}}).inventory.nodes[0].addresses == ()


def test_a_nodes_address_that_is_none_is_told_with_its_path() -> None:
    message = problem(node(("InternalIP", "one.example")))
    assert "status.addresses[0].address: must be an IP address" in message
