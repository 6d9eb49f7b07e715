"""A reader of the README who types what it says on a real node, block by block, and compares what comes out."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.docs import shells
from tests.docs.blocks import Block, blocks, comparable
from tests.docs.worlds import CHECKOUT, PAGE, SHELL, TRIAL, world
from tests.e2e.release import eventually
from tests.sandbox.binaries import locate, obtain
from tests.sandbox.build import HELM

README = CHECKOUT / "README.md"
INSTEAD = "kubectl kustomize deploy/base"
"""How the block begins that is for those who don't want what the block before it does."""
_OUTPUT = "output"


class Reader:
    """Types in a folder of their own, where a checkout's folders are; with what is on PATH on the node."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        home = folder / "home"
        home.mkdir(parents=True)
        for name in ("examples", "deploy"):
            (folder / name).symlink_to(CHECKOUT / name)
        self._folder = folder
        self._environment = shells.environment(programs(), home, KUBECONFIG=str(kubeconfig))

    def follow(self, part: str) -> str:
        """Type all blocks of a part, and give what they print. AssertionError where one fails, or prints otherwise.

        A part is a step, by how its paragraph begins, or a section, by its heading.
        """
        printed, shown = "", None
        for block in _part(part):
            if block.language in SHELL:
                shown = block if world(block) in (PAGE, TRIAL) and not block.text.startswith(INSTEAD) else None
                printed += shells.run(block, self._folder, self._environment) if shown else ""
            elif block.said.startswith(_OUTPUT) and shown is not None:
                self._compare(shown, block)
        return printed

    def type(self, text: str) -> str:
        """What a command prints that isn't in the README; fails with all of it when it fails."""
        return shells.run(Block(README, 0, "bash", text, ""), self._folder, self._environment)

    def _compare(self, typed: Block, shown: Block) -> None:
        """Whoever enforces policies learns of them a moment after they are written, so a question is asked again."""
        expected = comparable(shown.text, shown.said)
        eventually(
            lambda: comparable(shells.run(typed, self._folder, self._environment), shown.said) == expected,
            f"what {shown.where} shows comes out of\n{typed.text}",
        )


def programs() -> Iterable[Path]:
    """The folders where kubectl, helm and netbaseline are."""
    return [Path(sys.executable).parent, *locate().folders, obtain([HELM])[HELM.name].parent]


def _part(beginning: str) -> list[Block]:
    lines = README.read_text(encoding="utf-8").splitlines()
    first = next((number for number, line in enumerate(lines, 1) if line.startswith(beginning)), None)
    assert first is not None, f"the README has no paragraph that begins with {beginning}"
    following = (number for number, line in enumerate(lines, 1) if number > first and re.match(r"## |\*\*\d\. ", line))
    last = next(following, len(lines))
    return [block for block in blocks(README) if first < block.line < last]
