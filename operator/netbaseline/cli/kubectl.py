"""The same program as a plugin: `kubectl netbaseline …`, and its completion by `kubectl`.

kubectl finds a plugin by its name on PATH, `kubectl-netbaseline`, and asks `kubectl_complete-netbaseline` to complete:
https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
"""

import os
import re
import shlex
import sys

from netbaseline.cli.app import app, main
from netbaseline.cli.completion import PROGRAM, VARIABLE

PLUGIN = "kubectl netbaseline"

FILES, NO_FILES = 0, 4
"""Directives that kubectl takes from Cobra: complete file names where nothing else was offered, or don't."""

_EXAMPLE = re.compile(rf"^((?:\w+=\S+ )*){PROGRAM} ", re.MULTILINE)


def plugin() -> None:
    """The console script `kubectl-netbaseline`; help and examples say how it was called."""
    for command in app.registered_commands:
        command.epilog = _EXAMPLE.sub(rf"\g<1>{PLUGIN} ", command.epilog or "")
    main(PLUGIN)


def complete() -> None:
    """The console script `kubectl_complete-netbaseline`: the words so far, of which the last is to be completed.

    Prints a candidate a line, its description behind a tab, and a directive at the end.
    """
    words = sys.argv[1:]
    *before, last = words or [""]
    # Fish's form of an answer is kubectl's: value, tab, description.
    os.environ[VARIABLE] = "complete_fish"
    os.environ["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    os.environ["_TYPER_COMPLETE_ARGS"] = f"{shlex.join([PROGRAM, *before])} {shlex.quote(last) if last else ''}"
    try:
        main(PROGRAM)
    except SystemExit as ended:
        if ended.code:
            raise
    finally:
        print(f":{FILES if before and not last.startswith('-') else NO_FILES}")
