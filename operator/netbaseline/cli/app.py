"""The commands and what they have in common: exit codes, and errors without a traceback."""

import io
import sys
from contextlib import suppress
from typing import NoReturn

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
from netbaseline.cli.problems import BAD_INPUT, FOUND, UserError

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
    _speak_utf8()
    try:
        try:
            app(prog_name=program, complete_var=completion.VARIABLE)
        finally:
            # What is still buffered is written here, where a full disk can be told, and not at the interpreter's exit.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # A reader such as head, that has seen enough.
        _close()
        sys.exit(FOUND)
    except (UserError, OSError) as error:
        _fail(str(error))


def _speak_utf8() -> None:
    """Manifests are UTF-8 whatever the locale is; a terminal gets what it can show."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")


def _fail(message: str) -> NoReturn:
    print(f"netbaseline: {message}", file=sys.stderr)
    _close()
    sys.exit(BAD_INPUT)


def _close() -> None:
    """Nothing more can be written where the output is full or gone, and the interpreter would try at its exit."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        with suppress(OSError):
            sys.stdout.close()
