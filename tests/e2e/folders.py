"""Folders and control groups of runs, and the removal of those whose owner was killed before it could tidy up."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from tests.e2e import cgroups
from tests.sandbox.processes import Identity

_PREFIX = "netbaseline-e2e-"
_OWNER = "owner.json"


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


def keep_logs(folder: Path, target: Path) -> None:
    """Copy every log of a run to `target`, in place of those of a run before."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / ".gitignore").write_text("*\n", encoding="utf-8")
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
