"""Who can reach whom, of a whole inventory: rows by direction, then blocks of source nodes times destination nodes.

A pod is isolated in a direction when any policy of its namespace selects it with that direction in `policyTypes`; then
only the union of all rules of those policies passes, and a flow needs both ends (networking.k8s.io/v1,
NetworkPolicySpec; "The two sorts of pod isolation" of the concept page). Replies to what was allowed always pass, so a
flow here belongs to who opens it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from pyroaring import BitMap, FrozenBitMap

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.inventory import Inventory, Policy
from netbaseline.core.netpol import Port, Rule, Rules, Spec
from netbaseline.core.reach import rows
from netbaseline.core.reach.addresses import AddressSpace
from netbaseline.core.reach.allowance import EVERYTHING, NOTHING, Allowance
from netbaseline.core.reach.cases import OPEN, Case, Semantics
from netbaseline.core.reach.nodes import classes, machines, sure_families, terms
from netbaseline.core.reach.peers import Meant, Peers
from netbaseline.core.reach.ports import ALL_PORTS, NO_PORTS, PortSet, one_port, ports
from netbaseline.core.reach.rows import Grant, Row


class Block(NamedTuple):
    """Every node of `sources` may open `allowance` to every node of `destinations`."""

    sources: BitMap
    destinations: BitMap
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Profile:
    """All that a row hangs on: pod classes with the same profile share it."""

    policies: tuple[int, ...]
    named: frozenset[tuple[str, str, int]]
    """Name, protocol and number of the ports that ingress rules may mean."""
    host_network: bool


class Reachability:
    """The judgement of one inventory. Nodes are numbered: pod classes, then pieces of the address space.

    Building it costs in the order of policies plus pods; rows are made when they are asked for, once per profile.
    """

    def __init__(self, inventory: Inventory, semantics: Semantics = OPEN, also: Iterable[Spec] = ()) -> None:
        """`also`: policies of another world over the same pods, whose nodes are then numbered as these are."""
        self.inventory, self.semantics = inventory, semantics
        self.policies: Sequence[Policy] = inventory.policies if semantics.enforces else ()
        spoken = terms((*(policy.spec for policy in self.policies), *also))
        self.space = AddressSpace(spoken.blocks)
        self.classes = classes(inventory, spoken, self.space)
        self.peers = Peers(
            self.classes,
            inventory.namespaces,
            spoken,
            self.space,
            semantics,
            machines=machines(inventory, self.space),
            families=sure_families(inventory),
        )
        self.numbering = self.peers.numbering
        self._node_of_pod = {pod: node for node, one in enumerate(self.classes) for pod in one.pods}
        self._selecting = {direction: self._selections(direction) for direction in Direction}
        self._rows: dict[tuple[Direction, Profile], Row] = {}
        self._everywhere = ((FrozenBitMap(self.numbering.all), EVERYTHING),)

    # --- nodes ------------------------------------------------------------------------------------------------------

    def node_of_pod(self, pod: int) -> int:
        """The node of a pod, given by its position in the inventory."""
        return self._node_of_pod[pod]

    def node_of_address(self, address: str) -> int:
        """The node of an address outside. Raises ValueError where it is none."""
        return len(self.classes) + self.space.piece_of(address)

    def is_outside(self, node: int) -> bool:
        """Whether a node is a piece of the address space."""
        return node >= len(self.classes)

    # --- policies ---------------------------------------------------------------------------------------------------

    def _selections(self, direction: Direction) -> list[tuple[int, ...]]:
        found: list[list[int]] = [[] for _ in self.classes]
        for number, policy in enumerate(self.policies):
            if rules_in(policy, direction) is not None:
                for node in self.peers.selected(policy.namespace, policy.spec.pods):
                    found[node].append(number)
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        return [shared.setdefault(one, one) for one in map(tuple, found)]

    def selecting(self, node: int, direction: Direction) -> tuple[int, ...]:
        """The policies, by position, whose podSelector selects a node in a direction; none for addresses outside."""
        return () if self.is_outside(node) else self._selecting[direction][node]

    def isolating(self, node: int, direction: Direction) -> tuple[int, ...]:
        """Those of them that isolate: none where the plugin doesn't apply policies to hostNetwork pods."""
        found = self.selecting(node, direction)
        if found and self.classes[node].host_network and self.semantics.answer(Case.HOST_NETWORK_TARGET) is False:
            return ()
        return found

    # --- rows -------------------------------------------------------------------------------------------------------

    def row(self, node: int, direction: Direction) -> Row:
        """What a node lets in (Ingress) or out (Egress), by the node at the other end, as far as its own side goes."""
        if not self.isolating(node, direction):
            return self._everywhere
        return self._of_profile(self._profile(node, direction), direction)

    def row_of_policy(self, node: int, direction: Direction, policy: int) -> Row:
        """The row of a node, were `policy` (by position) the only one that isolates it."""
        return self._of_profile(replace(self._profile(node, direction), policies=(policy,)), direction)

    def _of_profile(self, profile: Profile, direction: Direction) -> Row:
        if (direction, profile) not in self._rows:
            self._rows[direction, profile] = rows.folded(self._grants(profile, direction))
        return self._rows[direction, profile]

    def _profile(self, node: int, direction: Direction) -> Profile:
        one = self.classes[node]
        named = (
            ((port.name, port.protocol, port.number) for port in one.named_ports if port.name is not None)
            if direction is Direction.INGRESS
            else ()
        )
        return Profile(self._selecting[direction][node], frozenset(named), one.host_network)

    def _grants(self, profile: Profile, direction: Direction) -> Iterator[Grant]:
        if profile.host_network and self.semantics.answer(Case.HOST_NETWORK_TARGET) is None:
            yield self.numbering.all, Allowance(NO_PORTS, ((Case.HOST_NETWORK_TARGET, ALL_PORTS),))
        for number in profile.policies:
            policy = self.policies[number]
            for rule in rules_in(policy, direction) or ():
                for nodes, case in self._matched(rule, policy.namespace):
                    yield from self._on_ports(rule.ports, nodes, case, profile, direction)

    def _matched(self, rule: Rule, namespace: str) -> Iterator[tuple[BitMap, Case | None]]:
        if not rule.peers:
            yield self.numbering.all, None
        for peer in rule.peers:
            meant: Meant = self.peers.meant(peer, namespace)
            yield meant.nodes, None
            for case, nodes in meant.depends.items():
                yield nodes, case

    def _on_ports(
        self, asked: tuple[Port, ...], nodes: BitMap, case: Case | None, profile: Profile, direction: Direction
    ) -> Iterator[Grant]:
        """The grants of one peer set. A named port is the number that the destination's containers give it, by protocol
        (NetworkPolicyPort.port): the pod's own for ingress, that of each node for egress."""
        numbers = NO_PORTS if asked else ALL_PORTS
        for port in asked:
            if isinstance(port.port, str):
                if direction is Direction.EGRESS:
                    for number, having in self._named.get((port.port, port.protocol), {}).items():
                        yield nodes & having, _given(one_port(port.protocol, number), case)
                else:
                    for name, protocol, number in profile.named:
                        if (name, protocol) == (port.port, port.protocol):
                            numbers = numbers | one_port(protocol, number)
            else:
                numbers = numbers | port_numbers(port)
        yield nodes, _given(numbers, case)

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], Mapping[int, BitMap]]:
        """Pod classes by what a port name means to them: (name, protocol) to number to nodes."""
        found: dict[tuple[str, str], dict[int, BitMap]] = {}
        for node, one in enumerate(self.classes):
            for port in one.named_ports:
                found.setdefault((port.name or "", port.protocol), {}).setdefault(port.number, BitMap()).add(node)
        return found

    # --- both ends --------------------------------------------------------------------------------------------------

    def between(self, source: int, destination: int) -> Allowance:
        """What `source` may open to `destination`: two different pods, or a pod and an address outside."""
        out = rows.at(self.row(source, Direction.EGRESS), destination)
        return out & rows.at(self.row(destination, Direction.INGRESS), source) if out else NOTHING

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All that may pass, as disjoint blocks; from outside to outside is nobody's business here."""
        incoming, outgoing = self._cells(Direction.INGRESS), self._cells(Direction.EGRESS)
        found = self._joined(incoming, outgoing)
        return tuple(Block(*parts) for parts in found)

    def _cells(self, direction: Direction) -> list[tuple[FrozenBitMap, BitMap, Allowance]]:
        """Every row's cells, equal ones taken together: the other ends, the nodes whose row it is, what may pass."""
        own: dict[int, tuple[Row, list[int]]] = {}  # by identity: a row is made once, and is long to compare
        for node in range(len(self.classes)):
            row = self.row(node, direction)
            own.setdefault(id(row), (row, []))[1].append(node)
        outside = self.numbering.all_pieces
        found: dict[tuple[FrozenBitMap, Allowance], BitMap] = {}
        for row, numbers in own.values():
            nodes = BitMap(numbers)
            for others, given in row:
                found[others, given] = found[others, given] | nodes if (others, given) in found else nodes
        if outside:
            pods = FrozenBitMap(self.numbering.all_pods)
            had = found.get((pods, EVERYTHING))
            found[pods, EVERYTHING] = outside if had is None else had | outside
        return [(others, nodes, given) for (others, given), nodes in found.items()]

    def _joined(
        self,
        incoming: list[tuple[FrozenBitMap, BitMap, Allowance]],
        outgoing: list[tuple[FrozenBitMap, BitMap, Allowance]],
    ) -> Iterator[tuple[BitMap, BitMap, Allowance]]:
        """Each ingress cell with the egress cells of its sources, found by way of whichever is fewer."""
        cells_of: dict[int, list[int]] = {}
        few = max(len(outgoing), 1)
        for number, (_, sources, _) in enumerate(outgoing):
            for node in sources:
                cells_of.setdefault(node, []).append(number)
        for allowed_sources, destinations, inward in incoming:
            candidates: Iterable[int] = (
                range(few) if len(allowed_sources) >= few else _of_nodes(allowed_sources, cells_of)
            )
            for number in candidates if outgoing else ():
                allowed_destinations, sources, outward = outgoing[number]
                given = inward & outward
                if not given or not allowed_destinations.intersect(destinations):
                    continue
                both = sources & allowed_sources
                if both:
                    yield BitMap(both), BitMap(destinations & allowed_destinations), given


def _of_nodes(nodes: Iterable[int], cells_of: Mapping[int, list[int]]) -> Iterable[int]:
    return {number for node in nodes for number in cells_of.get(node, ())}


def rules_in(policy: Policy, direction: Direction) -> Rules | None:
    """The rules of one direction; None where the policy doesn't speak of it."""
    return policy.spec.ingress if direction is Direction.INGRESS else policy.spec.egress


def port_numbers(port: Port) -> PortSet:
    """A port by number, a range, or every port of its protocol (NetworkPolicyPort: port left out)."""
    if port.port is None:
        return ports(port.protocol)
    first = int(port.port)
    return ports(port.protocol, first, first if port.end is None else port.end)


def _given(allowed: PortSet, case: Case | None) -> Allowance:
    return Allowance(allowed) if case is None else Allowance(NO_PORTS, ((case, allowed),) if allowed else ())
