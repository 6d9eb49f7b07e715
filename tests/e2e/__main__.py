"""`python -m tests.e2e`: builds the images, makes the namespaces, and runs the tests of this folder in them."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from tests.e2e.errors import E2EError
from tests.e2e.folders import keep_logs, workplace
from tests.e2e.images import CHECKOUT, OPERATOR, Builder
from tests.e2e.progress import say, step
from tests.e2e.requirements import missing_packages, obstacles
from tests.e2e.session import TAG, VARIABLE, Session
from tests.sandbox.binaries import locate, obtain
from tests.sandbox.build import HELM, NODE_TOOLS
from tests.sandbox.errors import SandboxError
from tests.sandbox.processes import LAUNCHER

_LOGS = CHECKOUT / ".e2e"
# Each test begins where the one before ended; what a step takes is shown while it runs.
_PYTEST = ("pytest", "-vv", "--exitfirst", "--capture=no", "tests/e2e/test_story.py")
_GRACE = 30.0  # seconds that interrupted tests have to end
_NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc")


def main(arguments: list[str] | None = None) -> int:
    """Give the tests' exit code; 2 if they couldn't be run, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is missing for it; 0 if nothing is")
    parser.add_argument("--packages", action="store_true", help="only name Debian's packages that are missing")
    options, pytest_arguments = parser.parse_known_args(arguments)
    if options.packages:
        print(*missing_packages())
        return 0
    found = obstacles()
    for obstacle in found:
        say(obstacle)
    if found or options.check:
        return 2 if found else 0
    try:
        return run(pytest_arguments)
    except (E2EError, SandboxError) as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def run(pytest_arguments: Sequence[str]) -> int:
    """Run the tests on a node of their own, and leave nothing of it but, if they failed, its logs."""
    locate()
    obtain([*NODE_TOOLS, HELM])
    cache = _cache()
    with workplace() as folder:
        with step("images, all in all"):
            images = Builder(cache, folder).build(TAG)
        say(f"{OPERATOR} has {images.size}, of which {images.base_size} are its base")
        Session(str(folder), folder.name, [*map(str, images.archives)]).write(folder / "session")
        code = _in_namespaces(folder, [sys.executable, "-m", *_PYTEST, *pytest_arguments])
        if code != 0:
            keep_logs(folder, _LOGS)
            say(f"the logs are in {_LOGS}")
    return code


def _in_namespaces(folder: Path, command: Sequence[str]) -> int:
    """Run `command` in namespaces that end with it, and with us even if we are killed."""
    inside = [sys.executable, "-m", "tests.e2e.inside", str(folder), *command]
    unshare = ["/usr/bin/env", "unshare", *_NAMESPACES, *inside]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *unshare],
        cwd=CHECKOUT,
        env={**os.environ, VARIABLE: str(folder / "session")},
        start_new_session=True,  # else Ctrl-C would reach the tests twice
    )
    try:
        return process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
        raise
    finally:
        process.kill()
        process.wait()


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
