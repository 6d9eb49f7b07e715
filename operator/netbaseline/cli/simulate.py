"""`netbaseline simulate`: a team's intent under test, flows that must pass and flows that must not."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Namespace, Paths, Platform
from netbaseline.cli.output import Format, emit
from netbaseline.cli.plugin import Cni, known
from netbaseline.cli.problems import UserError

if TYPE_CHECKING:
    from netbaseline.core.expectations import Expectation

EPILOG = """Examples:

netbaseline simulate expectations.yaml manifests/

netbaseline simulate expectations.yaml -o junit > report.xml

The file is a list of flows: `[{from: shop/frontend, to: shop/backend, port: 8080, allowed: true}]`. from, to and port
are as those of `netbaseline explain`, or lists of them.

Exit code 0 all hold, 1 some don't, 2 bad input.
"""


class Report(StrEnum):
    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    JUNIT = "junit"
    TAP = "tap"


def register(app: typer.Typer) -> None:
    app.command(
        name="simulate", help="Test expected verdicts: which flows must pass, and which must not.", epilog=EPILOG
    )(simulate)


def simulate(
    file: Annotated[str, typer.Argument(help="The expectations: YAML or JSON.")],
    paths: Paths = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    platform: Platform = None,
    cni: Cni = None,
    keep_going: KeepGoing = False,
    output: Annotated[Report, typer.Option("--output", "-o", help="text, json, yaml, junit or tap.")] = Report.TEXT,
) -> None:
    from netbaseline.cli import simulation_reports
    from netbaseline.cli.loading import load
    from netbaseline.cli.progress import counted
    from netbaseline.core.expectations import described, met
    from netbaseline.core.reach.matrix import Reachability

    expected = _expected(file)
    semantics = known(cni)
    loaded = load(
        paths,
        namespace=namespace,
        context=context,
        kubeconfig=kubeconfig,
        platform=platform,
        keep_going=keep_going,
        tell_notes=False,
    )
    reach = Reachability(loaded.inventory, semantics)
    judged = counted((met(reach, item) for item in expected), lambda number: f"{number:,} of {len(expected):,} judged")
    outcomes = list(judged)
    loaded.tell()
    if output is Report.TEXT:
        print(simulation_reports.text(outcomes))
    elif output is Report.JUNIT:
        print(simulation_reports.junit(outcomes))
    elif output is Report.TAP:
        print(simulation_reports.tap(outcomes))
    else:
        emit(described(outcomes), Format(output.value))
    loaded.end(found=not all(item.holds for item in outcomes))


def _expected(file: str) -> "list[Expectation]":
    from netbaseline.cli.documents import Document, read
    from netbaseline.core.expectations import expectations
    from netbaseline.core.manifests import Given, Refused

    found: list[Expectation] = []
    problems: list[str] = []
    for item in read([file]):
        if not isinstance(item, Document):
            problems.append(item.message)
            continue
        try:
            found += expectations(Given(item.content, item.place, item.place.number))
        except Refused as refused:
            problems += map(str, refused.remarks)
    if problems:
        raise UserError("\n".join(problems))
    if not found:
        raise UserError(f"{file}: no expectations in it")
    return found
