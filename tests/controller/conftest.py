"""A bench with one enforced baseline, for tests that start from there."""

import pytest

from tests.controller.bench import Bench


@pytest.fixture
def bench() -> Bench:
    """Nothing there yet."""
    return Bench()


@pytest.fixture
async def enforced(bench: Bench) -> Bench:
    """A baseline whose first turn is over; what was written, told and asked on the way is forgotten."""
    bench.baseline({"allow": {"sameNamespace": {}}})
    await bench.turn()
    bench.cluster.writes.clear()
    bench.cluster.statuses = bench.cluster.statuses[-1:]
    bench.cluster.questions.clear()
    bench.events.clear()
    return bench
