"""Reads manifests from files, folders and standard input, and knows where in them every object and field stands.

YAML, JSON and JSON lines, gzipped or not; any number of documents, `List` kinds taken apart, order kept. Each document
is read by itself, so that a broken one takes no other with it.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from netbaseline.cli.reading import files, json_text, lists, yaml_text
from netbaseline.cli.reading.files import Chunk
from netbaseline.cli.reading.places import Item, Place

TEMPLATE = b"{{"
"""What Go's templates, and so Helm's, have everywhere."""
HELM = "; if it is a template of Helm, give netbaseline what `helm template` prints"


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One object of the input."""

    content: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Input that isn't there, or isn't what it should be."""

    message: str


@dataclass(frozen=True, slots=True)
class Aside:
    """Something in a folder that isn't read, and is no mistake."""

    message: str


def read(paths: Sequence[str]) -> Iterator[Document | Unreadable | Aside]:
    """All objects in order. `-` is standard input, a folder stands for its files; what is named twice is read once."""
    seen: set[Path] = set()
    for path in paths:
        if not path:
            # To Python it is the current folder; to whoever typed it, a variable that isn't set.
            yield Unreadable("'': No such file or directory")
            continue
        if path == "-":
            if Path("-") in seen:
                yield Unreadable("-: standard input can be read only once; name it once")
                continue
            seen.add(Path("-"))
            yield from _something(_documents(files.stdin(), files.STDIN, "", keep=True), files.STDIN)
            continue
        try:
            found = files.below(Path(path)) if Path(path).is_dir() else files.Below([Path(path)], [])
        except files.Unreadable as error:
            yield Unreadable(str(error))
            continue
        for chart in found.charts:
            yield Aside(files.unrendered(chart))
        for file in found.manifests:
            once = _resolved(file)
            if once not in seen:
                seen.add(once)
                yield from _file(file)


def _resolved(path: Path) -> Path:
    """One path for a file however it is reached; opening it will tell what is wrong with one that leads nowhere."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # before Python 3.13 a link to itself is a RuntimeError
        return path


def _something(found: Iterator[Document | Unreadable], source: str) -> Iterator[Document | Unreadable]:
    """The same; none at all is most often a program before the pipe that has failed."""
    empty = True
    for item in found:
        empty = False
        yield item
    if empty:
        yield Unreadable(f"{source}: nothing in it; did what writes it fail?")


def _file(path: Path) -> Iterator[Document | Unreadable]:
    try:
        stream = files.opened(path)
    except OSError as error:
        yield Unreadable(f"{path}: {error.strerror or error}")
        return
    with stream:
        # A pipe (`<(helm template …)`) can be read only once.
        yield from _documents(stream, str(path), files.kind_of(path), keep=not path.is_file())


def _documents(stream: BinaryIO, source: str, kind: str, *, keep: bool) -> Iterator[Document | Unreadable]:
    numbers = _Numbers()
    try:
        if kind == ".jsonl":
            for chunk, text in files.json_lines(stream, source, keep=keep):
                yield from _json(chunk, text, numbers)
        elif kind == ".json":
            yield from _json_or_lines(*files.whole(stream, source, keep=keep), numbers)
        else:
            for chunk, text in files.yaml_chunks(stream, source, keep=keep):
                yield from _yaml(chunk, text, numbers)
    except files.Unreadable as error:
        yield Unreadable(str(error))
    except (OSError, EOFError, zlib.error) as error:
        yield Unreadable(f"{source}: {getattr(error, 'strerror', None) or error}")


class _Numbers:
    """Counts the documents of a file."""

    def __init__(self) -> None:
        self.last = 0

    def following(self) -> int:
        self.last += 1
        return self.last


def _json_or_lines(chunk: Chunk, text: bytes, numbers: _Numbers) -> Iterator[Document | Unreadable]:
    """A file of JSON, which some programs fill with an object on each line."""
    first, _, rest = text.partition(b"\n")
    if first.startswith(b"{") and first.rstrip().endswith(b"}") and rest.lstrip()[:1] == b"{":
        offset, line = 0, chunk.line
        for part in text.splitlines(keepends=True):
            if not part.isspace():
                kept = None if chunk.kept is None else part
                yield from _json(Chunk(chunk.source, chunk.offset + offset, len(part), line, kept), part, numbers)
            offset, line = offset + len(part), line + 1
        return
    yield from _json(chunk, text, numbers)


def _json(chunk: Chunk, text: bytes, numbers: _Numbers) -> Iterator[Document | Unreadable]:
    if not text.strip():
        return
    number = numbers.following()
    try:
        content = json_text.parse(_as_utf8(chunk, text.rstrip()))
    except files.Unreadable as error:
        yield Unreadable(str(error))
    except json_text.NotJSON as error:
        yield _not_json(chunk, text, number, error)
    else:
        yield from _objects(chunk, number, yaml_text.Parsed(content, 1), 0)


def _not_json(chunk: Chunk, text: bytes, number: int, error: json_text.NotJSON) -> Unreadable:
    """JSON's reader doesn't say on which line a key is given twice; YAML's does."""
    if error.line is None:
        try:
            for _ in yaml_text.parse(text):
                pass
        except yaml_text.KeyTwice as better:
            return _told(chunk, number, better, better.message)
        except yaml_text.NotYAML:
            pass
    return _told(chunk, number, error, f"not JSON: {error.message}")


