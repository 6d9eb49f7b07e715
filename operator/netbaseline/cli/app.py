"""The commands and what they have in common: exit codes, and errors without a traceback."""

import sys

import typer

from netbaseline.cli import (
    completion,
    connectivity,
    coverage,
    crds,
    explain,
    importing,
    krm,
    lint,
    plan,
    render,
    run,
    simulate,
    status,
    version,
)
from netbaseline.cli.problems import BAD_INPUT, UserError

EPILOG = (
    "Exit codes, as those of diff and kubectl diff: 0 nothing to report; 1 findings, changes or a denied flow;"
    " 2 bad input or a failure."
)

app = typer.Typer(
    name="netbaseline",
    help="Default-deny for every Kubernetes namespace, without cutting what must work.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    run,
    render,
    krm,
    connectivity,
    explain,
    plan,
    simulate,
    lint,
    coverage,
    importing,
    status,
    crds,
    version,
    completion,
)
"""In the order of the help."""
for module in COMMANDS:
    module.register(app)


def main(program: str = completion.PROGRAM) -> None:
    """The console script; `program` is what it is called in help and errors."""
    try:
        app(prog_name=program, complete_var=completion.VARIABLE)
    except UserError as error:
        print(f"netbaseline: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
