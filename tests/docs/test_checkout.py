"""What the documentation tells to do in a checkout is done in a clone of this one, and what it should make is there."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import Block
from tests.docs.copies import copy_checkout
from tests.docs.shells import environment, run
from tests.docs.worlds import CHECKOUT, MAKE, inhabitants
from tests.sandbox.binaries import Binaries

RUNS = inhabitants(MAKE)
ADDRESS = "https://github.com/netbaseline/netbaseline"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Also a repository, as some of the checks ask git for what there is."""
    folder = tmp_path_factory.mktemp("clone")
    copy_checkout(folder)
    (folder / ".venv").symlink_to(CHECKOUT / ".venv")
    if (CHECKOUT / ".mypy_cache").is_dir():  # else `make check` takes minutes
        shutil.copytree(CHECKOUT / ".mypy_cache", folder / ".mypy_cache")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `git clone` of the address gets the repository from here."""
    folder = tmp_path_factory.mktemp("home")
    (folder / ".gitconfig").write_text(f'[url "{CHECKOUT.as_uri()}"]\n    insteadOf = {ADDRESS}\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="module", autouse=True)
def nothing_left(clone: Path) -> Iterator[None]:
    """A sandbox that a page starts ends with the tests, whatever they came to."""
    yield
    subprocess.run(["make", "sandbox-down"], cwd=clone, check=True, capture_output=True)


@pytest.mark.parametrize("block", RUNS, ids=lambda block: block.where.removeprefix(f"{CHECKOUT}/"))
def test_what_is_said_of_a_checkout_can_be_done_in_one(
    block: Block, clone: Path, home: Path, sandbox_binaries: Binaries
) -> None:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    run(block, clone, environment(sandbox_binaries.folders, home, XDG_CACHE_HOME=cache))


def test_what_is_generated_is_as_it_was(clone: Path) -> None:
    """After all of the above, which generates everything there is."""
    changed = subprocess.run(["git", "diff", "--stat"], cwd=clone, capture_output=True, text=True, check=True)
    assert changed.stdout == ""
