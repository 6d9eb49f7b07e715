"""NetworkPolicies: kept as they were written, and refused where the API server would refuse them."""

from typing import Any

import pytest

from netbaseline.core.netpol import IPBlock, Peer, Port, Rule
from netbaseline.core.selectors import EVERYTHING, equal
from tests.core.manifests.given import fine, gathered, policies, problem


def policy(name: str = "web", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
    }


def test_rules_and_peers_keep_their_order_so_that_a_position_means_one() -> None:
    rules = [
        {"from": [{"podSelector": {"matchLabels": {"z": "1"}}}, {"podSelector": {"matchLabels": {"a": "1"}}}]},
        {"ports": [{"port": 9}, {"port": "http"}, {"port": 1, "endPort": 5, "protocol": "UDP"}]},
    ]
    (found,) = policies(policy(ingress=rules))
    assert found.spec.ingress == (
        Rule(peers=(Peer(equal({"z": "1"})), Peer(equal({"a": "1"})))),
        Rule(ports=(Port("TCP", 9), Port("TCP", "http"), Port("UDP", 1, 5))),
    )
    assert found.spec.egress is None


def test_the_manifest_is_kept_as_it_was_written() -> None:
    manifest = policy(podSelector={}, ingress=None)
    (found,) = policies(manifest)
    assert found.manifest == manifest
    assert "policyTypes" not in found.manifest["spec"]  # type: ignore[operator]


def test_labels_and_annotations_are_read() -> None:
    manifest = policy()
    manifest["metadata"] |= {"labels": {"a": "b"}, "annotations": {"why": "because"}}
    (found,) = policies(manifest)
    assert (found.labels, found.annotations) == ({"a": "b"}, {"why": "because"})


@pytest.mark.parametrize("spec", [{}, None], ids=["empty", "null"])
def test_a_policy_without_a_spec_isolates_every_pod_from_ingress(spec: Any) -> None:
    (found,) = policies({**policy(), "spec": spec})
    assert (found.spec.pods, found.spec.ingress, found.spec.egress) == (EVERYTHING, (), None)


def test_an_except_outside_its_cidr_is_read_for_a_later_remark() -> None:
    block = {"cidr": "10.0.0.0/8", "except": ["192.168.0.0/16"]}
    (found,) = policies(policy(egress=[{"to": [{"ipBlock": block}]}]))
    assert found.spec.egress == (Rule(peers=(Peer(block=IPBlock("10.0.0.0/8", ("192.168.0.0/16",))),)),)


def test_a_cidr_with_host_bits_is_read_as_objects_from_before_have_it() -> None:
    policies(policy(egress=[{"to": [{"ipBlock": {"cidr": "10.1.2.3/8"}}]}]))


def peer(**found: Any) -> dict[str, Any]:
    return {"ingress": [{"from": [found]}]}


def port(**found: Any) -> dict[str, Any]:
    return {"ingress": [{"ports": [found]}]}


