"""Our own plain evaluator (`verdict.decide`) and the engine share no code but the selectors: they must always agree."""

from typing import Any

from hypothesis import given

from netbaseline.core.verdict import Flow, decide
from tests.core.reach.judges.conftest import examples
from tests.core.reach.judges.engine import BLOCKS_MATCH_PODS, Engine
from tests.core.reach.judges.tally import STATISTICS, Tally
from tests.core.reach.judges.worlds import PROBES, World, worlds

WORLDS = 1000


def test_the_evaluator_agrees_on_every_connection_also_of_pods_with_two_addresses(record_property: Any) -> None:
    tally = Tally("the evaluator")

    @examples(WORLDS)
    @given(worlds(dual_stack=True))
    def judge(world: World) -> None:
        tally.world(world)
        engine, applied, ends = Engine(world, BLOCKS_MATCH_PODS), world.applied(), world.ends()
        for source, destination in world.pairs():
            for probe in PROBES:
                verdict = decide(applied, Flow(ends[source], ends[destination], probe.number, probe.protocol))
                shown = (world, ends[source], ends[destination], probe)
                assert engine.lets_in(source, destination, probe) == verdict.ingress.allowed, shown
                assert engine.lets_out(source, destination, probe) == verdict.egress.allowed, shown
                assert engine.connects(source, destination, probe) == verdict.allowed, shown
                tally.connection(allowed=verdict.allowed)

    judge()
    record_property(STATISTICS, str(tally))
    assert tally.worlds >= WORLDS
    assert tally.rare() == {}
