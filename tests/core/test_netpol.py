"""NetworkPolicies as values, and as manifests."""

from typing import Any

import pytest
from hypothesis import given

from netbaseline.core.netpol import (
    IPBlock,
    OwnerReference,
    Peer,
    Policy,
    Port,
    Rule,
    Spec,
    spec_from_manifest,
    spec_to_manifest,
    to_manifest,
)
from netbaseline.core.selectors import EVERYTHING, equal
from tests.core.strategies import specs


@given(specs)
def test_a_spec_written_as_a_manifest_reads_back_the_same(spec: Spec) -> None:
    assert spec_from_manifest(spec_to_manifest(spec)) == spec


def test_a_manifest_written_again_stays_the_same() -> None:
    manifest = {
        "podSelector": {"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [
                    {"namespaceSelector": {"matchLabels": {"team": "a"}}, "podSelector": {}},
                    {"namespaceSelector": {}},
                    {"podSelector": {"matchLabels": {"app": "b"}}},
                    {"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.8/29"]}},
                ],
                "ports": [
                    {"protocol": "TCP", "port": 80, "endPort": 90},
                    {"protocol": "UDP", "port": "dns"},
                    {"protocol": "SCTP"},
                ],
            }
        ],
        "egress": [{}],
    }
    assert spec_to_manifest(spec_from_manifest(manifest)) == manifest


@pytest.mark.parametrize(
    ("manifest", "isolates"),
    [
        ({}, "ingress"),
        ({"ingress": []}, "ingress"),
        ({"ingress": [{}]}, "ingress"),
        ({"egress": []}, "ingress"),
        ({"egress": [{}]}, "both"),
        ({"ingress": [{}], "egress": [{}]}, "both"),
        ({"policyTypes": []}, "ingress"),
        ({"policyTypes": ["Egress"]}, "egress"),
        ({"policyTypes": ["Egress"], "ingress": [{}]}, "egress"),
        ({"policyTypes": ["Ingress"], "egress": [{}]}, "ingress"),
        ({"policyTypes": ["Egress", "Ingress"]}, "both"),
    ],
    ids=str,
)
def test_policy_types_that_are_left_out_are_inferred_as_the_api_does(manifest: dict[str, Any], isolates: str) -> None:
    spec = spec_from_manifest(manifest)
    assert (spec.ingress is not None, spec.egress is not None) == (isolates != "egress", isolates != "ingress")


def test_rules_of_a_direction_outside_of_the_policy_types_are_ignored() -> None:
    assert spec_from_manifest({"policyTypes": ["Egress"], "ingress": [{}]}) == Spec(egress=())


def test_both_directions_are_always_spelled_so_that_nobody_can_slip_a_rule_in() -> None:
    for spec in (Spec(ingress=()), Spec(egress=()), Spec(ingress=(), egress=())):
        manifest = spec_to_manifest(spec)
        assert manifest["ingress"] == []
        assert manifest["egress"] == []


def test_null_is_as_good_as_absent_in_every_field() -> None:
    manifest: dict[str, Any] = {
        "podSelector": {"matchLabels": None, "matchExpressions": None},
        "policyTypes": None,
        "ingress": [{"from": None, "ports": None}, {"from": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": None}}]}],
        "egress": None,
    }
    assert spec_from_manifest(manifest) == Spec(
        ingress=(Rule(), Rule(peers=(Peer(block=IPBlock("192.0.2.0/24")),))),
    )


def test_a_port_without_a_protocol_is_tcp() -> None:
    spec = spec_from_manifest({"ingress": [{"ports": [{"port": 80}, {}]}]})
    assert spec.ingress == (Rule(ports=(Port("TCP", 80), Port("TCP"))),)


def test_an_empty_selector_in_a_peer_is_not_an_absent_one() -> None:
    peers: list[dict[str, Any]] = [
        {"podSelector": {}},
        {"namespaceSelector": {}},
        {"podSelector": {}, "namespaceSelector": {}},
    ]
    (rule,) = spec_from_manifest({"ingress": [{"from": peers}]}).ingress or ()
    assert rule.peers == (Peer(pods=EVERYTHING), Peer(namespaces=EVERYTHING), Peer(EVERYTHING, EVERYTHING))


def test_a_whole_policy_carries_its_metadata_and_its_controller() -> None:
    policy = Policy("shop", "nbl.a.deny", Spec(equal({"app": "a"}), ingress=()), {"l": "1"}, {"a": "2"})
    assert to_manifest(policy) == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "nbl.a.deny", "namespace": "shop", "labels": {"l": "1"}, "annotations": {"a": "2"}},
        "spec": {
            "podSelector": {"matchLabels": {"app": "a"}},
            "policyTypes": ["Ingress"],
            "ingress": [],
            "egress": [],
        },
    }
    owned = Policy("shop", "nbl.a.deny", Spec(ingress=()), owner=OwnerReference("a", "uid-1"))
    assert to_manifest(owned)["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "netbaseline.dev/v1alpha1",
            "kind": "NetworkBaseline",
            "name": "a",
            "uid": "uid-1",
            "controller": True,
            "blockOwnerDeletion": False,
        }
    ]


@pytest.mark.parametrize(
    "manifest",
    [
        {"ingress": "everything"},
        {"ingress": [{"from": [{"ipBlock": {}}]}]},
        {"podSelector": {"matchExpressions": [{"key": "a"}]}},
        {"podSelector": "app=a"},
    ],
    ids=str,
)
def test_what_is_no_network_policy_is_refused_by_one_of_four_errors(manifest: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        spec_from_manifest(manifest)
