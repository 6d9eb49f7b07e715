"""Children end with us and nobody else's process is touched."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.processes import Child, Identity, end

CHECKOUT = Path(__file__).resolve().parents[2]
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children with their parent on Linux")


def test_an_end_is_asked_for_before_it_is_forced(tmp_path: Path) -> None:
    polite = _child(tmp_path, "polite", "trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.05; done")
    deaf = _child(tmp_path, "deaf", "trap '' TERM; echo ready; while :; do sleep 0.05; done")
    _until(lambda: "ready" in polite.tail() and "ready" in deaf.tail())
    end([polite, deaf], grace=0.5)
    assert not polite.alive()
    assert not deaf.alive()
    assert "bye" in polite.tail()
    end([polite, deaf], grace=0.5)


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    child = _child(tmp_path, "talker", "seq 100")
    _until(lambda: not child.alive())
    assert child.tail(lines=2) == "99\n100"


def test_a_process_that_took_over_an_id_is_not_taken_for_ours() -> None:
    current = Identity.of(os.getpid())
    assert current is not None
    assert current.alive()
    stranger = Identity(current.pid, "an earlier time")
    assert not stranger.alive()
    stranger.signal(signal.SIGKILL)


def test_an_ended_process_that_nobody_has_collected_counts_as_ended() -> None:
    with subprocess.Popen(["true"]) as process:
        _until(lambda: Identity.of(process.pid) is None)


def test_a_child_goes_on_when_the_thread_that_asked_for_it_ends(tmp_path: Path) -> None:
    children: list[Child] = []
    thread = threading.Thread(target=lambda: children.append(_child(tmp_path, "sleeper", "exec sleep 60")))
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert children[0].alive()
    end(children, grace=5)


@LINUX_ONLY
@pytest.mark.parametrize(("outlives_us", "survives"), [(False, False), (True, True)])
def test_a_child_dies_with_a_killed_parent_unless_it_shall_outlive_it(
    tmp_path: Path, *, outlives_us: bool, survives: bool
) -> None:
    program = f"""
        import time
        from pathlib import Path
        from tests.sandbox.processes import Child, Identity
        child = Child("sleeper", ["/bin/sleep", "60"], Path({str(tmp_path / "log")!r}), outlives_us={outlives_us})
        print(child.pid, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as parent:
        assert parent.stdout is not None
        child = Identity.of(int(parent.stdout.readline()))
        assert child is not None
        time.sleep(0.5)  # the launcher becomes the program
        assert child.alive()
        parent.kill()
    if survives:
        time.sleep(0.5)
        assert child.alive()
        end([child], grace=5)
    _until(lambda: not child.alive())


def _child(folder: Path, name: str, script: str) -> Child:
    return Child(name, ["/bin/sh", "-c", script], folder / f"{name}.log")


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
