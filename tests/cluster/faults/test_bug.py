"""A bug of our own: it may keep one namespace waiting, and no other."""

from pathlib import Path

from netbaseline.controller.settings import Settings
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.world import World

FAILING = 3
BUG = f"""
from collections import Counter
from netbaseline.controller.turn import Turns

rightly, turns = Turns.take, Counter()

async def take(self, namespace, *rest):
    if self.baselines.of(namespace):
        turns[namespace] += 1
        if turns[namespace] <= {FAILING}:
            raise KeyError("what nobody thought of")
    return await rightly(self, namespace, *rest)

Turns.take = take
"""


def test_more_turns_fail_than_there_are_workers_and_each_is_taken_again(world: World, direct: Path) -> None:
    namespaces = [world.namespace() for _ in range(Settings().workers // FAILING + 1)]
    with OperatorProcess(direct, with_bug=BUG) as operator:
        for namespace in namespaces:
            world.baseline(namespace)
        for namespace in namespaces:
            world.until(namespace, "Enforced")
            assert set(world.policies(namespace)) == {"nbl.default.deny", "nbl.default.dns"}
        assert operator.metric("reconcile_total", result="error") >= FAILING * len(namespaces) > Settings().workers
        assert "the turn failed, and will be tried again" in operator.log()
        assert "KeyError: 'what nobody thought of'" in operator.log()
        assert operator.probe("healthz")[0] == 200
