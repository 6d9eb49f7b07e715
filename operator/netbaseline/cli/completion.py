"""`netbaseline completion`: what a shell needs to complete commands, options and their values."""

import io
import os
from contextlib import redirect_stdout, suppress
from enum import StrEnum
from typing import Annotated

import typer

PROGRAM = "netbaseline"
VARIABLE = "_NETBASELINE_COMPLETE"
"""By this a shell asks the program itself, which then completes instead of running a command."""

EPILOG = """Examples:

source <(netbaseline completion bash)

netbaseline completion fish > ~/.config/fish/completions/netbaseline.fish
"""


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def register(app: typer.Typer) -> None:
    app.command(name="completion", help="Print the completion script for a shell.", epilog=EPILOG)(completion)


def completion(
    ctx: typer.Context, shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.", show_default=False)]
) -> None:
    # The script is the library's; asked for as a shell would, it depends on none of its internals.
    os.environ[VARIABLE] = f"source_{shell.value}"
    script = io.StringIO()
    with redirect_stdout(script), suppress(SystemExit):
        ctx.find_root().command.main(args=[], prog_name=PROGRAM, complete_var=VARIABLE)
    print(script.getvalue().strip())
