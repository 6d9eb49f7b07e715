"""The source of a Go module that `manifests/go.mod` pins: some projects ship the kinds that ours refer to in it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.sandbox.binaries import cache_folder
from tests.sandbox.errors import SandboxError
from tests.sandbox.progress import Progress
from tests.sandbox.toolchain import find_go

_PINS = Path(__file__).parent / "manifests"


def source(module: str) -> Path:
    """Give the folder of a module's source, fetched at first use; nothing in it may be changed. Raises SandboxError."""
    cache = cache_folder().parent
    cache.mkdir(parents=True, exist_ok=True)
    go = find_go(cache, Progress(sys.stderr))
    result = subprocess.run(
        [go.executable, "mod", "download", "-json", module],
        cwd=_PINS,
        env=dict(go.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise SandboxError(f"fetching {module} failed:\n{result.stdout}{result.stderr}".rstrip())
    return Path(json.loads(result.stdout)["Dir"])
