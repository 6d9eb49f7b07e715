"""Connectivity in the language of Graphviz: a cluster for each namespace, an arrow for each connection."""

from collections.abc import Iterable, Iterator

from netbaseline.core.analysis.connectivity import Connection, End, range_name


def dot(found: Iterable[Connection]) -> str:
    """A `digraph`; what depends on the network plugin is dashed."""
    return "".join(f"{line}\n" for line in _lines(list(found)))


def _lines(found: list[Connection]) -> Iterator[str]:
    yield "digraph connectivity {"
    yield '  rankdir="LR"; node [shape="box", fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];'
    spaces: dict[str, dict[str, End]] = {}
    for end in (end for item in found for end in (item.source, item.destination)):
        spaces.setdefault("" if end.workload is None else end.workload.namespace, {})[end.name] = end
    for number, (space, ends) in enumerate(sorted(spaces.items())):
        if space:
            yield f"  subgraph cluster_{number} {{ label={_quoted(space)};"
        for name, end in sorted(ends.items()):
            shape = "box" if space else "ellipse"
            yield f'    {_quoted(name)} [label={_quoted(_label(end))}, shape="{shape}"];'
        if space:
            yield "  }"
    for item in found:
        certain = bool(item.allowance.allowed)
        label = str(item.allowance.allowed if certain else item.allowance.possible)
        style = "" if certain else ', style="dashed"'
        yield f"  {_quoted(item.source.name)} -> {_quoted(item.destination.name)} [label={_quoted(label)}{style}];"
    yield "}"


def _label(end: End) -> str:
    if end.workload is not None:
        return f"{end.workload.name}\n{end.workload.kind}"
    return "" if end.outside is None else range_name(end.outside)


def _quoted(text: str) -> str:
    """A double-quoted string of the DOT language, in which a line break is spelled out."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
