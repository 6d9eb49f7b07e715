"""What `netbaseline render` makes of an example, as text to be kept."""

import contextlib
import io
import os
from pathlib import Path
from unittest.mock import patch

from netbaseline.cli.app import main

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "examples"
RENDERED = Path(__file__).parent / "rendered"
PLATFORM = Path(__file__).parent / "platform.yaml"


def rendered(example: Path) -> str:
    """The command's standard output, after its remarks as comments. Paths in it are relative to the checkout."""
    arguments = ["render", "-f", str(example.relative_to(CHECKOUT)), "--platform", str(PLATFORM)]
    out, remarks = io.StringIO(), io.StringIO()
    here = Path.cwd()
    try:
        os.chdir(CHECKOUT)
        with (
            patch("sys.argv", ["netbaseline", *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(remarks),
            contextlib.suppress(SystemExit),
        ):
            main()
    finally:
        os.chdir(here)
    return "".join(f"# {line}\n" for line in remarks.getvalue().splitlines()) + out.getvalue()
