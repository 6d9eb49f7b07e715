"""Reads manifests from files, folders and standard input, and knows where in them every object and field stands.

Any number of YAML documents, `List` kinds taken apart, order kept. Dates stay text, as the API server's own YAML reader
has it, and a key given twice is an error instead of the last one winning in silence.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 32 * 1024 * 1024
SUFFIXES = (".yaml", ".yml", ".json")


class _Loader(yaml.SafeLoader):
    """Safe, without timestamps and aliases: YAML's `&a`/`*a` can blow a few lines up to gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not supported", mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Document:
    """One object of the input. `lines` maps a field path such as `spec.allow.ingress[0]` to its line, from 1."""

    source: str
    number: int
    """Position of the YAML document in its file, from 1."""
    content: Any
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int:
        """Of a field, or of the closest thing above it that is there."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)

    def at(self, path: str) -> str:
        """`file:line` of a field."""
        return f"{self.source}:{self.line(path)}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Input that isn't there or isn't YAML; what follows it in the same file can't be read either."""

    message: str


def read(paths: list[str]) -> Iterator[Document | Unreadable]:
    """All objects in order. `-` is standard input, a folder stands for its files, sorted, at any depth."""
    for path in paths:
        if path == "-":
            yield from _documents("<stdin>", sys.stdin.buffer.read(MAX_BYTES + 1))
            continue
        yield from _files(Path(path))


def _files(path: Path) -> Iterator[Document | Unreadable]:
    if path.is_dir():
        found = sorted(item for item in path.rglob("*") if item.suffix in SUFFIXES and item.is_file())
        if not found:
            yield Unreadable(f"{path}: no {', '.join(SUFFIXES)} file in this folder")
        for item in found:
            yield from _files(item)
        return
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        yield Unreadable(f"{path}: {error.strerror or error}")
        return
    yield from _documents(str(path), raw)


def _documents(source: str, raw: bytes) -> Iterator[Document | Unreadable]:
    if len(raw) > MAX_BYTES:
        yield Unreadable(f"{source}: larger than {MAX_BYTES // 1024 // 1024} MiB; split it")
        return
    try:
        loader = _Loader(raw)
    except yaml.YAMLError as error:
        yield Unreadable(f"{source}: {error}")
        return
    number = 0
    try:
        while loader.check_node():
            node = loader.get_node()
            number += 1
            if node is None:
                break
            yield from _objects(source, number, node, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        yield Unreadable(f"{source}{line}: document {number + 1}: not YAML: {error.problem or error}")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        yield Unreadable(f"{source}: document {number + 1}: not YAML: {error}")
    finally:
        loader.dispose()


def _objects(source: str, number: int, node: yaml.Node, loader: _Loader) -> Iterator[Document | Unreadable]:
    repeated = _repeated(node)
    if repeated is not None:
        yield Unreadable(
            f"{source}:{repeated.start_mark.line + 1}: document {number}: key {repeated.value!r} is given twice"
        )
        return
    items = _items(node)
    for item in [node] if items is None else items:
        content = loader.construct_document(item)
        if content is not None:
            lines: dict[str, int] = {}
            _mark(item, "", lines)
            yield Document(source, number, content, lines)


def _items(node: yaml.Node) -> list[yaml.Node] | None:
    """The objects in a `List` kind, or None for anything else."""
    if not isinstance(node, yaml.MappingNode):
        return None
    fields = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    kind, items = fields.get("kind"), fields.get("items")
    if kind is not None and str(kind.value).endswith("List") and isinstance(items, yaml.SequenceNode):
        return list(items.value)
    return None


def _repeated(node: yaml.Node) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode):
        return next((found for item in node.value if (found := _repeated(item)) is not None), None)
    if not isinstance(node, yaml.MappingNode):
        return None
    seen: set[Any] = set()
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                return key
            seen.add(key.value)
        found = _repeated(value)
        if found is not None:
            return found
    return None


def _mark(node: yaml.Node, path: str, lines: dict[str, int]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            below = f"{path}.{key.value}" if path else str(key.value)
            lines[below] = key.start_mark.line + 1
            _mark(value, below, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[f"{path}[{index}]"] = item.start_mark.line + 1
            _mark(item, f"{path}[{index}]", lines)
