"""`python -m tests.e2e`: builds the images, makes the namespaces, and runs the tests of this folder in them.

With `--keep` nothing is tested: the node stays until Ctrl-C, to look around in.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil

from tests.e2e import kind
from tests.e2e.errors import E2EError
from tests.e2e.folders import anew, door, keep_logs, workplace
from tests.e2e.images import CHECKOUT, OPERATOR, Builder
from tests.e2e.progress import say, step
from tests.e2e.requirements import engine_answers, missing_packages, obstacles, obstacles_of_kind
from tests.e2e.session import TAG, VARIABLE, Session
from tests.e2e.stand_ins import KINDS, stand_ins
from tests.sandbox.binaries import locate, obtain
from tests.sandbox.build import CLUSTER_TOOLS, HELM, KIND, NODE_TOOLS
from tests.sandbox.errors import SandboxError
from tests.sandbox.modules import source
from tests.sandbox.processes import LAUNCHER

_LOGS = CHECKOUT / ".e2e"
# Each test begins where the one before ended; what a step takes is shown while it runs.
_PYTEST = ("pytest", "-vv", "--exitfirst", "--capture=no", "tests/e2e/test_trial.py", "tests/e2e/test_story.py")
_HOLD = ("tests.e2e.hold",)
_GRACE = 30.0  # seconds that interrupted tests have to end
_NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc")


def main(arguments: list[str] | None = None) -> int:
    """Give the tests' exit code; 2 if they couldn't be run, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is missing for it; 0 if nothing is")
    parser.add_argument("--packages", action="store_true", help="only name Debian's packages that are missing")
    parser.add_argument("--kind", action="store_true", help="have kind make the cluster, where Docker is")
    parser.add_argument("--keep", action="store_true", help="test nothing; leave the node up until Ctrl-C")
    options, pytest_arguments = parser.parse_known_args(arguments)
    if options.packages:
        print(*missing_packages())
        return 0
    kinds = options.kind or by_kind()
    found = obstacles_of_kind() if kinds else obstacles()
    for obstacle in found:
        say(obstacle)
    if found or options.check:
        return 2 if found else 0
    module = [*_HOLD] if options.keep else [*_PYTEST, *pytest_arguments]
    try:
        return run_by_kind(module) if kinds else run(module)
    except (E2EError, SandboxError) as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def by_kind() -> bool:
    """Say whether kind is the way: a node of our own can't be here, and there is an engine to run containers."""
    return bool(obstacles()) and engine_answers()


def run_by_kind(module: Sequence[str]) -> int:
    """Run a module with its arguments on a cluster that kind makes; on this machine itself, as the engine isolates."""
    locate()
    tools = obtain([KIND, HELM])
    with tempfile.TemporaryDirectory(prefix="netbaseline-kind-") as name:
        folder = Path(name)
        archives = kind.build(folder, TAG)
        Session(name, "", [*map(str, archives)], kind=True).write(folder / "session")
        try:
            with _running([sys.executable, "-m", *module], folder) as process:
                code = process.wait()
            if code != 0:
                anew(_LOGS)
                with suppress(E2EError):  # a node that never ran has some of them, but not all
                    kind.keep_logs(tools[KIND.name], _LOGS)
                say(f"the logs are in {_LOGS}")
        finally:
            kind.remove(tools[KIND.name], folder / "kubeconfig")
    return code


def run(module: Sequence[str]) -> int:
    """Run a module with its arguments where a node can be, and leave nothing but, if it failed, the logs."""
    locate()
    tools = obtain([*NODE_TOOLS, *CLUSTER_TOOLS, HELM])
    source(KINDS)  # inside there is no network
    cache = _cache()
    with workplace() as folder:
        with step("images, all in all"):
            beside = stand_ins(*(tools[tool.name] for tool in CLUSTER_TOOLS))
            images = Builder(cache, folder).build(TAG, beside)
        say(f"{OPERATOR} has {images.size}, of which {images.base_size} are its base")
        Session(str(folder), folder.name, [*map(str, images.archives)]).write(folder / "session")
        code = _in_namespaces(folder, [sys.executable, "-m", *module])
        if code != 0:
            keep_logs(folder, _LOGS)
            say(f"the logs are in {_LOGS}")
    return code


def _in_namespaces(folder: Path, command: Sequence[str]) -> int:
    """Run `command` in namespaces that end with it, and with us even if we are killed."""
    inside = [sys.executable, "-m", "tests.e2e.inside", str(folder), *command]
    unshare = ["/usr/bin/env", "unshare", *_NAMESPACES, *inside]
    with _running(unshare, folder) as process, door(_LOGS, lambda: _first_inside(process.pid)):
        return process.wait()


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Give a process that knows the session in `folder`, and has time to tidy up when we are interrupted."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *command],
        cwd=CHECKOUT,
        env={**os.environ, VARIABLE: str(folder / "session")},
        start_new_session=True,  # else Ctrl-C would reach the tests twice
    )
    try:
        yield process
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
        raise
    finally:
        process.kill()
        process.wait()


def _first_inside(unshare: int) -> int | None:
    """Give the process that `unshare` has forked into the namespaces, as the machine numbers it."""
    with suppress(psutil.NoSuchProcess):
        return next((child.pid for child in psutil.Process(unshare).children()), None)
    return None


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(root).absolute() / "netbaseline" / "e2e"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)  # so that what has been started is ended
    sys.exit(main())
