"""A copy of this checkout, to work in without touching it."""

import shutil
from pathlib import Path

from tests.checkout import CHECKOUT, files


def copy_checkout(target: Path) -> None:
    """Everything that git knows or would take."""
    for path in files():
        copy = target / path.relative_to(CHECKOUT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
