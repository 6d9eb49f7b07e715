"""The one screen at the end: 100 columns, 40 lines, colour only where somebody can see it."""

import io
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from netbaseline import __version__
from tests.demo.report import BaselineSeen, Report

WIDTH = 100
HEIGHT = 40

_COLUMNS = ("baseline", "mode", "Ready", "reason", "policies", "told after")
_STYLES = {"True": "green", "False": "red", "NameTaken": "yellow", "Audit": "yellow"}


def show(report: Report, ways_on: Sequence[tuple[str, str]]) -> None:
    """Print the report, and then how to go on: a command and what it is for, each."""
    if sys.stdout.isatty():
        _show(report, ways_on, Console(highlight=False))
        return
    plain = io.StringIO()
    _show(report, ways_on, Console(file=plain, width=WIDTH, highlight=False))
    for line in plain.getvalue().splitlines():
        print(line.rstrip())


def _show(report: Report, ways_on: Sequence[tuple[str, str]], out: Console) -> None:
    out.print(Text(f"netbaseline {__version__} on {report.place}, Kubernetes {report.kubernetes}", style="bold"))
    _section(out, 1, f"{len(report.baselines)} baselines applied at once to namespaces with {report.pods} pods")
    out.print(_table(_COLUMNS, map(_baseline, report.baselines)))
    moved = report.transition
    _section(out, 2, f"No cut while {moved.namespace} was closed: the writes in the API server's order")
    _told(out, ", ".join(moved.writes))
    out.print(_verdict(moved.cuts, len(moved.writes), len(moved.flows)))
    _section(out, 3, "Drift, healed: from the moment a watch saw the damage until it saw it undone")
    for healed in report.healed:
        out.print(Text(f"   {healed.what:<80}"), Text(f"{healed.milliseconds:>6.0f} ms", style="green"))
    _told(out, report.event, "dim")
    _section(out, 4, f"Somebody else's policy under our name: reported, and {_kept(report)}")
    _told(out, report.name_taken, "yellow")
    _section(out, 5, f"A baseline in Audit: {'nothing' if report.audit_wrote_nothing else 'SOMETHING'} written")
    _told(out, f"It would create {', '.join(report.forecast)}.")
    _section(out, 6, "Metrics that moved, before -> after")
    out.print(_table(("", ""), (_metric(*row) for row in report.metrics)))
    _section(out, 7, "Go on")
    width = max(len(command) for command, _ in ways_on)
    for command, purpose in ways_on:
        out.print(Text(f"   {command:<{width}}   {purpose}".rstrip()), soft_wrap=True)  # never cut: it is to be copied


def _kept(report: Report) -> str:
    return "unchanged" if report.foreign_untouched else "CHANGED"


def _section(out: Console, number: int, title: str) -> None:
    out.print(Text(f"{number}  {title}", style="bold cyan"))


def _told(out: Console, text: str, style: str = "") -> None:
    """A text that may need a second line, indented."""
    out.print(Padding(Text(text, style=style), (0, 0, 0, 3), expand=False))


def _baseline(seen: BaselineSeen) -> tuple[str, ...]:
    told = f"{seen.milliseconds:.0f} ms".rjust(len(_COLUMNS[-1]))
    return seen.called, seen.mode, seen.ready, seen.reason, seen.policies, told


def _metric(name: str, before: float, after: float) -> tuple[str, ...]:
    return name, f"{before:>6.3g} -> {after:.3g}"


def _verdict(cuts: int, writes: int, flows: int) -> Text:
    if cuts:
        return Text(
            f"   {cuts} TIMES a flow that must go on was denied after one of the {writes} writes", style="bold red"
        )
    return Text(f"   After each of the {writes} writes, all {flows} flows that must go on were allowed.", style="green")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Padding:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=any(columns), header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    return Padding(table, (0, 0, 0, 3), expand=False)
