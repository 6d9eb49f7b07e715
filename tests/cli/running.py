"""The command line, called as a shell would."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from netbaseline.cli.app import main

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "examples"


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def netbaseline(*arguments: str | Path, stdin: bytes = b"") -> Ended:
    """The command in this process, which takes milliseconds. An exception that escapes is a traceback to the user."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        patch("sys.argv", ["netbaseline", *map(str, arguments)]),
        patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin))),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Ended(code if isinstance(code, int) else 0 if code is None else 1, out.getvalue(), err.getvalue())


def process(*arguments: str | Path, environment: Mapping[str, str] | None = None, program: str | None = None) -> Ended:
    """The command in a process of its own, or a program around it."""
    command = ["-m", "netbaseline", *map(str, arguments)] if program is None else ["-c", program]
    paths = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
