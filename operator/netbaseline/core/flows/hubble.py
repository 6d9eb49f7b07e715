"""Flows of Cilium's Hubble, as `hubble observe -o json` (or `jsonpb`) prints them: one JSON object a line.

The fields are those of `flow.Flow` in https://github.com/cilium/cilium/blob/main/api/v1/flow/flow.proto.
"""

from collections.abc import Mapping
from typing import Any

from netbaseline.core.flows.observed import Flow, Party
from netbaseline.core.reach.ports import FIRST, LAST, PROTOCOLS

PASSED = frozenset({"FORWARDED", "REDIRECTED", "AUDIT"})
"""REDIRECTED goes on through the proxy; AUDIT passed, though a policy in audit mode would have dropped it."""
DROPPED = "DROPPED"


class NotAFlow(Exception):
    """Something that isn't a flow, and why."""


def read(content: object) -> Flow | None:
    """One line; None for what is no opening of a connection: replies, other layers, events that are no flow.

    Raises NotAFlow, with the field, where it looks like a flow and isn't one.
    """
    if not isinstance(content, dict):
        raise NotAFlow("expected a JSON object")
    found = content.get("flow", content)
    if not isinstance(found, dict):
        raise NotAFlow("flow: expected an object")
    verdict = found.get("verdict")
    if verdict not in (*PASSED, DROPPED) or _is_reply(found):
        return None
    layer = _mapping(found, "l4")
    protocol = next((name for name in PROTOCOLS if name in layer), None)
    if protocol is None:
        return None
    port = _mapping(layer, protocol).get("destination_port")
    if not isinstance(port, int) or isinstance(port, bool) or not FIRST <= port <= LAST:
        raise NotAFlow(f"l4.{protocol}.destination_port: expected a number from {FIRST} to {LAST}")
    addresses = _mapping(found, "IP")
    return Flow(
        _party(_mapping(found, "source"), addresses.get("source")),
        _party(_mapping(found, "destination"), addresses.get("destination")),
        port,
        protocol,
        verdict in PASSED,
    )


def _is_reply(found: Mapping[str, Any]) -> bool:
    """`is_reply` is unknown (absent or null) for datagrams and drops: then the flow is taken for an opening."""
    return found.get("is_reply") is True or (found.get("reply") is True and "is_reply" not in found)


def _mapping(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotAFlow(f"{key}: expected an object")
    return value


def _party(end: Mapping[str, Any], address: object) -> Party:
    workloads = end.get("workloads")
    first = workloads[0] if isinstance(workloads, list) and workloads and isinstance(workloads[0], dict) else {}
    return Party(
        namespace=_text(end.get("namespace")),
        pod=_text(end.get("pod_name")),
        workload=_text(first.get("name")),
        kind=_text(first.get("kind")),
        address=_text(address),
    )


def _text(value: object) -> str:
    """What a terminal would obey is spelled out: names in a log are whatever somebody wrote there."""
    text = value if isinstance(value, str) else ""
    return text if text.isprintable() else text.encode("unicode_escape").decode()
