"""What can go wrong outside of the tests: each is said in one message, without a traceback."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

_TAIL = 25  # lines


class E2EError(Exception):
    """A user or the machine has to do something about it; the message says what."""


def run(command: Sequence[str | Path], *, cwd: Path | None = None) -> str:
    """Give what `command` prints. Raises E2EError with the end of its output when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).splitlines()[-_TAIL:])
        raise E2EError(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{tail}")
    return result.stdout
