"""Fixes as edits of the text, so that comments, order and formatting stay as they are.

The text is composed into YAML nodes only to learn where things stand; what is written back is the text itself with a
few characters more. An edit that doesn't find its place as expected is left to a person.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import yaml

from netbaseline.core.lint.finding import Finding, Fix, InsertKey, RenameLabel, RepeatItem, Subject

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of the text are replaced."""

    start: int
    end: int
    text: str


def fixed(text: str, findings: Iterable[Finding]) -> tuple[str, tuple[Finding, ...]]:
    """The text of one file with all fixes of `findings` in it, and those that were fixed.

    A text that isn't YAML stays as it is.
    """
    try:
        objects = [item for document in yaml.compose_all(text, yaml.SafeLoader) for item in _objects(document)]
    except yaml.YAMLError:
        return text, ()
    edits: dict[Edit, None] = {}
    done: list[Finding] = []
    for finding in findings:
        if finding.found is None or finding.found.fix is None or finding.line is None:
            continue
        node = _object(objects, finding.found.subject, finding.line)
        edit = None if node is None else _edit(text, node, finding.found.fix)
        if edit is not None and not any(_overlap(edit, other) for other in edits):
            edits[edit] = None
            done.append(finding)
    for edit in sorted(edits, key=lambda item: item.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text, tuple(done)


def _overlap(one: Edit, other: Edit) -> bool:
    return one != other and one.start < other.end and other.start < one.end


def _objects(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    if not isinstance(node, yaml.MappingNode):
        return
    kind, items = _child(node, "kind"), _child(node, "items")
    if isinstance(items, yaml.SequenceNode) and str(getattr(kind, "value", "")).endswith("List"):
        for item in items.value:
            yield from _objects(item)
        return
    yield node


def _object(objects: Sequence[yaml.MappingNode], subject: Subject, line: int) -> yaml.MappingNode | None:
    """The object that a finding is about: by name, and by the line if the name is given more than once."""
    named = [node for node in objects if _value(node, "kind") == subject.kind and _name(node) == subject.name]
    around = [node for node in named if node.start_mark.line < line <= node.end_mark.line + 1]
    return around[0] if len(around) == 1 else None


def _name(node: yaml.MappingNode) -> str:
    metadata = _child(node, "metadata")
    return _value(metadata, "name") if isinstance(metadata, yaml.MappingNode) else ""


def _value(node: yaml.MappingNode, key: str) -> str:
    found = _child(node, key)
    return str(found.value) if isinstance(found, yaml.ScalarNode) else ""


def _child(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _at(node: yaml.Node, path: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The node at a path, and the one that holds it."""
    above: yaml.Node | None = None
    here: yaml.Node | None = node
    for index, key in _STEP.findall(path):
        above = here
        if isinstance(above, yaml.SequenceNode) and index and int(index) < len(above.value):
            here = above.value[int(index)]
        elif isinstance(above, yaml.MappingNode) and key:
            here = _child(above, key)
        else:
            return None, None
    return here, above


def _edit(text: str, node: yaml.MappingNode, fix: Fix) -> Edit | None:
    here, above = _at(node, fix.path)
    if isinstance(fix, RepeatItem):
        return _repeat(text, fix, here, above) if here is not None and isinstance(above, yaml.SequenceNode) else None
    if not isinstance(here, yaml.MappingNode):
        return None
    return _insert(text, fix, here) if isinstance(fix, InsertKey) else _rename(fix, here)


def _rename(fix: RenameLabel, here: yaml.MappingNode) -> Edit | None:
    keys = list(_label_keys(here))
    asked = [node for node in keys if node.value == fix.old]
    if len(asked) != 1 or any(node.value == fix.key for node in keys):
        return None
    quote = asked[0].style or ""
    return Edit(asked[0].start_mark.index, asked[0].end_mark.index, f"{quote}{fix.key}{quote}")


def _label_keys(selector: yaml.MappingNode) -> Iterator[yaml.ScalarNode]:
    """Where a label selector names the labels that it asks for."""
    labels, expressions = _child(selector, "matchLabels"), _child(selector, "matchExpressions")
    if isinstance(labels, yaml.MappingNode):
        yield from (name for name, _ in labels.value if isinstance(name, yaml.ScalarNode))
    for item in expressions.value if isinstance(expressions, yaml.SequenceNode) else ():
        key = _child(item, "key") if isinstance(item, yaml.MappingNode) else None
        if isinstance(key, yaml.ScalarNode):
            yield key


def _insert(text: str, fix: InsertKey, here: yaml.MappingNode) -> Edit | None:
    if not here.value or _child(here, fix.key) is not None:
        return None
    first = here.value[0][0]
    quote = first.style or ""
    value = ", ".join(f"{quote}{item}{quote}" for item in fix.value)
    new = f"{quote}{fix.key}{quote}: [{value}]"
    after = _child(here, fix.after)
    if here.flow_style:
        if after is None:
            return Edit(first.start_mark.index, first.start_mark.index, f"{new}, ")
        return Edit(after.end_mark.index, after.end_mark.index, f", {new}")
    indent = " " * first.start_mark.column
    if after is None:
        return Edit(first.start_mark.index, first.start_mark.index, f"{new}{_newline(text)}{indent}")
    end = _end_of_line(text, _last(after))
    return Edit(end, end, f"{_newline(text)}{indent}{new}")


def _repeat(text: str, fix: RepeatItem, here: yaml.Node, above: yaml.SequenceNode) -> Edit | None:
    lines = text[here.start_mark.index : _last(here)].split("\n")
    copy = "\n".join(re.sub(r"(^|\s+)#.*$", "", line) for line in lines)
    for old, new in fix.changes.items():
        copy = re.sub(rf"\b{re.escape(old)}\b", new, copy)
    if above.flow_style:
        return Edit(here.end_mark.index, here.end_mark.index, f", {copy}")
    start = text.rfind("\n", 0, here.start_mark.index) + 1
    dash = text[start : here.start_mark.index]
    if dash.strip() != "-":
        return None
    end = _end_of_line(text, _last(here))
    return Edit(end, end, f"{_newline(text)}{dash}{copy}")


def _last(node: yaml.Node) -> int:
    """Where a node's text ends; a block's own end mark is only at what follows it, comments skipped."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _last(last[1] if isinstance(last, tuple) else last)


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if text[index:end].endswith("\r") else end


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
