"""A control plane that stands on its own below `.sandbox/` of the checkout, for use by hand and by the demo.

`state.json` says which processes it consists of, each with its start time: a process id alone may belong to somebody
else by now. A lock makes two commands at once take turns.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.sandbox.binaries import Binaries
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.processes import Identity, end

_GRACE = 5.0  # seconds between SIGTERM and SIGKILL


@dataclass(frozen=True)
class Standing:
    """What is known of a control plane that another process started."""

    server: str
    processes: Mapping[str, Identity]

    def ended(self) -> list[str]:
        """Name the components that don't run any more."""
        return [name for name, process in self.processes.items() if not process.alive()]


class Home:
    """The folder `.sandbox/`: the kubeconfig to use, the state, and below `control-plane/` data and logs."""

    def __init__(self, folder: Path) -> None:
        """`folder` needn't exist; nothing is written yet."""
        self.kubeconfig = folder / "kubeconfig"
        self.logs = folder / "control-plane"
        self._folder = folder
        self._state = folder / "state.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands out while this one changes anything."""
        self._folder.mkdir(exist_ok=True)
        (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def standing(self) -> Standing | None:
        """Read what is said to stand; None if nothing is, or if the state can't be read."""
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            processes = {name: Identity(**identity) for name, identity in state["processes"].items()}
            return Standing(state["server"], processes)
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def start(self, binaries: Binaries) -> Standing:
        """Start one that outlives this process. Raises SandboxError; nothing is left then."""
        plane = ControlPlane.start(binaries, self.logs, outlives_us=True)
        standing = Standing(plane.server, plane.processes)
        processes = {name: asdict(identity) for name, identity in standing.processes.items()}
        self._state.write_text(json.dumps({"server": plane.server, "processes": processes}, indent=2), encoding="utf-8")
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_bytes(plane.kubeconfig.read_bytes())
        return standing

    def clear(self, standing: Standing | None) -> None:
        """End what still runs of it, and remove its files."""
        if standing is not None:
            processes = dict(standing.processes)
            last = processes.pop("etcd", None)  # an API server without etcd would take long to end
            end(processes.values(), _GRACE)
            end([] if last is None else [last], _GRACE)
        for path in (self._state, self.kubeconfig):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.logs, ignore_errors=True)
