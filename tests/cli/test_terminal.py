"""What a terminal shows: names that can be copied, whatever its width; and what is no terminal gets no escape codes."""

import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.running import netbaseline
from tests.sandbox.processes import starter

MANIFESTS = """
apiVersion: v1
kind: Pod
metadata: {name: a-frontend-with-a-long-name-of-its-own, namespace: a-namespace-of-some-length}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a-backend-with-a-long-name-of-its-own, namespace: a-namespace-of-some-length}
spec: {containers: [{name: c, image: i}]}
"""
FRONTEND = "a-namespace-of-some-length/a-frontend-with-a-long-name-of-its-own[Pod]"
BACKEND = "a-namespace-of-some-length/a-backend-with-a-long-name-of-its-own[Pod]"


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    file = tmp_path / "pods.yaml"
    file.write_text(MANIFESTS)
    return file


def on_a_terminal(columns: int, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """What the command shows on a terminal of this width."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    unset = {"NO_COLOR", "COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    command = [sys.executable, "-m", "netbaseline", *map(str, arguments)]
    running = starter().submit(_started, command, follower, {**kept, "TERM": "xterm", **(environment or {})}).result()
    os.close(follower)
    found = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # how Linux tells that nobody has the other end any more
            break
        if not part:
            break
        found += part
    os.close(leader)
    os.waitpid(running, 0)
    return found.decode().replace("\r\n", "\n")


def _started(command: list[str], terminal: int, environment: dict[str, str]) -> int:
    files = [(os.POSIX_SPAWN_DUP2, terminal, number) for number in (0, 1, 2)]
    return os.posix_spawn(command[0], command, environment, file_actions=files)


def test_on_a_wide_terminal_a_connection_is_a_line_below_bold_titles(manifests: Path) -> None:
    shown = on_a_terminal(200, "connectivity", manifests)
    assert shown.startswith("\x1b[1mSOURCE")
    assert f"{FRONTEND}   {BACKEND} " in shown


def test_on_a_narrow_one_names_stay_whole_and_each_cell_says_what_it_is(manifests: Path) -> None:
    lines = on_a_terminal(80, "connectivity", manifests).splitlines()
    at = lines.index(FRONTEND)
    assert lines[at + 1 : at + 3] == [f"  DESTINATION  {BACKEND}", "  PORTS        all ports"]


def test_with_no_color_not_even_titles_are_bold(manifests: Path) -> None:
    assert "\x1b" not in on_a_terminal(200, "connectivity", manifests, environment={"NO_COLOR": "1"})
    asked = ("explain", "--from", "1.2.3.4", "--to", FRONTEND, "--port", "80", manifests)
    assert "\x1b" in on_a_terminal(200, *asked)
    assert "\x1b" not in on_a_terminal(200, *asked, environment={"NO_COLOR": "1"})


def test_a_rule_explained_is_set_to_the_width_and_has_no_escape_code_with_no_color() -> None:
    shown = on_a_terminal(60, "lint", "--explain", "NB105", environment={"NO_COLOR": "1"})
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 60


def test_an_empty_standard_input_is_bad_input() -> None:
    for command in ("connectivity", "coverage", "lint"):
        ended = netbaseline(command, "-")
        assert (ended.code, ended.out) == (2, ""), command
        assert "<stdin>: nothing in it" in ended.err


def test_an_error_is_not_buried_under_notes(tmp_path: Path, manifests: Path) -> None:
    (tmp_path / "account.yaml").write_text("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n")
    asked = ("explain", "--from", "1.2.3.4", "--port", "80", tmp_path)
    ended = netbaseline(*asked, "--to", "nowhere/x")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "set aside" in netbaseline(*asked, "--to", FRONTEND).err
