"""Where the demo takes place: a control plane of its own, the one below `.sandbox/`, or somebody's cluster."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.demo.belongings import NAMESPACES
from tests.demo.running import Operator
from tests.sandbox.binaries import locate
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.processes import Identity, end
from tests.sandbox.standing import Home

_GRACE = 10.0

Say = Callable[[str], None]
"""Tells the user what goes on and takes a while."""


@dataclass(frozen=True)
class Place:
    """One API server. `kubeconfig` None: what KUBECONFIG says."""

    called: str
    kubeconfig: Path | None
    folder: Path
    """For the operator's log."""
    kubectl: str
    """How to call kubectl there."""
    throwaway: bool
    """It vanishes with everything in it, so nothing needs to be removed."""

    @property
    def namespaces(self) -> tuple[str, ...]:
        """What the operator is to work in: in somebody's cluster only what the demo makes, elsewhere all (empty)."""
        return NAMESPACES if self.kubeconfig is None else ()


def choose(home: Home, folder: Path, say: Say, leaving: ExitStack, *, keep: bool) -> Place:
    """The place, set up; what has to be undone afterwards is put on `leaving`. Raises SandboxError."""
    if os.environ.get("KUBECONFIG"):
        # Absolute, since the operator has a working folder of its own.
        files = os.environ["KUBECONFIG"].split(os.pathsep)
        os.environ["KUBECONFIG"] = os.pathsep.join(str(Path(file).absolute()) for file in files if file)
        if keep:
            folder.mkdir(exist_ok=True)
        else:
            folder = _passing_folder(leaving)
        return Place("the cluster of KUBECONFIG", None, folder, "kubectl", throwaway=False)
    binaries = locate(sys.stderr)
    kubectl = "kubectl" if shutil.which("kubectl") else str(binaries.kubectl)
    if not keep:
        say("starting a control plane, about 5 s")
        plane = leaving.enter_context(ControlPlane.start(binaries))
        return Place("a throw-away control plane", plane.kubeconfig, plane.folder, kubectl, throwaway=True)
    with home.locked():
        standing = home.standing()
        if standing is None or standing.ended():
            say("starting a control plane, about 5 s")
            home.clear(standing)
            home.start(binaries)
            leaving.callback(_clear, home)
    return Place("the control plane in .sandbox", home.kubeconfig, folder, kubectl, throwaway=False)


def remember(folder: Path, operator: Operator) -> None:
    """Write down which process is the operator that was left running."""
    _state(folder).write_text(json.dumps(asdict(operator.identity)), encoding="utf-8")


def remembered(folder: Path) -> Identity | None:
    """The operator that an earlier demo left running, if it still does."""
    try:
        found = Identity(**json.loads(_state(folder).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return found if found.alive() else None


def end_remembered(folder: Path) -> bool:
    """End it; returns whether there was one."""
    found = remembered(folder)
    if found is not None:
        end([found], _GRACE)
    _state(folder).unlink(missing_ok=True)
    log_of(folder).unlink(missing_ok=True)
    return found is not None


def log_of(folder: Path) -> Path:
    """Where the operator's output goes."""
    return folder / "operator.log"


def _state(folder: Path) -> Path:
    return folder / "operator.json"


def _passing_folder(leaving: ExitStack) -> Path:
    return Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="netbaseline-demo-")))


def _clear(home: Home) -> None:
    with home.locked():
        home.clear(home.standing())
