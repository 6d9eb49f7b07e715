"""The judges, each a process that serves a whole module of tests."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.core.reach.judges import analyzer_judge
from tests.core.reach.judges.asking import Judge
from tests.core.reach.judges.cyclonus_judge import CYCLONUS
from tests.sandbox.binaries import cache_folder, obtain
from tests.sandbox.plugin import shown


@pytest.fixture(scope="module")
def cyclonus(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Built at first use, which takes minutes."""
    with shown(request):
        binary = obtain([CYCLONUS], sys.stderr)[CYCLONUS.name]
    with Judge([binary]) as judge:
        yield judge


@pytest.fixture(scope="module")
def analyzer(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Installed at first use, into an environment of its own."""
    with shown(request):
        interpreter = analyzer_judge.python(cache_folder().parent)
    with Judge([interpreter, analyzer_judge.SERVER]) as judge:
        yield judge


def examples(least: int) -> settings:
    """At least so many worlds; under the profile `fuzz` ten times as many."""
    return settings(max_examples=least if settings.get_current_profile_name() != "fuzz" else 10 * least, database=None)
