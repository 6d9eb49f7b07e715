"""`netbaseline version`."""

import platform
from typing import Annotated

import typer

from netbaseline import __version__
from netbaseline.api.group import API_VERSION
from netbaseline.cli.output import Format, emit


def _line() -> str:
    return f"netbaseline {__version__} ({API_VERSION}, Python {platform.python_version()})"


def _print_and_end(asked: bool) -> None:
    if asked:
        print(_line())
        raise typer.Exit


def register(app: typer.Typer) -> None:
    app.command(name="version", help="Print the version.", epilog="Example:\n\nnetbaseline version -o json")(version)
    app.callback()(_options)


def _options(
    _: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_and_end, help="Print the version and exit.")
    ] = False,
) -> None:
    """What can be given without a command."""


def version(
    output: Annotated[Format, typer.Option("--output", "-o", help="table, json or yaml.")] = Format.TABLE,
) -> None:
    found = {"netbaseline": __version__, "api": API_VERSION, "python": platform.python_version()}
    if output is Format.TABLE:
        print(_line())
        return
    emit(found, output)
