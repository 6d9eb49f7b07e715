"""Folders and control groups of runs, and the removal of those whose owner was killed before it could tidy up."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from tests.e2e import cgroups
from tests.sandbox.processes import Identity

_PREFIX = "netbaseline-e2e-"
_OWNER = "owner.json"
_OPENING = 5.0  # seconds until there is a process inside
_SETTING = "/run/netbaseline-e2e"  # in the namespaces' own /run
_ENTER = """\
#!/bin/sh
# A command on the node, or a shell where none is named.
[ $# -gt 0 ] || set -- bash
exec nsenter --target {process} --mount --net --pid --ipc --uts -- \\
  sh -c '. {setting}; cd "$0"; exec "$@"' "$PWD" "$@"
"""


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder for one run; there is a control group of the same name. Both are gone afterwards."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        owner = Identity.of(os.getpid())
        if owner is not None:
            (folder / _OWNER).write_text(json.dumps(asdict(owner)), encoding="utf-8")
        with cgroups.group(folder.name):
            yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def door(folder: Path, find: Callable[[], int | None]) -> Iterator[None]:
    """Let `folder` have a script `enter` that leads into the namespaces of the process that `find` finds."""
    deadline = time.monotonic() + _OPENING
    while (process := find()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    _make(folder)
    script = folder / "enter"
    script.write_text(_ENTER.format(process=process, setting=_SETTING), encoding="utf-8")
    script.chmod(0o755)
    try:
        yield
    finally:
        script.unlink(missing_ok=True)


def furnish(programs: Iterable[Path], kubeconfig: Path) -> None:
    """Tell those who enter where the programs are, and the cluster."""
    path = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
    Path(_SETTING).write_text(f"export PATH='{path}'\nexport KUBECONFIG='{kubeconfig}'\n", encoding="utf-8")


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def anew(folder: Path) -> None:
    """Make `folder` empty, but for what keeps it out of commits."""
    shutil.rmtree(folder, ignore_errors=True)
    _make(folder)


def keep_logs(folder: Path, target: Path) -> None:
    """Copy every log of a run to `target`, in place of those of a run before."""
    anew(target)
    for pattern in ("node/*.log", "node/plane/*.log", "var/log/pods/*/*/*.log"):
        for log in folder.glob(pattern):
            shutil.copy(log, target / "-".join(log.relative_to(folder).parts[-3:]))


def _sweep() -> None:
    """A killed run leaves no process and no mount: they went with its namespaces."""
    for owner in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_OWNER}"):
        with suppress(OSError, ValueError, TypeError):
            if not Identity(**json.loads(owner.read_text(encoding="utf-8"))).alive():
                cgroups.remove(owner.parent.name)
                shutil.rmtree(owner.parent, ignore_errors=True)
