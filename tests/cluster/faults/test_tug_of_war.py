"""Somebody who opens a policy again as often as it is closed: named, healed ever more slowly, and outlasted."""

import threading
from types import TracebackType
from typing import Self

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
MANAGER = "insister"
PATIENCE = 5
"""Heals that the operator still puts down to chance."""


class Insister:
    """Opens the deny of a namespace again each time that it was closed; ended at the end of the `with`."""

    def __init__(self, world: World, namespace: str) -> None:
        self._world, self._namespace = world, namespace
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._insist, name=MANAGER, daemon=True)
        self.heals = 0
        """How often the policy was found closed again after it had been opened."""

    def __enter__(self) -> Self:
        self._open()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    @property
    def going(self) -> bool:
        return self._thread.is_alive()

    def _insist(self) -> None:
        while not self._stop.wait(0.02):
            if closed(self._world, self._namespace):
                self.heals += 1
                self._open()

    def _open(self) -> None:
        self._world.patch_policy(self._namespace, DENY, {"spec": {"ingress": [{}]}}, manager=MANAGER)


def closed(world: World, namespace: str) -> bool:
    return world.policies(namespace)[DENY].spec.ingress == ()


def enforced(world: World) -> str:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    return namespace


def heal(world: World, namespace: str, policy: str) -> None:
    """Delete a policy and wait until it is back."""
    world.delete_policy(namespace, policy)
    eventually(lambda: policy in world.policies(namespace))


def test_a_tug_of_war_is_named_slowed_down_kept_apart_and_outlasted(world: World, operator: OperatorProcess) -> None:
    namespace, neighbours = enforced(world), [enforced(world) for _ in range(4)]
    assert operator.metric("tug_of_war") == 0
    with Insister(world, namespace) as insister:
        world.until(namespace, "TugOfWar", seconds=60)
        at_recognition = insister.heals
        assert at_recognition >= PATIENCE - 1, "recognised before there was a tug-of-war"
        for kind, answer in (("Ready", "False"), ("Reconciling", "True"), ("Accepted", "True")):
            assert world.condition(namespace, kind)[0] == answer
        message = world.condition(namespace)[2]
        assert MANAGER in message
        assert DENY in message
        assert operator.metric("tug_of_war") == 1
        # The others are healed at full speed meanwhile: each heal of theirs costs a moment, not a pause.
        elsewhere = 0
        for neighbour in neighbours:
            for policy in (DENY, DNS) * 4:
                heal(world, neighbour, policy)
                elsewhere += 1
        slow = insister.heals - at_recognition
        assert insister.going
        assert elsewhere == 32
        assert slow * 4 <= elsewhere, f"{slow} heals of the contested policy beside {elsewhere} of the others"
        assert world.condition(namespace)[1] == "TugOfWar"
        assert operator.metric("tug_of_war") == 1
        for neighbour in neighbours:
            assert world.condition(neighbour)[:2] == ("True", "Enforced")
    told = [text for _, reason, text in world.events(namespace) if reason == "TugOfWar"]
    assert len(told) == 1
    assert MANAGER in told[0]
    eventually(lambda: closed(world, namespace), seconds=120, what="the policy to be closed in the end")
