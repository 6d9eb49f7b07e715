"""What the documentation tells to type and the page tests can't: rehearsed, or known to be run elsewhere."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.docs.blocks import Block
from tests.docs.unrun import AT_MOST, CHECKOUT, UNRUN, commands, lines, nowhere, pages

EVERYTHING = [block for page in pages() for block in commands(page)]
TYPED = [(block, line) for block in EVERYTHING for line in lines(block)]


def typed(start: str) -> list[str]:
    """Every line of the documentation that begins so, once."""
    return sorted({line.split("#")[0].strip() for _, line in TYPED if line.startswith(start)})


def test_hardly_any_block_of_commands_is_run_by_no_test() -> None:
    left: list[Block] = [block for block, _ in nowhere(EVERYTHING)]
    assert len(left) <= AT_MOST * len(EVERYTHING), [block.where for block in left]


def test_who_is_said_to_run_a_command_instead_is_there() -> None:
    assert not {unrun.by for unrun in UNRUN.values() if unrun.by and not (CHECKOUT / unrun.by).exists()}


def test_every_kind_of_command_that_is_not_run_still_occurs() -> None:
    assert not {start for start in UNRUN if not any(line.startswith(start) for _, line in TYPED)}


@pytest.mark.parametrize("line", typed("make"))
def test_what_make_is_asked_for_is_a_target_with_a_recipe(line: str) -> None:
    rehearsed = subprocess.run(
        ["bash", "-c", f"{line} --dry-run"], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60
    )
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "Nothing to be done" not in rehearsed.stdout


@pytest.mark.parametrize("line", typed("git clone"))
def test_the_repository_is_cloned_as_told(line: str, tmp_path: Path) -> None:
    """Git takes the checkout for the address."""
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{CHECKOUT.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/netbaseline/netbaseline",
    }
    subprocess.run(["bash", "-c", line], cwd=tmp_path, env={**os.environ, **instead}, check=True, timeout=120)
    assert (tmp_path / "netbaseline" / "Makefile").is_file()
