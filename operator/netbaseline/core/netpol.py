"""networking.k8s.io/v1 NetworkPolicy as frozen values, to and from manifests.

`None` and empty differ here as in the API: a direction that is None is not in `policyTypes`; an empty tuple of rules
isolates and allows nothing; an empty tuple of peers or ports allows all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.core import selectors
from netbaseline.core.selectors import EVERYTHING, Selector

POLICY_API_VERSION = "networking.k8s.io/v1"
POLICY_KIND = "NetworkPolicy"


@dataclass(frozen=True, slots=True)
class IPBlock:
    """An address range without its exceptions, each as canonical text."""

    cidr: str
    except_: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end. `namespaces` None means the policy's own namespace; with `block` both selectors are None."""

    pods: Selector | None = None
    namespaces: Selector | None = None
    block: IPBlock | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """A container port: number, name, or None for every port of the protocol; `end` closes a range."""

    protocol: str = "TCP"
    port: int | str | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Any of `peers` on any of `ports`; empty means all."""

    peers: tuple[Peer, ...] = ()
    ports: tuple[Port, ...] = ()


Rules = tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a policy does: the pods it isolates, and per direction (None: not at all) what it still allows."""

    pods: Selector = EVERYTHING
    ingress: Rules | None = None
    egress: Rules | None = None


@dataclass(frozen=True, slots=True)
class OwnerReference:
    """The controller reference to the NetworkBaseline that a policy belongs to."""

    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A NetworkPolicy that we want: spec, and the metadata that is ours."""

    namespace: str
    name: str
    spec: Spec
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    owner: OwnerReference | None = None


def spec_from_manifest(manifest: Mapping[str, Any]) -> Spec:
    """The `spec` of a NetworkPolicy as the API returns it or as a file holds it.

    `policyTypes` left out means Ingress, and Egress too where there are egress rules (NetworkPolicySpec.policyTypes).
    Raises ValueError, KeyError, TypeError or AttributeError where the manifest isn't a NetworkPolicy's.
    """
    ingress, egress = manifest.get("ingress"), manifest.get("egress")
    types = manifest.get("policyTypes") or (["Ingress", "Egress"] if egress else ["Ingress"])
    return Spec(
        pods=selectors.from_manifest(manifest.get("podSelector")),
        ingress=_rules(ingress, "from") if "Ingress" in types else None,
        egress=_rules(egress, "to") if "Egress" in types else None,
    )


def _rules(manifests: list[dict[str, Any]] | None, peers: str) -> Rules:
    return tuple(
        Rule(
            peers=tuple(_peer(peer) for peer in rule.get(peers) or ()),
            ports=tuple(
                Port(port.get("protocol") or "TCP", port.get("port"), port.get("endPort"))
                for port in rule.get("ports") or ()
            ),
        )
        for rule in manifests or ()
    )


def _peer(manifest: Mapping[str, Any]) -> Peer:
    block, pods, namespaces = manifest.get("ipBlock"), manifest.get("podSelector"), manifest.get("namespaceSelector")
    if block is not None:
        return Peer(block=IPBlock(block["cidr"], tuple(block.get("except") or ())))
    return Peer(
        pods=None if pods is None else selectors.from_manifest(pods),
        namespaces=None if namespaces is None else selectors.from_manifest(namespaces),
    )


def spec_to_manifest(spec: Spec) -> dict[str, Any]:
    """The manifest's `spec`. `ingress` and `egress` are always spelled, also as `[]`.

    Server-side apply takes back only the fields that its manager names: a deny without the key `ingress` keeps the
    `ingress: [{}]` that somebody else slipped in, however often it is applied with force.
    """
    types = [name for name, rules in (("Ingress", spec.ingress), ("Egress", spec.egress)) if rules is not None]
    return {
        "podSelector": selectors.to_manifest(spec.pods),
        "policyTypes": types,
        "ingress": [_rule_to_manifest(rule, "from") for rule in spec.ingress or ()],
        "egress": [_rule_to_manifest(rule, "to") for rule in spec.egress or ()],
    }


def _rule_to_manifest(rule: Rule, peers: str) -> dict[str, Any]:
    manifest: dict[str, Any] = {}
    if rule.peers:
        manifest[peers] = [_peer_to_manifest(peer) for peer in rule.peers]
    if rule.ports:
        manifest["ports"] = [_port_to_manifest(port) for port in rule.ports]
    return manifest


def _peer_to_manifest(peer: Peer) -> dict[str, Any]:
    if peer.block is not None:
        block: dict[str, Any] = {"cidr": peer.block.cidr}
        if peer.block.except_:
            block["except"] = list(peer.block.except_)
        return {"ipBlock": block}
    manifest: dict[str, Any] = {}
    if peer.namespaces is not None:
        manifest["namespaceSelector"] = selectors.to_manifest(peer.namespaces)
    if peer.pods is not None:
        manifest["podSelector"] = selectors.to_manifest(peer.pods)
    return manifest


def _port_to_manifest(port: Port) -> dict[str, Any]:
    manifest: dict[str, Any] = {"protocol": port.protocol}
    if port.port is not None:
        manifest["port"] = port.port
    if port.end is not None:
        manifest["endPort"] = port.end
    return manifest


def to_manifest(policy: Policy) -> dict[str, Any]:
    """The whole NetworkPolicy as we apply it."""
    metadata: dict[str, Any] = {
        "name": policy.name,
        "namespace": policy.namespace,
        "labels": dict(policy.labels),
        "annotations": dict(policy.annotations),
    }
    if policy.owner is not None:
        metadata["ownerReferences"] = [
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "name": policy.owner.name,
                "uid": policy.owner.uid,
                "controller": True,
                "blockOwnerDeletion": False,
            }
        ]
    return {
        "apiVersion": POLICY_API_VERSION,
        "kind": POLICY_KIND,
        "metadata": metadata,
        "spec": spec_to_manifest(policy.spec),
    }
