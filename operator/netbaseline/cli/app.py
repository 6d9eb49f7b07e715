"""The commands and what they have in common: exit codes, and errors without a traceback."""

import errno
import io
import os
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
from netbaseline.cli.problems import BAD_INPUT, BROKEN_PIPE, UserError

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
    _open_if_closed()
    _speak_utf8()
    out = sys.stdout
    try:
        try:
            app(prog_name=program, complete_var=completion.VARIABLE)
        finally:
            # typer puts something else in its place where a pipe is broken, and says 1.
            broken, sys.stdout = sys.stdout is not out, out
            # What is still buffered is written here, where a full disk can be told, and not at the interpreter's exit.
            sys.stdout.flush()
            if broken:
                raise BrokenPipeError
    except BrokenPipeError:
        # A reader such as head, that has seen enough. Nothing was found out that 1 would claim.
        _close()
        sys.exit(BROKEN_PIPE)
    except (UserError, OSError) as error:
        closed = isinstance(error, OSError) and error.errno == errno.EBADF
        _fail("standard output is closed" if closed else str(error))


def _open_if_closed() -> None:
    """What is printed must fail, and neither vanish nor go to a file that is opened next and gets the number 1.

    Nobody reads what goes to a closed standard error, which Python would print to standard output, into the data.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


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
