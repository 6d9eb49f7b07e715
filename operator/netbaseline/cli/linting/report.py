"""Findings for people, for programs, and for GitHub's log."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from rich.text import Text

from netbaseline.cli.console import console
from netbaseline.cli.linting.formats import Output
from netbaseline.cli.linting.texts import can_be_written
from netbaseline.cli.output import Format, emit
from netbaseline.core.lint.finding import Finding, Severity
from netbaseline.core.lint.rule import Rule

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def show(findings: Sequence[Finding], rules: Sequence[Rule], output: Output) -> None:
    """Print what was found."""
    if output is Output.TABLE:
        _table(findings)
    elif output is Output.GITHUB:
        for finding in findings:
            print(_command(finding))
    elif output is Output.SARIF:
        from netbaseline.cli.linting.sarif import log

        print(json.dumps(log(findings, rules), indent=2))
    else:
        emit({"findings": [finding.wire() for finding in findings]}, Format(output.value))


def _table(findings: Sequence[Finding]) -> None:
    out = console()
    for file, group in groupby(findings, key=lambda item: item.file):
        out.print(Text(file or "in the cluster", style="bold underline"))
        for finding in group:
            place = "" if finding.line is None else str(finding.line)
            line = Text(f"{place:>6}  ")
            line.append(f"{finding.severity.value:<7}", style=STYLES[finding.severity])
            line.append(f"  {finding.id}", style="bold")
            out.print(line.append(f"  {finding.object}"))
            out.print(Text(f"{'':8}{finding.message}"))
            out.print(Text(f"{'':8}{finding.hint}", style="dim"))
        out.print()
    out.print(Text(summary(findings)))


def summary(findings: Sequence[Finding]) -> str:
    """How many of each severity, and how many `--fix` would mend."""
    if not findings:
        return "nothing found"
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(_count(counts[severity], severity.value) for severity in Severity if counts[severity])
    mended = sum(finding.fixable and can_be_written(finding.file) for finding in findings)
    return told + (f"; --fix mends {mended}" if mended else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _command(finding: Finding) -> str:
    """A workflow command, which GitHub shows at the line of the pull request."""
    properties = {"file": finding.file, "line": finding.line, "title": f"{finding.id} {finding.object}"}
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    return f"::{COMMANDS[finding.severity]} {told}::{_data(f'{finding.message}; {finding.hint}')}"


def _data(text: str) -> str:
    """As GitHub's toolkit escapes a message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
