"""Folders of control planes, and the removal of those whose owner was killed before it could tidy up."""

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.sandbox.errors import SandboxError
from tests.sandbox.processes import Identity

_PREFIX = "netbaseline-sandbox-"
_OWNER = "owner.json"


def fresh_folder(folder: Path | None) -> Path:
    """Make `folder`, or one of our own below the system's temporary folder; it is ours to remove.

    Raises SandboxError if a given folder holds anything: we wouldn't dare to remove it later.
    """
    if folder is None:
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        owner = Identity.of(os.getpid())
        if owner is not None:
            (folder / _OWNER).write_text(json.dumps(asdict(owner)), encoding="utf-8")
        return folder
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SandboxError(f"{folder} isn't empty: a control plane removes its folder, so it must be its own")
    return folder


def _sweep() -> None:
    """Remove what killed runs left, 130 MB each; their processes died with them."""
    for owner in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_OWNER}"):
        try:
            ours = owner.stat().st_uid == os.getuid()
            identity = Identity(**json.loads(owner.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue  # somebody else's, or being written or removed right now
        if ours and not identity.alive():
            shutil.rmtree(owner.parent, ignore_errors=True)
