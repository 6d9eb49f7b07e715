"""`netbaseline lint`: mistakes in policies that the API server accepts."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from netbaseline.cli.linting.formats import FailOn, Output
from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Namespace, Paths
from netbaseline.cli.problems import UserError

if TYPE_CHECKING:
    from netbaseline.cli.loading import Loaded
    from netbaseline.cli.output import Format
    from netbaseline.core.lint.finding import Finding
    from netbaseline.core.lint.rule import Rule

EPILOG = """Examples:

netbaseline lint manifests/

netbaseline lint manifests/ --fix

netbaseline lint --context production

helm template shop | netbaseline lint -

netbaseline lint manifests/ -o sarif > lint.sarif

netbaseline lint manifests/ --select NB1,NB2 --ignore NB105 --fail-on error

netbaseline lint --explain NB105

A finding that is meant to be is kept with its reason, at its line or the line above:

# netbaseline: ignore NB105 because all of monitoring scrapes
"""


def register(app: typer.Typer) -> None:
    app.command(
        name="lint",
        help="Find mistakes in policies that the API server accepts; exit 1 when there are any.",
        epilog=EPILOG,
    )(lint)


def lint(
    paths: Paths = None,
    output: Annotated[
        Output, typer.Option("--output", "-o", help="table, json, yaml, sarif or github (workflow commands).")
    ] = Output.TABLE,
    select: Annotated[list[str] | None, typer.Option(help="Only these rules: ids or how they start.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Not these rules: ids or how they start.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend in the files what can be mended safely.")] = False,
    fail_on: Annotated[FailOn, typer.Option(help="Exit 1 from this severity on.")] = FailOn.WARNING,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="The paths hold a whole cluster: what isn't in them is nowhere."),
    ] = False,
    explain: Annotated[str | None, typer.Option(metavar="ID", help="Tell all about a rule, and end.")] = None,
    list_rules: Annotated[bool, typer.Option("--list-rules", help="List all rules, and end.")] = False,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day by which reviews are judged; today's.")
    ] = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    keep_going: KeepGoing = False,
) -> None:
    if explain is not None or list_rules:
        _tell(explain, output)
        return
    from netbaseline.cli.linting.report import show
    from netbaseline.cli.loading import load
    from netbaseline.core.lint.registry import chosen

    try:
        rules = chosen(_split(select), _split(ignore))
    except ValueError as error:
        raise UserError(str(error)) from None
    if fix and (not paths or "-" in paths):
        raise UserError("--fix writes files: name files or folders")
    read = partial(load, paths, namespace=namespace, context=context, kubeconfig=kubeconfig, keep_going=keep_going)
    only = None if paths else namespace
    day = (today or datetime.now(UTC)).date()  # noqa: TID251
    linter = _Linter(read, rules, day, complete or not (paths or only), only)
    loaded, findings = linter.fix() if fix else linter.find()
    show(findings, rules, output)
    worst = min((finding.severity.rank for finding in findings), default=len(FailOn))
    loaded.end(worst <= list(FailOn).index(fail_on) and fail_on is not FailOn.NEVER)


@dataclass(frozen=True, slots=True)
class _Linter:
    """What to read, and how to judge it."""

    read: "Callable[[], Loaded]"
    rules: "tuple[Rule, ...]"
    today: date
    complete: bool
    only: str | None
    """The namespace to judge, where a cluster gave no more than the names of the others."""

    def find(self) -> "tuple[Loaded, tuple[Finding, ...]]":
        """What was read, and what was found in it."""
        from netbaseline.cli.linting.texts import suppressions
        from netbaseline.cli.progress import working
        from netbaseline.core.lint.checking import check
        from netbaseline.core.lint.suppressions import in_annotations
        from netbaseline.core.lint.world import World

        loaded = self.read()
        kept = [*suppressions(loaded.inventory), *in_annotations(loaded.inventory)]
        with working("looking for mistakes"):
            found = check(World(loaded.inventory, self.today, complete=self.complete), self.rules, kept)
        return loaded, tuple(finding for finding in found if self.only in {None, finding.namespace})

    def fix(self) -> "tuple[Loaded, tuple[Finding, ...]]":
        """As `find`, after the files were mended; again and again, since two fixes may be in each other's way."""
        from netbaseline.cli.linting.texts import fix_files

        loaded, findings = self.find()
        left = len(findings) + 1
        while left > (left := sum(finding.fixable for finding in findings)) > 0:
            for file, number in fix_files(findings).items():
                print(f"netbaseline: {file}: {number} mended", file=sys.stderr)
            loaded, findings = self.find()
        return loaded, findings


def _split(given: list[str] | None) -> tuple[str, ...]:
    return tuple(part.strip() for item in given or () for part in item.split(","))


def _tell(explained: str | None, output: Output) -> None:
    from netbaseline.cli.linting import reference
    from netbaseline.cli.output import emit
    from netbaseline.cli.tables import print_table
    from netbaseline.core.lint.registry import BY_ID, IN_ORDER

    if explained is not None:
        if explained not in BY_ID:
            raise UserError(f"there is no rule {explained}; `netbaseline lint --list-rules` lists them")
        rule = BY_ID[explained]
        if output is Output.TABLE:
            reference.explain(rule)
        else:
            emit(reference.described(rule), _format(output))
    elif output is Output.TABLE:
        rows = [(rule.id, rule.severity.value, rule.title, "yes" if rule.fixes else "") for rule in IN_ORDER]
        print_table(("ID", "SEVERITY", "WHAT", "FIX"), rows)
    else:
        listed = [
            {"id": rule.id, "severity": rule.severity.value, "title": rule.title, "fixes": rule.fixes}
            for rule in IN_ORDER
        ]
        emit({"rules": listed}, _format(output))


def _format(output: Output) -> "Format":
    from netbaseline.cli.output import Format

    if output not in {Output.JSON, Output.YAML}:
        raise UserError(f"rules can't be told as {output.value}; as table, json or yaml they can")
    return Format(output.value)
