"""The engine before the judges: its verdict on every pair and port of a world, per direction."""

from dataclasses import replace
from functools import cached_property

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.reach import rows
from netbaseline.core.reach.allowance import Allowance
from netbaseline.core.reach.cases import Case, Semantics
from netbaseline.core.reach.matrix import Reachability
from netbaseline.core.verdict import Flow, decide
from tests.core.reach.judges.worlds import OUTSIDE, Probe, World

BLOCKS_MATCH_PODS = Semantics({Case.BLOCK_ON_POD: True})
BLOCKS_ARE_OUTSIDE = Semantics({Case.BLOCK_ON_POD: False})


class Engine:
    """One world under one reading of what the API leaves open. Ends are numbered as in `World.ends`."""

    def __init__(self, world: World, semantics: Semantics) -> None:
        self._world, self._reach = world, Reachability(world.inventory(), semantics)

    @cached_property
    def _nodes(self) -> list[int]:
        pods = map(self._reach.node_of_pod, range(len(self._world.pods)))
        return [*pods, *map(self._reach.node_of_address, OUTSIDE)]

    def lets_in(self, source: int, destination: int, probe: Probe) -> bool:
        """Whether the ingress of the destination lets it pass; always so outside."""
        return self._passes(destination, source, Direction.INGRESS, probe)

    def lets_out(self, source: int, destination: int, probe: Probe) -> bool:
        """Whether the egress of the source lets it pass; always so outside."""
        return self._passes(source, destination, Direction.EGRESS, probe)

    def connects(self, source: int, destination: int, probe: Probe) -> bool:
        """Whether the whole connection passes, as the engine itself joins the two directions."""
        given = self._reach.between(self._nodes[source], self._nodes[destination])
        return self._certainly(given, probe)

    def _passes(self, of: int, other: int, direction: Direction, probe: Probe) -> bool:
        given = rows.at(self._reach.row(self._nodes[of], direction), self._nodes[other])
        return self._certainly(given, probe)

    def _certainly(self, given: Allowance, probe: Probe) -> bool:
        assert not given.depends, "nothing is left open in these worlds"
        return given.allowed.contains(probe.number, probe.protocol)


def evaluated(
    world: World, source: int, destination: int, probe: Probe, *, blocks_match_pods: bool = True
) -> tuple[bool, bool]:
    """What the plain evaluator says of ingress and of egress, for a second opinion of our own."""
    ends = world.ends()
    if not blocks_match_pods:  # it matches whatever address an end has
        ends = [end if end.namespace is None else replace(end, ips=()) for end in ends]
    verdict = decide(world.applied(), Flow(ends[source], ends[destination], probe.number, probe.protocol))
    return verdict.ingress.allowed, verdict.egress.allowed
