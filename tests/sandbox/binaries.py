"""Where binaries are: the control plane's given by KUBEBUILDER_ASSETS, or as all others kept in the cache or built."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tests.sandbox.build import (
    APISERVER,
    CONTROLLER_MANAGER,
    ETCD,
    KUBECTL,
    KUBERNETES,
    TOOLS,
    Module,
    Tool,
    build_missing,
)
from tests.sandbox.errors import SandboxError
from tests.sandbox.progress import Progress

ASSETS = "KUBEBUILDER_ASSETS"  # the convention of controller-runtime's envtest


@dataclass(frozen=True)
class Binaries:
    """The four executables, absolute."""

    etcd: Path
    kubectl: Path
    apiserver: Path
    controller_manager: Path

    @property
    def folders(self) -> list[Path]:
        """The folders they lie in: one, or two where KUBEBUILDER_ASSETS has no controller manager."""
        return sorted({path.parent for path in (self.etcd, self.kubectl, self.apiserver, self.controller_manager)})


def cache_folder(module: Module = KUBERNETES) -> Path:
    """Give the folder that binaries of the versions pinned now are kept in; it may not exist yet."""
    return _cache() / module.cache_key()


def locate(console: TextIO | None = None) -> Binaries:
    """Find the binaries, or build what is missing, which takes minutes and is shown on `console` (stderr if None).

    Raises SandboxError when KUBEBUILDER_ASSETS lacks something that envtest ships, or when building fails.
    """
    progress = Progress(console or sys.stderr)
    found = _given(progress)
    found |= _obtain([tool for tool in TOOLS if tool.name not in found], progress)
    return Binaries(
        etcd=found[ETCD.name],
        kubectl=found[KUBECTL.name],
        apiserver=found[APISERVER.name],
        controller_manager=found[CONTROLLER_MANAGER.name],
    )


def obtain(tools: Sequence[Tool], console: TextIO | None = None) -> dict[str, Path]:
    """Give the executables of `tools` by name, from the cache, or built into it as `locate` does it.

    Raises SandboxError when building fails.
    """
    return _obtain(tools, Progress(console or sys.stderr))


def _obtain(tools: Sequence[Tool], progress: Progress) -> dict[str, Path]:
    for module in dict.fromkeys(tool.module for tool in tools):
        folder = cache_folder(module)
        missing = [tool for tool in tools if tool.module == module and not (folder / tool.name).exists()]
        if missing:
            build_missing(missing, _cache(), folder, progress)
    return {tool.name: cache_folder(tool.module) / tool.name for tool in tools}


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "netbaseline" / "sandbox"


def _given(progress: Progress) -> dict[str, Path]:
    """Read KUBEBUILDER_ASSETS; envtest's archive has no controller manager, so that one may be missing there."""
    value = os.environ.get(ASSETS)
    if not value:
        return {}
    folder = Path(value).absolute()
    found = {tool.name: folder / tool.name for tool in TOOLS if os.access(folder / tool.name, os.X_OK)}
    missing = [tool.name for tool in TOOLS if tool.name not in found]
    if missing == [CONTROLLER_MANAGER.name]:
        progress.say(f"{ASSETS}={folder} has no {missing[0]}: taking {KUBERNETES.version()} of it from the cache")
    elif missing:
        raise SandboxError(f"{ASSETS}={folder} lacks {', '.join(missing)}: put them there, or unset {ASSETS}")
    return found
