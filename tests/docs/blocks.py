"""The code blocks of a Markdown page, and what a comment before a block says about it.

Four comments mean something, each on a line of its own right before a block:

    <!-- file: NAME -->    the block is the file that later commands of the page use
    <!-- output -->        the block is exactly what the block of commands before it prints
    <!-- output, figures vary -->    the same, but for numbers, times and the width of columns
    <!-- output on a node -->    the same as output, but only where there are pods that run
"""

import re
from dataclasses import dataclass
from pathlib import Path

_COMMENT = re.compile(r"^<!-- (?P<said>.+) -->$")
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)$")


@dataclass(frozen=True)
class Block:
    """One fenced block. `said` is the comment before it, empty where there is none; `line` counts from 1."""

    page: Path
    line: int
    language: str
    text: str
    said: str

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.page}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page in order, those of list items too. Raises ValueError for one that isn't closed."""
    found: list[Block] = []
    opened: tuple[int, str, str, str] | None = None
    body: list[str] = []
    before = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if opened is not None:
            if line == f"{opened[3]}```":
                found.append(Block(page, opened[0], opened[1], "\n".join(body), opened[2]))
                opened = None
            else:
                body.append(line.removeprefix(opened[3]))
            continue
        if fence is not None:
            said = _COMMENT.match(before.strip())
            opened, body = (number, fence["language"], "" if said is None else said["said"], fence["indent"]), []
        before = line
    if opened is not None:
        raise ValueError(f"{page}:{opened[0]}: a block that is never closed")
    return found


def comparable(text: str, said: str) -> list[str]:
    """Lines without trailing blanks; where figures vary, without figures and with one blank between words."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    if "figures vary" not in said:
        return lines
    return [" ".join(re.sub(r"\d+(\.\d+)?m?s?\b", "#", line).split()) for line in lines]
