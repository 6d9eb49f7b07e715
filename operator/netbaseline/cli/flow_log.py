"""Observed flows from a file, one JSON object a line, gzipped or not."""

import json
import sys
import zlib
from pathlib import Path

from netbaseline.cli.problems import UserError
from netbaseline.cli.reading import files
from netbaseline.core.flows import hubble
from netbaseline.core.flows.observed import Flow


def read(path: Path) -> list[Flow]:
    """Every flow. Raises UserError with the line that isn't one, and where there is no line at all."""
    found: list[Flow] = []
    lines = 0
    try:
        with files.opened(path) as stream:
            for number, line in enumerate(stream, 1):
                if not line.isspace():
                    lines += 1
                    flow = _flow(path, number, line)
                    found += [] if flow is None else [flow]
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"--flows {path}: {getattr(error, 'strerror', None) or error}") from None
    if not lines:
        raise UserError(f"--flows {path}: nothing in it; did what writes it fail?")
    if not found:
        # That none would be cut says nothing then.
        told = f"--flows {path}: none of its {lines:,} lines tells that a connection was opened"
        print(f"netbaseline: {told}", file=sys.stderr)
    return found


def _flow(path: Path, number: int, line: bytes) -> Flow | None:
    try:
        return hubble.read(json.loads(line))
    except (ValueError, RecursionError, hubble.NotAFlow) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else error
        raise UserError(f"{path}:{number}: not a flow of Hubble: {why}") from None