@pytest.mark.parametrize(
    ("spec", "path", "message"),
    [
        (peer(ipBlock={"cidr": "10.0.0.0"}), "spec.ingress[0].from[0].ipBlock.cidr", "must be an address range"),
        (peer(ipBlock={"cidr": "10.0.0.0/33"}), "spec.ingress[0].from[0].ipBlock.cidr", "must be an address range"),
        (peer(ipBlock={"cidr": "fd00::/129"}), "spec.ingress[0].from[0].ipBlock.cidr", "must be an address range"),
        (peer(ipBlock={}), "spec.ingress[0].from[0].ipBlock.cidr", "is required"),
        (peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["x"]}), "spec.ingress[0].from[0].ipBlock.except[0]", "must be"),
        (peer(), "spec.ingress[0].from[0]", "a peer is either pods"),
        (peer(ipBlock={"cidr": "10.0.0.0/8"}, podSelector={}), "spec.ingress[0].from[0]", "a peer is either pods"),
        (peer(podselector={}), "spec.ingress[0].from[0].podselector", "unknown field; did you mean podSelector?"),
        (port(port=0), "spec.ingress[0].ports[0].port", "must be a number from 1 to 65535"),
        (port(port=65536), "spec.ingress[0].ports[0].port", "must be a number from 1 to 65535"),
        (port(port="80"), "spec.ingress[0].ports[0].port", "with at least one letter"),
        (port(port=True), "spec.ingress[0].ports[0].port", "must be a number from 1 to 65535"),
        (port(port=80, endPort=79), "spec.ingress[0].ports[0]", "endPort needs a numeric port that is not above it"),
        (port(port="http", endPort=79), "spec.ingress[0].ports[0]", "endPort needs a numeric port"),
        (port(endPort=79), "spec.ingress[0].ports[0]", "endPort needs a numeric port"),
        (port(protocol="ICMP"), "spec.ingress[0].ports[0].protocol", "must be 'TCP', 'UDP' or 'SCTP'"),
        ({"policyTypes": ["ingress"]}, "spec.policyTypes[0]", "must be 'Ingress' or 'Egress'"),
        ({"policyTypes": "Ingress"}, "spec.policyTypes", "must be a list"),
        ({"policyTypes": ["Ingress", "Egress", "Ingress"]}, "spec.policyTypes", "must have at most 2 items"),
        ({"ingress": {}}, "spec.ingress", "must be a list"),
        ({"ingress": [None]}, "spec.ingress[0]", "must be an object"),
        ({"ingress": ["x"]}, "spec.ingress[0]", "must be an object"),
        ({"ingress": [{"to": []}]}, "spec.ingress[0].to", "unknown field here; check the indentation"),
        ({"egress": [{"from": []}]}, "spec.egress[0].from", "unknown field here; check the indentation"),
        ({"podSelector": []}, "spec.podSelector", "must be an object"),
        ({"podSelector": {"app": "web"}}, "spec.podSelector.app", "unknown field"),
        ({"podSelector": {"matchLabels": {"a": None}}}, "spec.podSelector.matchLabels.a", "must be a string"),
        ({"podSelector": {"matchLabels": {"a": 1}}}, "spec.podSelector.matchLabels.a", "must be a string (found 1)"),
        ({"podSelector": {"matchLabels": {"-": "x"}}}, "spec.podSelector.matchLabels", "must be a label key"),
        ({"podSelector": {"matchLabels": {1: "x"}}}, "spec.podSelector.matchLabels", "must be a string"),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            "spec.podSelector.matchExpressions[0]",
            "values are needed for In and NotIn",
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]}},
            "spec.podSelector.matchExpressions[0]",
            "values are needed for In and NotIn",
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Equals", "values": ["x"]}]}},
            "spec.podSelector.matchExpressions[0].operator",
            "must be 'In', 'NotIn', 'Exists' or 'DoesNotExist'",
        ),
        ({"\x1b[31m": 1}, r"spec['\x1b[31m']", "unknown field"),
        ({"policyType": ["Ingress"]}, "spec.policyType", "unknown field; did you mean policyTypes?"),
    ],
)
def test_a_policy_that_the_api_server_would_refuse_is_told_by_field_and_left_out(
    spec: dict[str, Any], path: str, message: str
) -> None:
    told = problem(policy(**spec))
    assert told.startswith(f"x.yaml:10: document 1: {path}")
    assert message in told
    found = gathered(policy("bad", **spec), policy("good"))
    assert [item.name for item in found.inventory.policies] == ["good"]


def test_every_wrong_field_of_a_policy_is_told() -> None:
    found = gathered(policy(policyTypes=["x"], ingress=[{"ports": [{"port": 0}]}]))
    assert [item.path for item in found.problems] == ["spec.policyTypes[0]", "spec.ingress[0].ports[0].port"]


@pytest.mark.parametrize(
    ("field", "message"),
    [("Spec", "unknown field; did you mean spec?"), ("podSelector", "unknown field here; check the indentation")],
)
def test_what_stands_beside_the_spec_by_mistake_is_told(field: str, message: str) -> None:
    """Without it the policy would mean something else: every pod of the namespace, isolated."""
    manifest = policy()
    manifest[field] = manifest.pop("spec")
    assert problem(manifest) == f"x.yaml:10: document 1: {field}: {message}"


def test_the_status_that_policies_had_once_is_no_mistake() -> None:
    policies({**policy(), "status": {"conditions": []}}, {**policy("other"), "status": None})


def test_the_namespace_of_a_policy_is_implied() -> None:
    assert fine(policy()).inventory.namespaces["shop"].implied
