"""Starts and ends programs, and none that isn't ours: a process is known by its id and its start time together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, Self

LAUNCHER = Path(__file__).with_name("launcher.py")
_POLL = 0.02  # seconds


class Running(Protocol):
    """Something that can be asked whether it runs, and be sent a signal."""

    def alive(self) -> bool:
        """Say whether it still runs; a zombie doesn't."""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, or do nothing if it has ended."""


@dataclass(frozen=True)
class Identity:
    """One process of this machine, also after its starter has gone; ids come round again, start times don't."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """Look up a process that runs now; None if there is none."""
        started = _start_time(pid)
        return None if started is None else cls(pid, started)

    def alive(self) -> bool:
        """Say whether this very process still runs."""
        return _start_time(self.pid) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this very process."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Child:
    """A program that we started, with its output in a file."""

    def __init__(self, name: str, command: Sequence[str], log: Path, *, outlives_us: bool = False) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only us. It dies with us, or `outlives_us`."""
        self.name = name
        self.log = log
        launched = command if outlives_us else [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *command]
        self._process = starter().submit(_start, launched, log).result()

    @property
    def pid(self) -> int:
        """The process id, which stays the same when the launcher becomes the program."""
        return self._process.pid

    def alive(self) -> bool:
        """Say whether it still runs."""
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, or do nothing if it has ended."""
        self._process.send_signal(number)

    def tail(self, lines: int = 15) -> str:
        """Give the last lines of its output."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def end(processes: Iterable[Running], grace: float) -> None:
    """Send SIGTERM, and after `grace` seconds SIGKILL to what still runs; return when nothing does."""
    running = list(processes)
    for process in running:
        process.signal(signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(process.alive() for process in running) and time.monotonic() < deadline:
        time.sleep(_POLL)
    for process in running:
        process.signal(signal.SIGKILL)
    while any(process.alive() for process in running):
        time.sleep(_POLL)


@cache
def starter() -> ThreadPoolExecutor:
    """Give one thread that lives as long as we do: the kernel counts the end of the starting *thread* as our death."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-starter")


def _start(command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=log.parent
        )


def _start_time(pid: int) -> str | None:
    """Give a text that no other process of this id has had, or None if it has ended."""
    return _from_proc(pid) if Path("/proc/self/stat").exists() else _from_ps(pid)


def _from_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else start_ticks


def _from_ps(pid: int) -> str | None:
    result = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = result.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()