def _yaml(chunk: Chunk, text: bytes, numbers: _Numbers) -> Iterator[Document | Unreadable]:
    if text[:1] == b"{":
        # All of JSON is YAML, and reads much faster as what it is.
        before = numbers.last
        found = list(_json_or_lines(chunk, text, numbers))
        if not any(isinstance(item, Unreadable) for item in found):
            yield from found
            return
        numbers.last = before
    try:
        for nth, parsed in enumerate(yaml_text.parse(_as_utf8(chunk, text))):
            yield from _objects(chunk, numbers.following(), parsed, nth)
    except files.Unreadable as error:
        numbers.following()
        yield Unreadable(str(error))
    except yaml_text.KeyTwice as error:
        yield _told(chunk, numbers.following(), error, error.message)
    except yaml_text.NotYAML as error:
        yield _told(chunk, numbers.following(), error, f"not YAML: {error.message}{HELM if TEMPLATE in text else ''}")


def _told(chunk: Chunk, number: int, error: yaml_text.NotYAML | json_text.NotJSON, message: str) -> Unreadable:
    line = chunk.line + (error.line or 1) - 1
    return Unreadable(f"{chunk.source}:{line}: document {number}: {message}")


def _as_utf8(chunk: Chunk, text: bytes) -> bytes:
    """`text`, which is UTF-8. Raises Unreadable."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = chunk.line + text.count(b"\n", 0, error.start)
        wide = text.startswith((b"\xff\xfe", b"\xfe\xff"))
        found = "UTF-16" if wide else f"byte 0x{text[error.start]:02x}"
        raise files.Unreadable(f"{chunk.source}:{line}: not UTF-8 ({found}); save it as UTF-8") from None
    return text


def _objects(chunk: Chunk, number: int, parsed: yaml_text.Parsed, nth: int) -> Iterator[Document]:
    """The object, or the objects in a `List` kind."""
    items = lists.items(parsed.value)
    if items is None:
        if parsed.value is not None:
            yield Document(parsed.value, Place(chunk, number, parsed.line, nth))
        return
    marks = parsed.items
    for index, content in enumerate(items):
        if index < len(marks):
            line, column = marks[index]
            end = marks[index + 1][0] - 1 if index + 1 < len(marks) else None
            yield Document(content, Place(chunk, number, line, nth, Item(index, line, column, end)))
        else:
            yield Document(content, Place(chunk, number, parsed.line, nth, Item(index)))
