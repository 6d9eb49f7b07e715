"""What a change does to connectivity: exactly the flows that it widens or narrows, however many there are.

Both worlds are judged over the same nodes, so that their blocks can be laid over each other; what is equal on both
sides drops out before anything is spelled out pair by pair.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netbaseline.core.analysis.connectivity import BOTH, End, ends, representatives
from netbaseline.core.inventory import Inventory, Namespace, Pod, Workload
from netbaseline.core.reach.allowance import NOTHING, Allowance
from netbaseline.core.reach.cases import OPEN, Semantics
from netbaseline.core.reach.matrix import Block, Reachability
from netbaseline.core.reach.ports import NO_PORTS, PortSet


@dataclass(frozen=True, slots=True)
class Change:
    """A pair whose connectivity isn't what it was.

    Of workloads with pods of several kinds, `before` and `after` are what those pairs of pods may do that changed. One
    may gain what another loses, so what is gained and lost is added up pair by pair.
    """

    source: End
    destination: End
    before: Allowance
    after: Allowance
    gained: PortSet
    lost: PortSet

    @property
    def widened(self) -> bool:
        """Whether something may pass, for certain or perhaps, that may not have before."""
        return bool(self.gained)

    @property
    def narrowed(self) -> bool:
        """Whether something no longer may."""
        return bool(self.lost)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both judgements, and what differs."""

    before: Reachability
    after: Reachability
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What changed of one pair of ends so far, over all pairs of their pods."""

    before: Allowance = NOTHING
    after: Allowance = NOTHING
    gained: PortSet = NO_PORTS
    lost: PortSet = NO_PORTS

    def and_also(self, before: Allowance, after: Allowance) -> "_Turn":
        return _Turn(
            self.before | before,
            self.after | after,
            self.gained | (after.allowed - before.allowed) | (after.possible - before.possible),
            self.lost | (before.allowed - after.allowed) | (before.possible - after.possible),
        )


Pairs = dict[tuple[int, int], _Turn]
"""By position of source and destination."""


@dataclass(frozen=True, slots=True)
class _Both:
    """One end in both worlds; `before` and `after` are its nodes there."""

    end: End
    before: frozenset[int]
    after: frozenset[int]

    @property
    def moved(self) -> bool:
        """Whether its pods aren't what they were, or are there in one world only."""
        return self.before != self.after


def compare(
    before: Inventory, after: Inventory, semantics: Semantics = OPEN, versions: Sequence[int] = BOTH
) -> Comparison:
    """Compare two worlds, whatever differs: policies, labels of namespaces, pods, or whole workloads.

    What only one world has may reach nobody in the other.
    """
    pods, positions = _together(after.pods, before.pods)
    specs = [policy.spec for policy in (*before.policies, *after.policies)]
    one = Reachability(_beside(before, pods, after.namespaces.values()), semantics, also=specs)
    other = Reachability(_beside(after, pods, before.namespaces.values()), semantics, also=specs)
    old, new = (_nodes(one, (positions[meaning(pod)] for pod in world.pods)) for world in (before, after))
    both = [
        _Both(end, frozenset(end.nodes), frozenset(end.nodes))
        if end.workload is None
        else _Both(end, old.get(end.workload, frozenset()), new.get(end.workload, frozenset()))
        for end in ends(one, versions, (*one.blocks, *other.blocks))
    ]
    found = _in_place(difference(one.blocks, other.blocks), both) | _moved(one, other, both)
    changes = (
        Change(both[source].end, both[destination].end, turn.before, turn.after, turn.gained, turn.lost)
        for (source, destination), turn in sorted(found.items(), key=lambda item: item[0])
        if turn.gained or turn.lost
    )
    return Comparison(one, other, tuple(changes))


def meaning(pod: Pod) -> tuple[object, ...]:
    """All of a pod but where it was read: pods of two worlds that agree in it are one."""
    bare = replace(pod, labels={}, origin=None)
    return (bare.workload, bare.name, bare.ips, bare.ports, bare.host_network, frozenset(pod.labels.items()))


