"""`netbaseline connectivity`: who may talk to whom, by workload and by range of addresses outside."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Namespace, Paths, Platform
from netbaseline.cli.plugin import Cni, known

if TYPE_CHECKING:
    from netbaseline.core.analysis.connectivity import Connection
    from netbaseline.core.inventory import Inventory

EPILOG = """Examples:

netbaseline connectivity manifests/

netbaseline connectivity manifests/ -o json

netbaseline connectivity manifests/ -o dot | dot -Tsvg > connectivity.svg

netbaseline connectivity manifests/ --html connectivity.html
"""


class Shape(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    DOT = "dot"


class Family(StrEnum):
    IPV4 = "4"
    IPV6 = "6"
    BOTH = "both"


TOLD = "working out who may talk to whom"


def register(app: typer.Typer) -> None:
    app.command(
        name="connectivity",
        help="Show who may talk to whom: workloads, and ranges of addresses outside that behave alike.",
        epilog=EPILOG,
    )(connectivity)


def connectivity(
    paths: Paths = None,
    family: Annotated[
        Family | None, typer.Option("--ip-family", help="Ranges of 4, 6 or both; by default those of the input.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write one self-contained page with matrix and graph to this file.")
    ] = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    platform: Platform = None,
    cni: Cni = None,
    keep_going: KeepGoing = False,
    output: Annotated[Shape, typer.Option("--output", "-o", help="table, json, yaml or dot.")] = Shape.TABLE,
) -> None:
    from netbaseline.cli.loading import load
    from netbaseline.cli.progress import working
    from netbaseline.core.analysis.connectivity import connections, ends
    from netbaseline.core.reach.matrix import Reachability

    semantics = known(cni)
    loaded = load(
        paths,
        namespace=namespace,
        context=context,
        kubeconfig=kubeconfig,
        platform=platform,
        keep_going=keep_going,
    )
    reach = Reachability(loaded.inventory, semantics)
    found: Iterable[Connection] = connections(reach, ends(reach, _versions(family, loaded.inventory)))
    if html is not None:
        from netbaseline.cli.connectivity_page import page
        from netbaseline.cli.pages import write

        with working(TOLD):
            found = list(found)
            text = page(found)
        write(html, text, "--html")
    if html is None or output is not Shape.TABLE:
        _emit(found, output)
    loaded.end(found=False)


def _versions(family: Family | None, inventory: "Inventory") -> tuple[int, ...]:
    from netbaseline.core.analysis.connectivity import BOTH, families

    if family is None:
        return families(inventory)
    return BOTH if family is Family.BOTH else (int(family.value),)


def _emit(found: "Iterable[Connection]", output: Shape) -> None:
    from netbaseline.cli.progress import working

    if output is Shape.JSON:
        from netbaseline.cli.output import emit_list

        emit_list("connections", (item.describe() for item in found))
        return
    with working(TOLD):
        listed = list(found)
    if output is Shape.TABLE:
        _print(listed)
    elif output is Shape.DOT:
        from netbaseline.cli.graphviz import dot

        print(dot(listed), end="")
    else:
        from netbaseline.cli.output import Format, emit

        emit({"connections": [item.describe() for item in listed]}, Format.YAML)


def _print(found: "list[Connection]") -> None:
    from netbaseline.cli.tables import print_table

    with_cases = any(item.allowance.depends for item in found)
    rows = [_row(item) if with_cases else _row(item)[:3] for item in found]
    print_table(("SOURCE", "DESTINATION", "PORTS", "DEPENDS")[: 4 if with_cases else 3], rows)


def _row(item: "Connection") -> tuple[str, ...]:
    allowed = str(item.allowance.allowed) if item.allowance.allowed else "-"
    depends = "; ".join(f"{ports} ({case.value})" for case, ports in item.allowance.depends)
    return str(item.source), str(item.destination), allowed, depends
