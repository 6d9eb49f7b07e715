"""Cyclonus and the engine judge the same thousands of clusters, connection by connection and direction by direction."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given

from netbaseline.core.inventory import Pod, Workload
from tests.core.reach.judges.asking import Judge
from tests.core.reach.judges.conftest import examples
from tests.core.reach.judges.cyclonus_judge import as_cyclonus_reads, ask
from tests.core.reach.judges.engine import BLOCKS_MATCH_PODS, Engine, evaluated
from tests.core.reach.judges.tally import STATISTICS, Tally
from tests.core.reach.judges.worlds import PROBES, Json, World, worlds

WORLDS = 2000
NOT_IN = "cyclonus takes NotIn as false where the label is missing"


def test_cyclonus_agrees_on_every_connection_but_for_its_known_mistake(cyclonus: Judge, record_property: Any) -> None:
    tally = Tally("cyclonus")

    @examples(WORLDS)
    @given(worlds())
    def judge(world: World) -> None:
        tally.world(world)
        answers, engine = ask(cyclonus, world), Engine(world, BLOCKS_MATCH_PODS)
        mistaken = replace(world, policies=tuple(map(as_cyclonus_reads, world.policies)))
        foretold = Engine(mistaken, BLOCKS_MATCH_PODS)
        for source, destination in world.pairs():
            for number, probe in enumerate(PROBES):
                ours = engine.lets_in(source, destination, probe), engine.lets_out(source, destination, probe)
                theirs = answers[source, destination, number]
                excuse = None
                if ours != theirs:
                    misread = (
                        foretold.lets_in(source, destination, probe),
                        foretold.lets_out(source, destination, probe),
                    )
                    shown = (world, source, destination, probe, ours, theirs)
                    assert theirs == misread, shown
                    assert ours == evaluated(world, source, destination, probe), shown
                    excuse = NOT_IN
                tally.connection(allowed=ours == (True, True), excuse=excuse)

    judge()
    record_property(STATISTICS, str(tally))
    assert tally.worlds >= WORLDS
    assert tally.rare() == {}
    assert tally.excused[NOT_IN] < tally.connections / 20


@pytest.mark.parametrize(
    "selector",
    [
        {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]},
        {"matchLabels": {"app": ""}},
    ],
)
def test_its_mistakes_are_still_there_else_nothing_needs_to_be_set_aside_any_more(
    cyclonus: Judge, selector: Json
) -> None:
    """A pod without the label: NotIn selects it, an empty value doesn't (labels.Requirement.Matches)."""
    pod = Pod("shop", "bare", {}, Workload("shop", "bare", "Pod"), ("10.0.0.1",))
    metadata = {"name": "deny", "namespace": "shop"}
    world = World({"shop": {}}, (pod,), ({"metadata": metadata, "spec": {"podSelector": selector}},))
    questions = [{**policy, "spec": {**policy["spec"], "policyTypes": ["Ingress"]}} for policy in world.policies]
    ends = [{"Peer": {"IP": "10.0.0.1", "Internal": {"Namespace": "shop"}}, "Names": [""]}]
    ends += [{"Peer": {"IP": "192.0.2.7"}, "Names": [""]}]
    digits = cyclonus.ask({"Policies": questions, "Ends": ends, "Ports": [{"Number": 80, "Protocol": "TCP"}]})
    from_outside = dict(zip(product(range(2), range(2)), digits, strict=True))[1, 0]
    ours = Engine(world, BLOCKS_MATCH_PODS).lets_in(1, 0, PROBES[0])
    assert (from_outside in {"1", "3"}) is not ours
