"""What /healthz and /readyz answer, by a clock that the test turns."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from netbaseline.api.group import PLURAL
from netbaseline.cluster import paths
from netbaseline.controller.engine import Engine
from netbaseline.controller.settings import Settings
from netbaseline.controller.vitals import Vitals

LIMIT = 30.0
"""Seconds: 10 of silence after which a watch is started again, and 20 that it may take to come to life."""


@dataclass
class Bench:
    """An engine that isn't started, and the time of day."""

    now: float = 1000.0
    vitals: Vitals = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(leader_elect=False, watch_silence=10.0, stuck_after=LIMIT - 10.0)
        engine = Engine(settings, _unheard, wall=lambda: self.now, now=lambda: "")
        self.vitals = engine.vitals

    def gauge(self, name: str) -> dict[tuple[str, ...], float]:
        """Value by labels."""
        return {sample.labels: sample.value for sample in self.vitals.samples() if sample.name == name}


def _unheard(*_: Any, **__: Any) -> None:
    """Nobody listens to the Events."""


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_watch_that_gives_no_sign_of_life_is_a_reason_to_restart(bench: Bench) -> None:
    bench.vitals.watch_alive(PLURAL, paths.baselines())
    bench.now += LIMIT
    assert bench.vitals.unhealthy() == []
    bench.now += 1
    (reason,) = bench.vitals.unhealthy()
    assert reason == f"watch of {PLURAL} ({paths.baselines()}): no sign of life for 31 s"
    bench.vitals.watch_alive(PLURAL, paths.baselines())
    assert bench.vitals.unhealthy() == []


def test_one_silent_watch_is_seen_although_others_of_its_kind_are_well(bench: Bench) -> None:
    bench.vitals.watch_alive(paths.POLICIES, paths.policies("shop"))
    bench.now += LIMIT + 1
    bench.vitals.watch_alive(paths.POLICIES, paths.policies("pay"))
    (reason,) = bench.vitals.unhealthy()
    assert paths.policies("shop") in reason


def test_a_watch_that_nobody_keeps_is_no_silent_one(bench: Bench) -> None:
    bench.vitals.watch_alive(PLURAL, paths.baselines())
    bench.vitals.watch_over(PLURAL)
    bench.now += 10 * LIMIT
    assert bench.vitals.unhealthy() == []
    assert bench.gauge("watch_last_event_timestamp_seconds") == {}


def test_the_gauge_tells_of_the_most_silent_watch_of_a_kind(bench: Bench) -> None:
    bench.vitals.watch_alive(paths.POLICIES, paths.policies("shop"))
    bench.now += 5
    bench.vitals.watch_alive(paths.POLICIES, paths.policies("pay"))
    bench.vitals.watch_alive(paths.NAMESPACES, paths.namespaces())
    assert bench.gauge("watch_last_event_timestamp_seconds") == {(paths.POLICIES,): 1000, (paths.NAMESPACES,): 1005}


def test_trouble_makes_unready_until_it_is_over_and_is_news_once(bench: Bench) -> None:
    bench.vitals.synced = True
    assert bench.vitals.not_ready() == []
    assert bench.vitals.explain(PLURAL, "HTTP 403")
    assert not bench.vitals.explain(PLURAL, "HTTP 403")
    assert bench.vitals.not_ready() == ["HTTP 403"]
    assert bench.vitals.explain(PLURAL, None)
    assert bench.vitals.not_ready() == []
