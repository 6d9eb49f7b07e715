"""A copy of this checkout, to work in without touching it."""

import shutil
import subprocess
from pathlib import Path

from tests.docs.worlds import CHECKOUT


def copy_checkout(target: Path) -> None:
    """Everything that git knows or would take, as it is now, also what isn't committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (CHECKOUT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target / name)
