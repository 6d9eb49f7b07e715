"""Where each block of commands of the documentation is run, word for word.

Without a comment the page tests run it. `<!-- run: WORLD -->` before it names another place, each with a test that
takes the text of its blocks from the pages; `<!-- not run: WHY -->` is for what nothing can run.

`python -m tests.docs.worlds` lists those that no test runs; above one block in twenty it fails.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from tests.docs.blocks import Block, blocks

CHECKOUT = Path(__file__).resolve().parents[2]
AT_MOST = Fraction(1, 20)
SHELL = {"bash", "sh", "shell", "console", "zsh", "fish"}

PAGE = "page"
PROCESS = "process"
CLUSTER = "cluster"
MAKE = "checkout"
PACKAGES = "packages"
NODE = "node"
TRIAL = "trial"
IMAGE = "image"
CI = "ci"
NOWHERE = "nowhere"

WORLDS = {
    PAGE: "tests.docs.test_pages",
    PROCESS: "tests.docs.test_pages",
    CLUSTER: "tests.docs.test_clusters",
    MAKE: "tests.docs.test_checkout",
    PACKAGES: "tests.packaging.test_packages",
    NODE: "tests.e2e.test_story",
    TRIAL: "tests.e2e.test_trial",
    IMAGE: "tests.e2e.images",
    CI: "tests.docs.test_commands",
}
"""The module that runs the blocks of each world, and says so by its `RUNS`.

- page: one control plane with the operator at work, page by page; process: the same, for what runs until it is stopped
- cluster: a control plane for this page alone, without an operator
- checkout: a copy of this checkout; packages: the same, for what is built and installed
- node: real pods (`make e2e`); trial: the same, typed from the README; image: the same, while the image is built
- ci: what `.ci/run` does itself
"""


def pages() -> list[Path]:
    """Every page with something to type."""
    root = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
    return sorted([CHECKOUT / name for name in root] + list((CHECKOUT / "docs").rglob("*.md")))


def commands(page: Path) -> list[Block]:
    """The blocks of a page that are meant to be typed."""
    return [block for block in blocks(page) if block.language in SHELL]


def world(block: Block) -> str:
    """Where a block of commands is run; ValueError for a comment that means nothing."""
    kind, _, name = block.said.partition(": ")
    if not block.said:
        return PAGE
    if kind == "run" and name in WORLDS:
        return name
    if kind == "not run" and name:
        return NOWHERE
    raise ValueError(f"{block.where}: <!-- {block.said} --> says of no block of commands where it is run")


def everything() -> list[Block]:
    """All blocks of commands."""
    return [block for page in pages() for block in commands(page)]


def inhabitants(*names: str) -> list[Block]:
    """The blocks that are run in these worlds, in the order of the pages."""
    return [block for block in everything() if world(block) in names]


def too_many(left: Sequence[Block], all_blocks: Sequence[Block]) -> bool:
    """Whether more blocks are left out than may be."""
    return len(left) > AT_MOST * len(all_blocks)


def main() -> None:
    """List what no test runs."""
    found = everything()
    left = inhabitants(NOWHERE)
    for block in left:
        print(f"{block.page.relative_to(CHECKOUT)}:{block.line}: {block.text.splitlines()[0]}")
        print(f"    {block.said.partition(': ')[2]}")
    counts = Counter(map(world, found))
    told = ", ".join(f"{counts[name]} {name}" for name in [*WORLDS, NOWHERE])
    print(f"{len(found)} blocks of commands, by where they are run: {told}")
    if too_many(left, found):
        sys.exit(f"more than {AT_MOST} of them are run by no test")


if __name__ == "__main__":
    main()
