"""What a random world shows of the API's semantics, counted, so that nobody has to believe that a generator is good."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from netbaseline.core.selectors import EVERYTHING, Requirement
from netbaseline.core.verdict import Applied, block_contains
from tests.core.reach.judges.worlds import World

Json = dict[str, Any]

FEATURES = frozenset(
    {
        "both directions isolated",
        "policyTypes left out, without egress rules",
        "policyTypes left out, with egress rules",
        "a direction in policyTypes without rules",
        "rules of a direction that policyTypes leaves out",
        "several policies on one pod",
        "policies in two namespaces",
        "podSelector empty",
        "podSelector left out",
        "podSelector with conditions",
        "peer: podSelector empty",
        "peer: namespaceSelector empty",
        "peer: podSelector alone",
        "peer: namespaceSelector alone",
        "peer: both selectors (and)",
        "several peers (or)",
        "rule without peers",
        "rule without ports",
        "rule without either",
        "namespace by its automatic label",
        "matchLabels",
        "matchLabels with an empty value",
        "In",
        "NotIn",
        "NotIn where the label is missing",
        "Exists",
        "DoesNotExist",
        "several conditions in one selector",
        "ipBlock of IPv4",
        "ipBlock of IPv4 with except",
        "ipBlock of IPv6",
        "ipBlock of IPv6 with except",
        "ipBlock over a pod's address",
        "a pod with an IPv6 address",
        "TCP",
        "UDP",
        "SCTP",
        "protocol left out",
        "port by number",
        "port range",
        "every port of a protocol",
        "named port",
        "named port that pods give different numbers",
        "named port of another protocol",
        "named port beside an ipBlock in egress",
    }
)


def features(world: World) -> Counter[str]:
    """The features that a world has, each once."""
    return Counter(dict.fromkeys({*_of_policies(world), *_of_pods(world)}, 1))


def _of_policies(world: World) -> Iterator[str]:
    if len({policy["metadata"]["namespace"] for policy in world.policies}) > 1:
        yield "policies in two namespaces"
    for policy in world.policies:
        yield from _of_spec(policy["spec"])
        for selector in _selectors(policy["spec"]):
            yield from _of_selector(selector)


def _of_spec(spec: Json) -> Iterator[str]:
    selector, types = spec.get("podSelector"), spec.get("policyTypes")
    yield (
        "podSelector left out"
        if selector is None
        else "podSelector with conditions"
        if selector
        else "podSelector empty"
    )
    if types is None:
        yield f"policyTypes left out, {'with' if spec.get('egress') else 'without'} egress rules"
    for name, direction in (("Ingress", "ingress"), ("Egress", "egress")):
        rules = spec.get(direction)
        if types is not None and name in types and not rules:
            yield "a direction in policyTypes without rules"
        if types is not None and name not in types and rules:
            yield "rules of a direction that policyTypes leaves out"
        for rule in rules or ():
            yield from _of_rule(rule, direction)


def _of_rule(rule: Json, direction: str) -> Iterator[str]:
    peers, ports = rule.get("from") or rule.get("to") or [], rule.get("ports") or []
    if len(peers) > 1:
        yield "several peers (or)"
    if not peers:
        yield "rule without peers" if ports else "rule without either"
    elif not ports:
        yield "rule without ports"
    for peer in peers:
        yield from _of_peer(peer)
    for port in ports:
        yield from _of_port(port)
    named = any(isinstance(port.get("port"), str) for port in ports)
    if named and direction == "egress" and any("ipBlock" in peer for peer in peers):
        yield "named port beside an ipBlock in egress"


def _of_peer(peer: Json) -> Iterator[str]:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        family = "IPv6" if ":" in block["cidr"] else "IPv4"
        yield f"ipBlock of {family}{' with except' if 'except' in block else ''}"
        return
    pods, namespaces = peer.get("podSelector"), peer.get("namespaceSelector")
    if pods == {}:
        yield "peer: podSelector empty"
    if namespaces == {}:
        yield "peer: namespaceSelector empty"
    if pods is None:
        yield "peer: namespaceSelector alone"
    else:
        yield "peer: podSelector alone" if namespaces is None else "peer: both selectors (and)"


def _of_port(port: Json) -> Iterator[str]:
    yield port.get("protocol", "protocol left out")
    if isinstance(port.get("port"), str):
        yield "named port"
    elif "port" not in port:
        yield "every port of a protocol"
    else:
        yield "port range" if "endPort" in port else "port by number"


def _selectors(spec: Json) -> Iterator[Json]:
    yield spec.get("podSelector") or {}
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction) or ():
            for peer in rule.get(peers) or ():
                yield peer.get("podSelector") or {}
                yield peer.get("namespaceSelector") or {}


def _of_selector(selector: Json) -> Iterator[str]:
    labels, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if labels:
        yield "matchLabels"
    if "" in labels.values():
        yield "matchLabels with an empty value"
    if len(labels) + len(expressions) > 1:
        yield "several conditions in one selector"
    if (
        any(item["key"] == "kubernetes.io/metadata.name" for item in expressions)
        or "kubernetes.io/metadata.name" in labels
    ):
        yield "namespace by its automatic label"
    for item in expressions:
        yield item["operator"]


def _of_pods(world: World) -> Iterator[str]:
    applied = world.applied()
    if any(":" in address for pod in world.pods for address in pod.ips):
        yield "a pod with an IPv6 address"
    for end in world.ends()[: len(world.pods)]:
        mine = [one for one in applied if one.namespace == end.namespace and one.spec.pods.matches(end.labels)]
        if len(mine) > 1:
            yield "several policies on one pod"
        if any(one.spec.ingress is not None for one in mine) and any(one.spec.egress is not None for one in mine):
            yield "both directions isolated"
    yield from _of_blocks(world, applied)
    yield from _of_names(world, applied)
    yield from _of_missing(world, applied)


def _of_blocks(world: World, applied: tuple[Applied, ...]) -> Iterator[str]:
    addresses = [address for pod in world.pods for address in pod.ips]
    blocks = [peer.block for one in applied for rule in _rules(one) for peer in rule.peers if peer.block is not None]
    if any(block_contains(block, address) for block in blocks for address in addresses):
        yield "ipBlock over a pod's address"


def _of_names(world: World, applied: tuple[Applied, ...]) -> Iterator[str]:
    meant: dict[str, set[tuple[str, int]]] = {}
    for pod in world.pods:
        for port in pod.ports:
            meant.setdefault(port.name or "", set()).add((port.protocol, port.number))
    for one in applied:
        for rule in _rules(one):
            for port in rule.ports:
                if isinstance(port.port, str):
                    found = meant.get(port.port, set())
                    if len({number for protocol, number in found if protocol == port.protocol}) > 1:
                        yield "named port that pods give different numbers"
                    if found and all(protocol != port.protocol for protocol, _ in found):
                        yield "named port of another protocol"


def _of_missing(world: World, applied: tuple[Applied, ...]) -> Iterator[str]:
    everyone: list[Requirement] = [
        item
        for one in applied
        for chosen in (one.spec.pods, *(peer.pods for rule in _rules(one) for peer in rule.peers))
        for item in (chosen or EVERYTHING).requirements
    ]
    if any(item.operator == "NotIn" and item.key not in pod.labels for item in everyone for pod in world.pods):
        yield "NotIn where the label is missing"


def _rules(one: Applied) -> Iterator[Any]:
    yield from one.spec.ingress or ()
    yield from one.spec.egress or ()
