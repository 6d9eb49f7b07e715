"""The control groups that the node's pods live under: one folder in every hierarchy, made before and removed after."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.e2e.errors import E2EError

_ROOT = Path("/sys/fs/cgroup")
_EMPTYING = 10.0  # seconds; killed processes leave their groups a moment after


def unified() -> bool:
    """Say whether the machine has cgroup v2 alone."""
    return (_ROOT / "cgroup.controllers").exists()


@contextmanager
def group(name: str) -> Iterator[None]:
    """Make the group `name` for every controller, and remove it with all below it. Raises E2EError if one stays."""
    folders = [hierarchy / name for hierarchy in _hierarchies()]
    try:
        for folder in folders:
            folder.mkdir(exist_ok=True)
        yield
    finally:
        remove(name)


def remove(name: str) -> None:
    """Remove the group with all below it, once its processes are gone. Raises E2EError if one stays."""
    deadline = time.monotonic() + _EMPTYING
    while left := [folder for hierarchy in _hierarchies() if (folder := hierarchy / name).exists()]:
        for folder in left:
            _remove_tree(folder)
        if time.monotonic() > deadline:
            raise E2EError(f"these control groups aren't empty, so they stay: {', '.join(map(str, left))}")
        time.sleep(0.05)


def _hierarchies() -> list[Path]:
    if unified():
        return [_ROOT]
    return [path for path in sorted(_ROOT.iterdir()) if path.is_dir() and not path.is_symlink()]


def _remove_tree(folder: Path) -> None:
    """Remove from the leaves up; what is busy stays for the next try."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir():
                _remove_tree(path)
        folder.rmdir()
