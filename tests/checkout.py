"""The files of this checkout."""

import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def files() -> list[Path]:
    """Every file that git knows or would take, as it is now, also what isn't committed.

    Raises CalledProcessError where this is no checkout.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in filter(None, listed.stdout.split("\0")) if (path := CHECKOUT / name).is_file()]
