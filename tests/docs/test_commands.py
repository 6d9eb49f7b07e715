"""What the documentation tells to type is run, word for word, by the test that its world names."""

import importlib
import re

import pytest

from tests.docs.blocks import Block
from tests.docs.worlds import CHECKOUT, CI, NOWHERE, WORLDS, everything, inhabitants, too_many

RUNS = inhabitants(CI)


def test_hardly_any_block_of_commands_is_run_by_no_test() -> None:
    left = inhabitants(NOWHERE)
    assert not too_many(left, everything()), [block.where for block in left]


@pytest.mark.parametrize("module", sorted(set(WORLDS.values())))
def test_who_is_named_runs_every_block_of_its_worlds(module: str) -> None:
    theirs = [name for name, other in WORLDS.items() if other == module]
    assert inhabitants(*theirs) == importlib.import_module(module).RUNS


def test_no_world_is_empty() -> None:
    assert not [name for name in WORLDS if not inhabitants(name)]


@pytest.mark.parametrize("block", RUNS, ids=lambda block: block.where.rpartition("/")[2])
def test_what_ci_itself_does_is_in_its_script(block: Block) -> None:
    script = re.sub(r"(?m)#.*$", "", (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8"))
    assert [line for line in block.text.splitlines() if not re.search(rf"(?m)^\s*{re.escape(line)}\b", script)] == []
