"""Who may talk to whom, as people see it: workload to workload, and the ranges of addresses outside that behave alike.

Pods of one workload collapse into it, and what one of them may do the workload may do. A workload's talk with itself
is left out, and so is outside with outside.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from netbaseline.api.fields import network
from netbaseline.core.inventory import Inventory, Workload
from netbaseline.core.reach.addresses import Piece
from netbaseline.core.reach.allowance import Allowance
from netbaseline.core.reach.cases import QUESTIONS
from netbaseline.core.reach.matrix import Block, Reachability

BOTH = (4, 6)


@dataclass(frozen=True, slots=True)
class End:
    """A workload, or a range of addresses outside (then `workload` is None). `nodes`: where it is in the matrix."""

    name: str
    nodes: tuple[int, ...]
    workload: Workload | None = None
    outside: Piece | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Connection:
    """`source` may open `allowance` to `destination`."""

    source: End
    destination: End
    allowance: Allowance

    def describe(self) -> dict[str, Any]:
        """As JSON: what depends on the network plugin stands beside the ports, not among them."""
        found: dict[str, Any] = {
            "source": self.source.name,
            "destination": self.destination.name,
            "ports": self.allowance.allowed.describe(),
        }
        if self.allowance.depends:
            found["depends"] = describe_depends(self.allowance)
        return found


def describe_depends(given: Allowance) -> list[dict[str, Any]]:
    """What passes only with some network plugins: the ports, the case and the reason in words."""
    return [{"ports": ports.describe(), "case": case.value, "reason": QUESTIONS[case]} for case, ports in given.depends]


def families(inventory: Inventory) -> tuple[int, ...]:
    """The address families to show: IPv6 only where something of the input is IPv6."""
    texts = {address for pod in inventory.pods for address in pod.ips}
    texts |= {address for service in inventory.services for address in service.cluster_ips}
    if any(":" in text for text in texts) or any(":" in cidr for cidr in _ranges(inventory)):
        return BOTH
    return (4,)


def _ranges(inventory: Inventory) -> Iterator[str]:
    for policy in inventory.policies:
        for rules in (policy.spec.ingress, policy.spec.egress):
            for rule in rules or ():
                yield from (peer.block.cidr for peer in rule.peers if peer.block is not None)


def ends(reach: Reachability, versions: Sequence[int] = BOTH, blocks: Iterable[Block] | None = None) -> list[End]:
    """All workloads in order, then the fewest disjoint ranges outside whose addresses behave alike.

    `blocks` is what counts as behaviour, where that is more than this matrix.
    """
    nodes: dict[Workload, set[int]] = {}
    for number, pod in enumerate(reach.inventory.pods):
        nodes.setdefault(pod.workload, set()).add(reach.node_of_pod(number))
    found = [End(str(one), tuple(sorted(at)), workload=one) for one, at in sorted(nodes.items())]
    return [*found, *_outside(reach, versions, reach.blocks if blocks is None else blocks)]


def _outside(reach: Reachability, versions: Sequence[int], blocks: Iterable[Block]) -> Iterator[End]:
    """Neighbouring pieces with the same behaviour become one range."""
    behaviour = _behaviours(reach, blocks)
    first: int | None = None
    for number, piece in enumerate(reach.space.pieces):
        if piece.version not in versions:
            continue
        node = len(reach.classes) + number
        if first is None:
            first = node
        following = reach.space.pieces[number + 1] if number + 1 < len(reach.space) else None
        if following is None or following.version != piece.version or behaviour[node] != behaviour[node + 1]:
            start = reach.space.pieces[first - len(reach.classes)]
            merged = Piece(piece.version, start.first, piece.last)
            yield End(str(merged), tuple(range(first, node + 1)), outside=merged)
            first = None


def _behaviours(reach: Reachability, blocks: Iterable[Block]) -> Mapping[int, object]:
    """By outside node: who may be reached from there, and who may reach it, by what may pass."""
    pieces = reach.numbering.all_pieces
    found: dict[int, dict[tuple[str, Allowance], BitMap]] = {node: {} for node in pieces}
    for block in blocks:
        for side, near, far in (("to", block.sources, block.destinations), ("from", block.destinations, block.sources)):
            for node in near & pieces:
                mine = found[node]
                key = (side, block.allowance)
                mine[key] = mine[key] | far if key in mine else far
    return {node: {key: frozenset(far) for key, far in mine.items()} for node, mine in found.items()}


def connections(reach: Reachability, between: Sequence[End]) -> Iterator[Connection]:
    """Everything that may pass between `between`, by source and destination; an open cluster has a million of them."""
    of_node: dict[int, list[int]] = {}
    for number, end in enumerate(between):
        for node in representatives(end):
            of_node.setdefault(node, []).append(number)
    opened: dict[int, list[tuple[list[int], Allowance]]] = {}
    for block in reach.blocks:
        destinations = [number for node in block.destinations for number in of_node.get(node, ())]
        for node in block.sources:
            if node in of_node:
                opened.setdefault(node, []).append((destinations, block.allowance))
    for source, end in enumerate(between):
        found: dict[int, Allowance] = {}
        for node in representatives(end):
            for destinations, given in opened.get(node, ()):
                for destination in destinations:
                    found[destination] = found[destination] | given if destination in found else given
        found.pop(source, None)
        yield from (Connection(end, between[number], given) for number, given in sorted(found.items()))


def representatives(end: End) -> tuple[int, ...]:
    """The nodes to look at. Addresses of one range behave alike, so one of its pieces speaks for all."""
    return end.nodes if end.workload is not None else end.nodes[:1]


def range_name(piece: Piece) -> str:
    """A range as people write it: a CIDR where it is one, `anywhere` where it is all of a family."""
    kind = ipaddress.IPv4Address if piece.version == 4 else ipaddress.IPv6Address
    parts = list(ipaddress.summarize_address_range(kind(piece.first), kind(piece.last)))
    if len(parts) == 1:
        found = network(str(parts[0]))
        return str(parts[0]) if found is None or found.prefixlen else f"any IPv{piece.version} address"
    return str(piece)