def _together(*worlds: Sequence[Pod]) -> tuple[tuple[Pod, ...], dict[tuple[object, ...], int]]:
    """The pods of all worlds, those that mean the same once, and the position of each meaning."""
    found: dict[tuple[object, ...], Pod] = {}
    for pod in (pod for world in worlds for pod in world):
        found.setdefault(meaning(pod), pod)
    return tuple(found.values()), {meaning: number for number, meaning in enumerate(found)}


def _beside(world: Inventory, pods: tuple[Pod, ...], others: Iterable[Namespace]) -> Inventory:
    namespaces = {item.name: item for item in others} | dict(world.namespaces)
    return replace(world, pods=pods, namespaces=dict(sorted(namespaces.items())))


def _nodes(reach: Reachability, positions: Iterable[int]) -> dict[Workload, frozenset[int]]:
    found: dict[Workload, set[int]] = {}
    for position in positions:
        found.setdefault(reach.inventory.pods[position].workload, set()).add(reach.node_of_pod(position))
    return {workload: frozenset(nodes) for workload, nodes in found.items()}


Difference = tuple[Block, Allowance]
"""Nodes with what passes after, and what passed before."""


def difference(before: Iterable[Block], after: Iterable[Block]) -> Iterator[Difference]:
    """The parts of two sets of disjoint blocks that don't agree."""
    old = {_key(block): block for block in before}
    new = {_key(block): block for block in after}
    left = [block for key, block in old.items() if key not in new]
    right = [block for key, block in new.items() if key not in old]
    for block in right:
        for part, over in _laid_over(block, left):
            if over != block.allowance:
                yield part, over
    for block in left:
        for part, over in _laid_over(block, right):
            if not over:
                yield Block(part.sources, part.destinations, NOTHING), block.allowance


def _key(block: Block) -> tuple[object, ...]:
    return (block.sources.serialize(), block.destinations.serialize(), block.allowance)


def _laid_over(block: Block, others: Iterable[Block]) -> Iterator[Difference]:
    """`block` in parts, each with what one of `others` says of it; NOTHING where none does."""
    rest = [block]
    for other in others:
        if not (block.sources.intersect(other.sources) and block.destinations.intersect(other.destinations)):
            continue
        left: list[Block] = []
        for part in rest:
            sources, destinations = part.sources & other.sources, part.destinations & other.destinations
            if not sources or not destinations:
                left.append(part)
                continue
            yield Block(sources, destinations, block.allowance), other.allowance
            left.append(Block(part.sources - sources, part.destinations, block.allowance))
            left.append(Block(sources, part.destinations - destinations, block.allowance))
        rest = [part for part in left if part.sources and part.destinations]
    yield from ((part, NOTHING) for part in rest)


def _in_place(differences: Iterable[Difference], both: Sequence[_Both]) -> Pairs:
    """The differences between ends that are where they were."""
    of_node: dict[int, list[int]] = {}
    for number, one in enumerate(both):
        for node in representatives(one.end) if one.end.workload is None else () if one.moved else one.after:
            of_node.setdefault(node, []).append(number)
    found: Pairs = {}
    for block, had in differences:
        for source in (number for node in block.sources for number in of_node.get(node, ())):
            for destination in (number for node in block.destinations for number in of_node.get(node, ())):
                if source != destination:
                    turn = found.get((source, destination), _Turn())
                    found[source, destination] = turn.and_also(had, block.allowance)
    return found


def _moved(before: Reachability, after: Reachability, both: Sequence[_Both]) -> Pairs:
    """All pairs with an end whose pods changed."""
    found: Pairs = {}
    moved = [number for number, one in enumerate(both) if one.moved]
    for number in moved:
        for other in range(len(both)):
            for source, destination in ((number, other), (other, number)) if other != number else ():
                one, two = both[source], both[destination]
                found[source, destination] = _Turn().and_also(
                    _any(before, one.before, two.before), _any(after, one.after, two.after)
                )
    return found


def _any(reach: Reachability, sources: Iterable[int], destinations: Iterable[int]) -> Allowance:
    found = NOTHING
    for source in sources:
        for destination in destinations:
            found = found | reach.between(source, destination)
    return found
