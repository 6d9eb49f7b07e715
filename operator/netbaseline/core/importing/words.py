"""Selectors, peers and ports of a policy in the words of a NetworkBaseline."""

from typing import Any

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core import selectors
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import Peer, Port, Rule
from netbaseline.core.selectors import EVERYTHING, Requirement, Selector


def everybody() -> list[dict[str, Any]]:
    """A rule without peers. A baseline wants them named, so that nobody opens all by leaving something out."""
    return [{"namespaceSelector": {}}, {"cidr": "0.0.0.0/0"}, {"cidr": "::/0"}]


def rule(name: str, direction: Direction, pods: Selector, given: Rule) -> dict[str, Any]:
    """A named rule of `allow.ingress` or `allow.egress`."""
    found: dict[str, Any] = {"name": name}
    if pods != EVERYTHING:
        found["pods"] = selectors.to_manifest(pods)
    peers = [_peer(peer) for peer in given.peers] if given.peers else everybody()
    found["from" if direction is Direction.INGRESS else "to"] = peers
    if given.ports:
        found["ports"] = [_port(port) for port in given.ports]
    return found


def _peer(peer: Peer) -> dict[str, Any]:
    if peer.block is not None:
        block: dict[str, Any] = {"cidr": peer.block.cidr}
        return {**block, "except": list(peer.block.except_)} if peer.block.except_ else block
    found: dict[str, Any] = {}
    if peer.namespaces is not None:
        named = _named(peer.namespaces)
        found = {"namespaceSelector": selectors.to_manifest(peer.namespaces)} if named is None else {"namespace": named}
    if peer.pods is not None:
        found["podSelector"] = selectors.to_manifest(peer.pods)
    return found


def _named(namespaces: Selector) -> str | None:
    """The one namespace that a selector names, where it does just that."""
    match namespaces.requirements:
        case (Requirement(key, "In", (value,)),) if key == LABEL_NAMESPACE_NAME:
            return value
    return None


def _port(port: Port) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if port.port is not None:
        found["port"] = port.port
    if port.end is not None:
        found["endPort"] = port.end
    if port.protocol != "TCP":
        found["protocol"] = port.protocol
    return found
