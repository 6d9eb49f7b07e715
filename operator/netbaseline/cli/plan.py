"""`netbaseline plan`: what applying manifests would do, to objects and to connectivity, before it is done."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Namespace, Paths, Platform, namespace_named
from netbaseline.cli.plugin import Cni, known

if TYPE_CHECKING:
    from netbaseline.core.analysis.changes import Change
    from netbaseline.core.analysis.forecast import Forecast, PolicyChange

EPILOG = """Examples:

netbaseline plan -f baseline.yaml manifests/

netbaseline plan -f baseline.yaml manifests/ -o markdown > comment.md

netbaseline plan -f baseline.yaml manifests/ --flows flows.jsonl

netbaseline plan -f manifests/shop/ manifests/ --as-namespace shop-staging

Exit code 0 nothing would change, 1 something would, 2 bad input.
"""


class Shape(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"


def register(app: typer.Typer) -> None:
    app.command(
        name="plan",
        help="Show what applying manifests would change: NetworkPolicies, and who may talk to whom.",
        epilog=EPILOG,
    )(plan)


def plan(
    file: Annotated[
        list[str],
        typer.Option("--file", "-f", help="What would be applied: file, folder or - for standard input; repeatable."),
    ],
    paths: Paths = None,
    flows: Annotated[
        Path | None,
        typer.Option(help="Observed flows (hubble observe -o json): which of them would be cut."),
    ] = None,
    as_namespace: Annotated[
        str | None,
        typer.Option(
            callback=namespace_named, help="Play the manifests in this namespace, with the labels of their own."
        ),
    ] = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    platform: Platform = None,
    cni: Cni = None,
    keep_going: KeepGoing = False,
    output: Annotated[Shape, typer.Option("--output", "-o", help="table, json, yaml or markdown.")] = Shape.TABLE,
) -> None:
    from netbaseline.cli import flow_log
    from netbaseline.cli.loading import Cluster
    from netbaseline.cli.overlaying import before_and_after
    from netbaseline.cli.progress import working
    from netbaseline.core.analysis.connectivity import families
    from netbaseline.core.analysis.forecast import forecast

    semantics = known(cni)
    seen = [] if flows is None else flow_log.read(flows)
    before, after = before_and_after(
        paths,
        file,
        Cluster(namespace, context, kubeconfig),
        platform=platform,
        as_namespace=as_namespace,
        keep_going=keep_going,
    )
    versions = tuple(sorted({*families(before.inventory), *families(after.inventory)}))
    with working("comparing who may talk to whom"):
        found = forecast(before.inventory, after.inventory, seen, semantics, versions)
    _emit(found, output, asked_flows=flows is not None)
    after.end(found=found.anything)


def _emit(found: "Forecast", output: Shape, *, asked_flows: bool) -> None:
    if output is Shape.TABLE:
        _print(found, asked_flows)
    elif output is Shape.MARKDOWN:
        from netbaseline.cli.pages import page

        print(page("plan.md.j2", plan=found, groups=grouped, asked_flows=asked_flows), end="")
    else:
        from netbaseline.cli.output import Format, emit

        emit(described(found), Format(output.value))


def described(found: "Forecast") -> dict[str, Any]:
    """All of it as JSON."""
    return {
        "policies": [
            {
                "action": item.action,
                "policy": f"{item.namespace}/{item.name}",
                "baseline": item.baseline,
                "diff": list(item.diff),
            }
            for item in found.policies
        ],
        "widened": [_pair(item) for item in found.widened],
        "narrowed": [_pair(item) for item in found.narrowed],
        "flowsCut": [
            {
                "source": str(item.flow.source),
                "destination": str(item.flow.destination),
                "port": item.flow.port,
                "protocol": item.flow.protocol,
                "seen": item.seen,
                "verdict": item.after.value,
            }
            for item in found.cut
        ],
        "flowsUnplaced": found.unplaced,
    }


def _pair(item: "Change") -> dict[str, Any]:
    return {
        "source": item.source.name,
        "destination": item.destination.name,
        "before": item.before.allowed.describe(),
        "after": item.after.allowed.describe(),
        "dependsBefore": item.before.possible.describe() if item.before.depends else {},
        "dependsAfter": item.after.possible.describe() if item.after.depends else {},
    }


Row = tuple[str, str, str, str]
"""Sources, destinations, before, after."""
MOST_NAMES = 3


def grouped(changes: "Iterable[Change]") -> list[Row]:
    """Changes that are the same but for their ends, in one row: a deny changes a pair for every workload there is."""
    sources: dict[tuple[str, str, str], dict[str, None]] = {}
    for item in changes:
        key = (item.destination.name, _words(item, after=False), _words(item, after=True))
        sources.setdefault(key, {})[item.source.name] = None
    rows: dict[tuple[tuple[str, ...], str, str], dict[str, None]] = {}
    for (destination, before, after), names in sources.items():
        rows.setdefault((tuple(names), before, after), {})[destination] = None
    wide: dict[tuple[tuple[str, ...], str, str], dict[str, None]] = {}
    for (names_of_sources, before, after), destinations in rows.items():
        key_of_targets = (tuple(destinations), before, after)
        wide.setdefault(key_of_targets, {}).update(dict.fromkeys(names_of_sources))
    return [(_names(list(ends)), _names(list(targets)), was, will) for (targets, was, will), ends in wide.items()]


def _words(item: "Change", *, after: bool) -> str:
    given = item.after if after else item.before
    if not given:
        return "nothing"
    hangs = given.possible - given.allowed
    parts = [str(given.allowed)] if given.allowed else []
    return "; ".join([*parts, *([f"depends: {hangs}"] if hangs else [])])


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES} more"


SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}


def _print(found: "Forecast", asked_flows: bool) -> None:
    from netbaseline.cli.console import console
    from netbaseline.cli.tables import print_table

    out = console()
    if not found.anything:
        out.print("Nothing would change.", markup=False)
    for item in found.policies:
        _print_policy(item)
    for title, style, changes in (
        ("Narrowed: may no longer pass", "red", found.narrowed),
        ("Widened: may pass that could not", "yellow", found.widened),
    ):
        if changes:
            pairs = "pair" if len(changes) == 1 else "pairs"
            out.print(f"\n{title} ({len(changes)} {pairs})", style=style, markup=False)
            print_table(("SOURCE", "DESTINATION", "BEFORE", "AFTER"), grouped(changes))
    if found.policies and not found.comparison.changes:
        out.print("\nConnectivity would stay as it is.", markup=False)
    if asked_flows:
        _print_flows(found)


def _print_policy(item: "PolicyChange") -> None:
    from netbaseline.cli.console import console

    out = console()
    sign, style = SIGNS[item.action]
    by = f"   (NetworkBaseline {item.namespace}/{item.baseline})" if item.baseline else ""
    out.print(f"{sign} NetworkPolicy {item.namespace}/{item.name}{by}", style=style, markup=False)
    for line in item.diff if item.action == "update" else ():
        colour = {"+": "green", "-": "red"}.get(line[:1], "")
        out.print(f"    {line}", style=colour, markup=False)


def _print_flows(found: "Forecast") -> None:
    from netbaseline.cli.console import console
    from netbaseline.cli.tables import print_table

    out = console()
    if found.cut:
        out.print(f"\nObserved flows that would be cut ({len(found.cut)})", style="red", markup=False)
        rows = [
            (str(item.flow.source), str(item.flow.destination), f"{item.flow.port}/{item.flow.protocol}",
             str(item.seen), item.after.value)
            for item in found.cut
        ]  # fmt: skip
        print_table(("SOURCE", "DESTINATION", "PORT", "SEEN", "THEN"), rows)
    else:
        out.print("\nNo observed flow would be cut.", markup=False)
    if found.unplaced:
        out.print(f"{found.unplaced} observed flows have an end that isn't in the input.", markup=False)
