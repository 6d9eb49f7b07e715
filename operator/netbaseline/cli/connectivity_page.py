"""One page with who may talk to whom: a matrix to see the whole, and for one workload its connections as a graph."""

from collections.abc import Sequence
from typing import Any

from netbaseline.cli import pages
from netbaseline.core.analysis.connectivity import Connection, End, range_name


def page(found: Sequence[Connection]) -> str:
    """The page as text. Ends are in order, so that a namespace's workloads stand together."""
    ends = {end.name: end for item in found for end in (item.source, item.destination)}
    ordered = sorted(ends.values(), key=lambda end: (end.workload is None, end.workload or end.name, end.name))
    number = {end.name: position for position, end in enumerate(ordered)}
    return pages.page(
        "connectivity.html.j2",
        data={
            "ends": [_end(end) for end in ordered],
            "connections": [
                [
                    number[item.source.name],
                    number[item.destination.name],
                    str(item.allowance.allowed) if item.allowance.allowed else "",
                    "; ".join(f"{ports} ({case.value})" for case, ports in item.allowance.depends),
                ]
                for item in found
            ],
        },
    )


def _end(end: End) -> dict[str, Any]:
    if end.workload is None:
        return {"space": "", "name": "" if end.outside is None else range_name(end.outside), "kind": "outside"}
    return {"space": end.workload.namespace, "name": end.workload.name, "kind": end.workload.kind}
