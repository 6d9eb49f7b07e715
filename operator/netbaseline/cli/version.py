"""`netbaseline version`."""

import platform
from typing import Annotated

import typer

from netbaseline import __version__
from netbaseline.api.group import API_VERSION
from netbaseline.cli.output import Format, emit


def register(app: typer.Typer) -> None:
    app.command(name="version", help="Print the version.", epilog="Example:\n\nnetbaseline version -o json")(version)


def version(
    output: Annotated[Format, typer.Option("--output", "-o", help="table, json or yaml.")] = Format.TABLE,
) -> None:
    found = {"netbaseline": __version__, "api": API_VERSION, "python": platform.python_version()}
    if output is Format.TABLE:
        print(f"netbaseline {__version__} ({API_VERSION}, Python {platform.python_version()})")
        return
    emit(found, output)
