"""Where text comes from: files, folders, standard input; plain or gzipped. One document of it at a time in memory."""

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_DOCUMENT = 32 * 1024 * 1024
"""Bytes of one YAML document, or of one JSON object on a line of its own."""
MAX_JSON = 512 * 1024 * 1024
"""Bytes of a JSON file, which is read thirty times as fast: `kubectl get pods -A -o json` of a large cluster."""
SUFFIXES = (".yaml", ".yml", ".json", ".jsonl")
CHART = "Chart.yaml"
"""The file that makes a folder a Helm chart."""
STDIN = "<stdin>"

_SEPARATOR = re.compile(rb"---(?=[ \t\r\n]|\Z)")
_ONLY_DIRECTIVES = re.compile(rb"(\xef\xbb\xbf)?(\s*(#[^\n]*)?\n)*%")
_CHUNK = 1 << 20


class Unreadable(Exception):
    """Text that can't be had, or can't be text: the whole message."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text that can be read by itself: one document of YAML, a line of JSON lines, or a file of JSON.

    `line` is the number of its first line, from 1. `kept` is the text where it can't be read again.
    """

    source: str
    offset: int
    length: int
    line: int
    kept: bytes | None = None

    def again(self) -> bytes:
        """The text, or nothing where the file has gone since."""
        if self.kept is not None:
            return self.kept
        try:
            with opened(Path(self.source)) as stream:
                stream.seek(self.offset)
                return stream.read(self.length)
        except (OSError, EOFError, zlib.error):
            return b""


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it is gzipped. Raises OSError."""
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]  # a GzipFile reads and seeks as any binary file
    return path.open("rb")


def kind_of(path: Path) -> str:
    """The suffix that says what is in a file, whether packed or not."""
    return path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix


@dataclass(frozen=True, slots=True)
class Below:
    """What is in a folder at any depth, sorted: manifests, and the folders of Helm charts, which are none yet."""

    manifests: list[Path]
    charts: list[Path]


def below(folder: Path) -> Below:
    """What is in a folder, nothing hidden. Raises Unreadable where there are no manifests.

    A link that leads nowhere is one of them: what it stands for would be missing without a word.
    """
    found = sorted(
        item
        for item in folder.rglob("*")
        if kind_of(item) in SUFFIXES
        and (item.is_file() or (item.is_symlink() and not item.exists()))
        and not any(part.startswith(".") for part in item.relative_to(folder).parts)
    )
    if not found:
        raise Unreadable(f"{folder}: no {', '.join(SUFFIXES)} file in this folder")
    charts = {item.parent for item in found if item.name == CHART}
    manifests = [item for item in found if charts.isdisjoint(item.parents)]
    topmost = sorted(chart for chart in charts if charts.isdisjoint(chart.parents))
    if not manifests:
        raise Unreadable(unrendered(topmost[0]))
    return Below(manifests, topmost)


def unrendered(chart: Path) -> str:
    """What there is to say of a Helm chart."""
    return f"{chart}: a Helm chart, not manifests yet; give netbaseline what `helm template {chart}` prints"


def stdin() -> BinaryIO:
    return sys.stdin.buffer


def yaml_chunks(stream: BinaryIO, source: str, *, keep: bool) -> Iterator[tuple[Chunk, bytes]]:
    """Each document by itself, so that one that is broken takes no other with it.

    A line that starts with `---` ends a document wherever it stands (YAML 1.1, 9.1: a document marker may not stand in
    a scalar). Directives (`%YAML 1.1`) go with the document after them.
    """
    started = _Started(source, keep)
    for text in _lines(stream):
        if text.startswith(b"---") and _SEPARATOR.match(text) and started.holds_a_document():
            yield started.chunk()
            started = started.following()
        started.add(text)
        if started.length > MAX_DOCUMENT:
            raise Unreadable(_too_large(source, started.line, MAX_DOCUMENT))
    if started.length:
        yield started.chunk()


def json_lines(stream: BinaryIO, source: str, *, keep: bool) -> Iterator[tuple[Chunk, bytes]]:
    """Each line by itself; empty ones are passed over."""
    offset, line = 0, 1
    for text in _lines(stream):
        if not text.isspace():
            yield Chunk(source, offset, len(text), line, text if keep else None), text
        offset, line = offset + len(text), line + 1


def whole(stream: BinaryIO, source: str, *, keep: bool) -> tuple[Chunk, bytes]:
    """All of it."""
    text = stream.read(MAX_JSON + 1)
    if len(text) > MAX_JSON:
        raise Unreadable(_too_large(source, 1, MAX_JSON))
    return Chunk(source, 0, len(text), 1, text if keep else None), text


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines with their ends. What is larger than a document is given in pieces, for the caller to refuse."""
    while text := stream.readline(MAX_DOCUMENT + 1):
        yield text


def _too_large(source: str, line: int, limit: int) -> str:
    where = source if line == 1 else f"{source}:{line}"
    advice = "split it" if limit == MAX_JSON else "split it, or give it as JSON, which may be larger"
    return f"{where}: larger than {limit // 1024 // 1024} MiB; {advice}"


class _Started:
    """The lines of a document up to now."""

    def __init__(self, source: str, keep: bool, offset: int = 0, line: int = 1) -> None:
        self.source, self.keep, self.offset, self.line = source, keep, offset, line
        self.texts: list[bytes] = []
        self.length = 0

    def add(self, text: bytes) -> None:
        self.texts.append(text)
        self.length += len(text)

    def holds_a_document(self) -> bool:
        return bool(self.texts) and not _ONLY_DIRECTIVES.match(b"".join(self.texts[:20]))

    def chunk(self) -> tuple[Chunk, bytes]:
        text = b"".join(self.texts)
        return Chunk(self.source, self.offset, self.length, self.line, text if self.keep else None), text

    def following(self) -> "_Started":
        return _Started(self.source, self.keep, self.offset + self.length, self.line + len(self.texts))
