"""`netbaseline coverage`: what every pod is open to, and how much of it all is covered."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Namespace, Paths, Platform
from netbaseline.cli.output import Format, emit
from netbaseline.cli.plugin import Cni, known
from netbaseline.cli.problems import UserError

if TYPE_CHECKING:
    from netbaseline.core.coverage.survey import Survey
    from netbaseline.core.inventory import Inventory

EPILOG = """Examples:

netbaseline coverage

netbaseline coverage manifests/ --by pod

netbaseline coverage manifests/ --fail-under 95

netbaseline coverage --html coverage.html --evidence segmentation.md
"""


class By(StrEnum):
    NAMESPACE = "namespace"
    POD = "pod"


def register(app: typer.Typer) -> None:
    app.command(
        name="coverage",
        help="Show what every pod is open to, worst first: by who may connect, not by which policies there are.",
        epilog=EPILOG,
    )(coverage)


def coverage(
    path: Paths = None,
    by: Annotated[By, typer.Option(help="A line for each namespace, or for each pod.")] = By.NAMESPACE,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Exit with 1 when less than this percentage is covered."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as one page, too.", dir_okay=False)] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(help="Write a dated report for an auditor (.md or .html): segments, passages, exceptions."),
    ] = None,
    dated: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Date of the reports; today (UTC) by default.")
    ] = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    platform: Platform = None,
    cni: Cni = None,
    keep_going: KeepGoing = False,
    output: Annotated[Format, typer.Option("--output", "-o", help="table, json or yaml.")] = Format.TABLE,
) -> None:
    from netbaseline.cli.loading import load
    from netbaseline.cli.progress import counted
    from netbaseline.core.coverage.survey import judged, survey

    day, semantics = _day(dated), known(cni)
    _check_reports(html, evidence)
    loaded = load(
        path, namespace=namespace, context=context, kubeconfig=kubeconfig, platform=platform, keep_going=keep_going
    )
    inventory = loaded.inventory
    total = f"{len(inventory.namespaces):,} namespaces judged"
    each = counted(judged(inventory, semantics), lambda number: f"{number:,} of {total}")
    # Of a cluster, only the pods of this one were read: the others would seem to have none.
    found = survey(one for one in each if path or namespace in (None, one.namespace))
    if fail_under is not None and not found.pods:
        raise UserError(f"--fail-under {fail_under:g}: there are no pods in the input, so nothing is covered or open")
    if html is not None:
        _write_page(html, found, day)
    if evidence is not None:
        _write_evidence(evidence, found, inventory, day, ", ".join(path or ()) or "the cluster")
    _show(found, by, output)
    percentage = found.percentage()
    loaded.end(fail_under is not None and percentage is not None and percentage < fail_under)


def _show(found: "Survey", by: By, output: Format) -> None:
    from netbaseline.cli.tables import print_table
    from netbaseline.core.coverage.told import described

    if output is Format.TABLE:
        print_table(*(_by_namespace(found) if by is By.NAMESPACE else _by_pod(found)))
        print(f"\n{_summary(found)}")
    else:
        emit(described(found, by_pod=by is By.POD), output)


def _day(dated: str | None) -> str:
    if dated is None:
        return datetime.now(UTC).date().isoformat()  # noqa: TID251 - the edge; tests give --date
    try:
        return date.fromisoformat(dated).isoformat()
    except ValueError:
        raise UserError(f"--date {dated}: expected YYYY-MM-DD, for example 2026-11-24") from None


def _check_reports(html: Path | None, evidence: Path | None) -> None:
    from netbaseline.cli.pages import HTML, MARKDOWN

    if evidence is None:
        return
    if evidence.suffix not in (*HTML, *MARKDOWN):
        raise UserError(f"--evidence {evidence}: the name has to end in .md or .html")
    if html is not None and html.absolute() == evidence.absolute():
        raise UserError(f"--html and --evidence {evidence}: are two reports; give them two names")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items()) or "-"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} %"


Rows = tuple[Sequence[str], Sequence[Sequence[str]]]


def _by_namespace(found: "Survey") -> Rows:
    from netbaseline.core.coverage.told import described

    rows = [
        (
            one["namespace"],
            one["state"],
            str(one["pods"]),
            _percent(one["coverage"]),
            _counted(one["ingress"]),
            _counted(one["egress"]),
        )
        for one in described(found, by_pod=False)["namespaces"]
    ]
    return ("NAMESPACE", "STATE", "PODS", "COVERED", "INGRESS", "EGRESS"), rows


def _by_pod(found: "Survey") -> Rows:
    from netbaseline.core.coverage.told import by_badness, reasons

    rows = [
        (pod.namespace, pod.name, group.ingress.state.value, group.egress.state.value, "; ".join(reasons(group)))
        for group in by_badness(found)
        for pod in group.pods
    ]
    return ("NAMESPACE", "POD", "INGRESS", "EGRESS", "WHY"), rows


def _summary(found: "Survey") -> str:
    from netbaseline.core.coverage.told import described

    told = described(found, by_pod=False)
    return (
        f"{_percent(told['coverage'])} of {told['pods']} pods covered, both directions counted;"
        f" namespaces: {_counted(told['namespaceStates'])}"
    )


def _write_page(path: Path, found: "Survey", day: str) -> None:
    from netbaseline.cli.pages import page, write
    from netbaseline.core.coverage.told import described, workloads_told

    told, workloads = described(found, by_pod=False), workloads_told(found)
    write(path, page("coverage.html.j2", told=told, workloads=workloads, day=day), "--html")


def _write_evidence(path: Path, found: "Survey", inventory: "Inventory", day: str, source: str) -> None:
    from netbaseline import __version__
    from netbaseline.cli.pages import MARKDOWN, page, write
    from netbaseline.core.coverage.evidence import segments
    from netbaseline.core.coverage.told import described

    template = "evidence.md.j2" if path.suffix in MARKDOWN else "evidence.html.j2"
    content = page(
        template,
        day=day,
        source=source,
        version=__version__,
        told=described(found, by_pod=False),
        segments=segments(found, inventory),
        foreign=[str(policy) for policy in inventory.foreign],
    )
    write(path, content, "--evidence")
