"""Selectors and rules in words, as an auditor or a table has them."""

from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import Peer, Port, Rule, Rules
from netbaseline.core.selectors import EVERYTHING, Requirement, Selector


def selector_text(chosen: Selector) -> str:
    """As `kubectl --selector` spells it; `*` for everything."""
    return ",".join(map(_requirement, chosen.requirements)) or "*"


def _requirement(item: Requirement) -> str:
    if item.operator in {"Exists", "DoesNotExist"}:
        return item.key if item.operator == "Exists" else f"!{item.key}"
    if item.operator == "In" and len(item.values) == 1:
        return f"{item.key}={item.values[0]}"
    return f"{item.key} {'in' if item.operator == 'In' else 'notin'} ({','.join(item.values)})"


def pods_text(chosen: Selector) -> str:
    """The pods of one namespace."""
    return "all pods" if chosen == EVERYTHING else f"pods {selector_text(chosen)}"


def peer_text(peer: Peer) -> str:
    """Who is meant."""
    if peer.block is not None:
        return f"{peer.block.cidr} except {', '.join(peer.block.except_)}" if peer.block.except_ else peer.block.cidr
    pods = pods_text(EVERYTHING if peer.pods is None else peer.pods)
    return f"{pods} of {_namespaces(peer.namespaces)}"


def _namespaces(chosen: Selector | None) -> str:
    if chosen is None:
        return "this namespace"
    if chosen == EVERYTHING:
        return "every namespace"
    if len(chosen.requirements) == 1:
        [item] = chosen.requirements
        if item.key == LABEL_NAMESPACE_NAME and item.operator == "In":
            return f"namespace {', '.join(item.values)}"
    return f"namespaces {selector_text(chosen)}"


def ports_text(rule: Rule) -> str:
    """On what."""
    return ", ".join(map(_port, rule.ports)) or "all ports"


def _port(port: Port) -> str:
    if port.port is None:
        return f"{port.protocol} all ports"
    return f"{port.protocol} {port.port}" + ("" if port.end is None else f"-{port.end}")


def rules_text(rules: Rules) -> list[tuple[str, str]]:
    """Who and on what, rule by rule, each peer for itself."""
    return [(who, ports_text(rule)) for rule in rules for who in map(peer_text, rule.peers)] + [
        ("everybody", ports_text(rule)) for rule in rules if not rule.peers
    ]
