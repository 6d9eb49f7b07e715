"""Observed flows from a file, one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path

from netbaseline.cli.problems import UserError
from netbaseline.core.flows import hubble
from netbaseline.core.flows.observed import Flow


def read(path: Path) -> Iterator[Flow]:
    """Every flow. Raises UserError with the line that isn't one."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    found = _flow(path, number, line)
                    if found is not None:
                        yield found
    except OSError as error:
        raise UserError(f"--flows {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"--flows {path}: {error}") from None


def _flow(path: Path, number: int, line: str) -> Flow | None:
    try:
        return hubble.read(json.loads(line))
    except (ValueError, RecursionError, hubble.NotAFlow) as error:
        raise UserError(f"{path}:{number}: not a flow of Hubble: {error}") from None
