"""Where an object stands in the text it was read from, and each of its fields.

Lines are looked up when somebody asks for one: most objects are never spoken of, and knowing all lines costs more than
reading all objects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from netbaseline.cli.reading import json_text, yaml_text
from netbaseline.cli.reading.files import Chunk


@dataclass(frozen=True, slots=True)
class Item:
    """One of the items of a `List`. Of YAML, also where it stands in the text of its document, by lines from 1."""

    index: int
    line: int | None = None
    column: int = 0
    end: int | None = None
    """The line of the next item."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where an object stands. Without the object, so that what is read of it can outlive it."""

    chunk: Chunk
    number: int
    """Position of the document in its file, from 1."""
    first: int = 1
    """Its first line in the text of the chunk, from 1."""
    nth: int = 0
    """Position among the documents of the chunk, from 0."""
    item: Item | None = None

    @property
    def source(self) -> str:
        return self.chunk.source

    def line(self, path: str) -> int:
        """The line of a field path such as `spec.allow.ingress[0]`, or of the closest thing above it that is there."""
        if not path and (self.item is None or self.item.line is not None):
            return self.chunk.line + self.first - 1
        found = _lines(self.chunk, self.nth, self.item)
        while path and path not in found:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.chunk.line + found.get(path, self.first) - 1

    def at(self, path: str) -> str:
        """`file:line` of a field."""
        return f"{self.source}:{self.line(path)}"


@lru_cache(maxsize=8)
def _lines(chunk: Chunk, nth: int, item: Item | None) -> Mapping[str, int]:
    """The lines of an object's fields in the text of its chunk, from 1; asked for field after field."""
    if item is None:
        return yaml_text.lines(chunk.again(), nth)
    text, first = _json_item(chunk, item) if item.line is None else _yaml_item(chunk, item, item.line)
    return {path: line + first - 1 for path, line in yaml_text.lines(text).items()}


def _yaml_item(chunk: Chunk, item: Item, first: int) -> tuple[bytes, int]:
    """An item of a list by itself: the dash before it becomes a space, which keeps its indentation."""
    text = _split(chunk)[first - 1 : item.end]
    return b"".join([b" " * item.column + text[0][item.column :], *text[1:]]) if text else b"", first


def _json_item(chunk: Chunk, item: Item) -> tuple[bytes, int]:
    text = chunk.again().decode(errors="replace")
    places = _places(chunk)
    if item.index >= len(places):
        return b"", 1
    start, end = places[item.index]
    return text[start:end].encode(), text.count("\n", 0, start) + 1


@lru_cache(maxsize=1)
def _split(chunk: Chunk) -> list[bytes]:
    return chunk.again().splitlines(keepends=True)


@lru_cache(maxsize=1)
def _places(chunk: Chunk) -> list[tuple[int, int]]:
    try:
        return list(json_text.items(chunk.again().decode(errors="replace")))
    except (ValueError, IndexError):
        return []  # the file has changed since
