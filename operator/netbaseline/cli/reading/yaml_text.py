"""YAML from the parser's events to values, without the tree of nodes that PyYAML builds between: about four times as
fast. libyaml parses where PyYAML was built with it, and PyYAML's own parser where it wasn't.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from netbaseline.cli.reading.scalars import explicit, plain

MAX_DEPTH = 300
MAX_EXPANDED = 200_000
"""Values that the aliases of one document may stand for: a few lines of `&a`/`*a` can mean billions."""
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"

Parser: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotYAML(Exception):
    """Why a document can't be read, and its line in the text, from 1, where it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document: its value, and its line in the text, from 1."""

    value: Any
    line: int
    items: tuple[tuple[int, int], ...] = ()
    """Line, from 1, and column of each item of a `List` kind."""


def parse(text: bytes) -> Iterator[Parsed]:
    """The documents of `text`, which is UTF-8. Raises NotYAML; those before it have been given."""
    try:
        yield from _Builder(text).documents()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYAML(str(error.problem or error), None if mark is None else mark.line + 1) from None
    except yaml.reader.ReaderError as error:
        raise NotYAML(f"character {error.character!r}: {error.reason}", _line_at(text, error.position)) from None
    except yaml.YAMLError as error:
        raise NotYAML(str(error)) from None


def _line_at(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1


def _line(event: Any) -> int:
    found: int = event.start_mark.line + 1
    return found


class KeyTwice(NotYAML):
    """YAML that Kubernetes' reader refuses all the same."""


class _Builder:
    """The values of one stream of events."""

    def __init__(self, text: bytes) -> None:
        self._next: Callable[[], Any] = Parser(text).get_event
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()
        self._built = 0
        self._expanded = 0
        self._depth = 0
        self._marks: list[tuple[int, int]] = []

    def documents(self) -> Iterator[Parsed]:
        self._next()
        while True:
            event = self._next()
            if isinstance(event, StreamEndEvent):
                return
            if isinstance(event, DocumentStartEvent):
                self._anchors, self._built, self._expanded, self._marks = {}, 0, 0, []
                first = self._next()
                value = self._value(first)
                yield Parsed(value, _line(first), tuple(self._marks))
            elif not isinstance(event, DocumentEndEvent):
                raise NotYAML("unexpected end", _line(event))

    def _value(self, event: Any) -> Any:
        self._built += 1
        kind = type(event)
        if kind is AliasEvent:
            return self._alias(event)
        anchor = event.anchor
        if anchor is None:
            return self._scalar(event) if kind is ScalarEvent else self._collection(event)
        before = self._built
        self._open.add(anchor)
        value = self._scalar(event) if kind is ScalarEvent else self._collection(event)
        self._open.discard(anchor)
        self._anchors[anchor] = value, self._built - before + 1
        return value

    def _alias(self, event: Any) -> Any:
        name, line = event.anchor, _line(event)
        if name in self._open:
            raise NotYAML(f"the alias *{name} stands inside of what it refers to", line)
        if name not in self._anchors:
            raise NotYAML(f"the alias *{name} refers to nothing before it", line)
        value, size = self._anchors[name]
        self._built += size
        self._expanded += size
        if self._expanded > MAX_EXPANDED:
            raise NotYAML(f"the aliases up to *{name} stand for more than {MAX_EXPANDED:,} values", line)
        return value

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        try:
            if tag is None:
                return plain(event.value) if event.implicit[0] else event.value
            return explicit(tag, event.value)
        except ValueError as error:
            raise NotYAML(str(error), _line(event)) from None

    def _collection(self, event: Any) -> Any:
        mapping = type(event) is MappingStartEvent
        if event.tag not in {None, "!", _MAP if mapping else _SEQ}:
            raise NotYAML(f"the tag {event.tag[:60]!r} is none of Kubernetes' YAML", _line(event))
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotYAML(f"nested more than {MAX_DEPTH} deep", _line(event))
        value = self._mapping() if mapping else self._sequence(marked=False)
        self._depth -= 1
        return value

    def _sequence(self, *, marked: bool) -> list[Any]:
        found: list[Any] = []
        while True:
            event = self._next()
            if type(event) is SequenceEndEvent:
                return found
            if marked:
                self._marks.append((_line(event), event.start_mark.column))
            found.append(self._value(event))

    def _mapping(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[Any] = []
        while True:
            key: Any = self._next()
            if type(key) is MappingEndEvent:
                break
            if type(key) is not ScalarEvent:
                raise NotYAML("a key must be a text, not a list, an object or an alias", _line(key))
            name, event = key.value, self._next()
            if name == "<<" and key.implicit[0]:
                merged += [self._value(event)]
                continue
            if name in found:
                raise KeyTwice(f"key {name!r} is given twice", _line(key))
            if name == "items" and self._depth == 1 and type(event) is SequenceStartEvent and event.anchor is None:
                found[name] = self._sequence(marked=True)
            else:
                found[name] = self._value(event)
        return _merged(found, merged) if merged else found


def _merged(found: dict[str, Any], merged: list[Any]) -> dict[str, Any]:
    """`<<: *other`: what the mapping itself says goes first, then the earlier one of several."""
    sources = [item for value in merged for item in (value if isinstance(value, list) else [value])]
    for source in sources:
        if not isinstance(source, dict):
            raise NotYAML("<< takes an object, or a list of objects")
        found = {**source, **found}
    return found


def lines(text: bytes, nth: int = 0) -> dict[str, int]:
    """The line, from 1, of every field of one document by its path, as far as the text can be read.

    A key that is no plain word has two paths, as in `metadata.labels.app/x` and `metadata.labels[app/x]`.
    """
    found: dict[str, int] = {}
    try:
        for path, line in _Marker(text).found(nth):
            found.setdefault(path, line)
    except (yaml.YAMLError, NotYAML):
        pass  # what was found up to here is what there is to know
    return found


class _Marker:
    def __init__(self, text: bytes) -> None:
        self._next: Callable[[], Any] = Parser(text).get_event

    def found(self, nth: int) -> Iterator[tuple[str, int]]:
        before = -1
        while before < nth:
            event = self._next()
            if isinstance(event, StreamEndEvent):
                return
            before += isinstance(event, DocumentStartEvent)
        first = self._next()
        yield "", _line(first)
        yield from self._inside(first, "", 0)

    def _inside(self, event: Any, path: str, depth: int) -> Iterator[tuple[str, int]]:
        if depth > MAX_DEPTH:
            raise NotYAML(f"nested more than {MAX_DEPTH} deep")
        if type(event) is SequenceStartEvent:
            index = 0
            while type(item := self._next()) is not SequenceEndEvent:
                below = f"{path}[{index}]"
                yield below, _line(item)
                yield from self._inside(item, below, depth + 1)
                index += 1
        elif type(event) is MappingStartEvent:
            while True:
                key: Any = self._next()
                if type(key) is MappingEndEvent:
                    return
                if type(key) is not ScalarEvent:
                    raise NotYAML("a key must be a text")
                below = f"{path}.{key.value}" if path else key.value
                line = _line(key)
                yield below, line
                if not key.value.isidentifier():
                    yield f"{path}[{key.value}]", line
                yield from self._inside(self._next(), below, depth + 1)
