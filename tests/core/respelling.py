"""The same NetworkBaseline spec in other words: order, repeats, defaults spelled out, one selector for another."""

from random import Random
from typing import Any

Json = dict[str, Any]

_LISTS_OF_PEERS = ("from", "to")


def respelled(spec: Json, order: Random) -> Json:
    """A spec that means the same."""
    found = dict(spec)
    if "podSelector" in found or order.random() < 0.5:
        found["podSelector"] = _selector(found.get("podSelector", {}), order)
    if "defaultDeny" in found or order.random() < 0.5:
        found["defaultDeny"] = _shuffled(found.get("defaultDeny", ["Ingress", "Egress"]), order)
    allow = {part: _part(value, order) for part, value in found.get("allow", {}).items()}
    if "dns" not in allow and order.random() < 0.5:
        allow["dns"] = order.choice(({}, {"enabled": True}, None))
    for part in ("ingress", "egress"):
        allow.setdefault(part, [])
    found["allow"] = dict(_shuffled(list(allow.items()), order))
    return found


def _part(value: Any, order: Random) -> Any:
    if isinstance(value, list):
        return _shuffled([_part(rule, order) for rule in value], order)
    found = dict(value)
    if "pods" in found:
        found["pods"] = _selector(found["pods"], order)
    for key in _LISTS_OF_PEERS:
        if key in found:
            found[key] = _repeated([_peer(peer, order) for peer in found[key]], order)
    if "ports" in found:
        found["ports"] = _repeated([_port(port, order) for port in found["ports"]], order)
    return found


def _peer(peer: Json, order: Random) -> Json:
    found = dict(peer)
    for key in ("podSelector", "namespaceSelector"):
        if key in found:
            found[key] = _selector(found[key], order)
    if "namespace" in found and order.random() < 0.5:
        found["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": found.pop("namespace")}}
    if "except" in found:
        found["except"] = _repeated(found["except"], order)
    elif "cidr" in found:
        found["except"] = []
    return found


def _port(port: Json, order: Random) -> Json:
    found = {"protocol": "TCP", **port} if order.random() < 0.5 else dict(port)
    if isinstance(found.get("port"), int) and "endPort" not in found and order.random() < 0.5:
        found["endPort"] = found["port"]
    return found


def _selector(selector: Json, order: Random) -> Json:
    """Labels as expressions, a set taken apart, and one of the conditions said twice."""
    expressions = [
        {"key": key, "operator": "In", "values": [value]} for key, value in selector.get("matchLabels", {}).items()
    ]
    for item in selector.get("matchExpressions", []):
        values = item.get("values", [])
        if item["operator"] == "NotIn" and len(values) > 1:
            expressions += [{**item, "values": [value]} for value in values]
        elif values:
            expressions.append({**item, "values": _shuffled(values, order)})
        else:
            expressions.append(item)
    return {"matchLabels": {}, "matchExpressions": _repeated(expressions, order)}


def _repeated(items: list[Any], order: Random) -> list[Any]:
    return _shuffled([*items, *order.sample(items, min(1, len(items)))], order)


def _shuffled(items: list[Any], order: Random) -> list[Any]:
    return order.sample(items, len(items))
