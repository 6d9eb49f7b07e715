"""network-config-analyzer and the engine judge the same hundreds of clusters, connection by connection."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from netbaseline.core.inventory import Pod, Workload
from tests.core.reach.judges.analyzer_judge import Json, as_analyzer_reads, ask
from tests.core.reach.judges.asking import Judge
from tests.core.reach.judges.conftest import examples
from tests.core.reach.judges.engine import BLOCKS_ARE_OUTSIDE, Engine, evaluated
from tests.core.reach.judges.tally import STATISTICS, Tally
from tests.core.reach.judges.worlds import NAME_LABEL, PROBES, World, worlds

WORLDS = 400
MISTAKES = "the analyzer isolates egress by an empty section, or finds Exists and DoesNotExist in one namespace only"


def test_the_analyzer_agrees_on_every_connection_but_for_its_known_mistakes(
    analyzer: Judge, record_property: Any
) -> None:
    tally = Tally("network-config-analyzer")

    @examples(WORLDS)
    @given(worlds())
    def judge(world: World) -> None:
        tally.world(world)
        answers, engine = ask(analyzer, world), Engine(world, BLOCKS_ARE_OUTSIDE)
        mistaken = replace(world, policies=tuple(map(as_analyzer_reads, world.policies)))
        foretold = Engine(mistaken, BLOCKS_ARE_OUTSIDE)
        for source, destination in world.pairs():
            for number, probe in enumerate(PROBES):
                ours, theirs = engine.connects(source, destination, probe), answers[source, destination, number]
                excuse = None
                if ours != theirs:
                    shown = (world, source, destination, probe, ours, theirs)
                    assert theirs == foretold.connects(source, destination, probe), shown
                    second = evaluated(world, source, destination, probe, blocks_match_pods=False)
                    assert ours == all(second), shown
                    excuse = MISTAKES
                tally.connection(allowed=ours, excuse=excuse)

    judge()
    record_property(STATISTICS, str(tally))
    assert tally.worlds >= WORLDS
    assert tally.rare() == {}
    assert tally.excused[MISTAKES] < tally.connections / 20


def _policy(**spec: Any) -> Json:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "policy", "namespace": "shop"},
        "spec": {"podSelector": {}, **spec},
    }


EMPTY_SECTION = _policy(egress=[])
ANYWHERE = {"namespaceSelector": {}, "podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}
OTHER_NAMESPACE = _policy(policyTypes=["Egress"], egress=[{"to": [ANYWHERE]}])


@pytest.mark.parametrize("policy", [EMPTY_SECTION, OTHER_NAMESPACE])
def test_its_mistakes_are_still_there_else_nothing_needs_to_be_set_aside_any_more(
    analyzer: Judge, policy: Json
) -> None:
    """Both times a pod in `shop` may reach the one in `till` (defaults of the API server; NetworkPolicyPeer)."""
    pods = tuple(Pod(where, where, {}, Workload(where, where, "Pod"), ("10.0.0.1",)) for where in ("shop", "till"))
    world = World({"shop": {NAME_LABEL: "shop"}, "till": {NAME_LABEL: "till"}}, pods, (policy,))
    assert Engine(world, BLOCKS_ARE_OUTSIDE).connects(0, 1, PROBES[0])
    assert not ask(analyzer, world)[0, 1, 0]
