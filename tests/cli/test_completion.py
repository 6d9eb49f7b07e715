"""Completion as a person has it: the script is sourced in the real shell, and a word is completed."""

import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sandbox.binaries import Binaries

SCRIPTS = Path(sys.executable).parent
"""Where the console scripts are, netbaseline among them."""


def shell(name: str) -> str:
    """Its path; skips where it isn't installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    return path


def environment(home: Path, *more: Path) -> dict[str, str]:
    """Nothing of the person who runs the tests, and our scripts first."""
    path = os.pathsep.join([str(SCRIPTS), *map(str, more), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(home), "TERM": "dumb", "KUBECONFIG": str(home / "none")}


def run(home: Path, *command: str, path: tuple[Path, ...] = ()) -> list[str]:
    """The lines that a command prints."""
    ended = subprocess.run(
        command, env=environment(home, *path), capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ren"], ["render"]),
        (["version", "--out"], ["--output"]),
        (["version", "-o", "j"], ["json"]),
        (["explain", "--cni", "ca"], ["calico", "canal"]),
        (["xyz"], []),
    ],
    ids=" ".join,
)
def test_bash_completes_commands_options_and_values(tmp_path: Path, words: list[str], offered: list[str]) -> None:
    program = (
        "source <(netbaseline completion bash)\n"
        "complete -p netbaseline >/dev/null\n"
        f"COMP_WORDS=(netbaseline {' '.join(words)}); COMP_CWORD={len(words)}\n"
        '_netbaseline_completion netbaseline; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    found = run(tmp_path, shell("bash"), "--norc", "-euc", program)
    assert [line for line in found if line] == offered


def test_fish_completes_commands_and_says_what_they_do(tmp_path: Path) -> None:
    program = 'netbaseline completion fish | source; complete -C "netbaseline versi"'
    assert run(tmp_path, shell("fish"), "--no-config", "-c", program) == ["version\tPrint the version."]


def test_zsh_completes_what_is_typed(tmp_path: Path) -> None:
    program = shell("zsh")
    ours, theirs = pty.openpty()
    typing = subprocess.Popen(
        [program, "-f", "-i"], env=environment(tmp_path), stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    try:
        os.write(ours, b"PS1='READY '; autoload -Uz compinit; compinit -u -D; source <(netbaseline completion zsh)\n")
        os.write(ours, b"print PREPARED-$(( 40 + 2 ))\n")
        until(ours, "PREPARED-42")
        os.write(ours, b"netbaseline versi\t\n")
        assert "netbaseline.dev/v1alpha1" in until(ours, "netbaseline.dev/v1alpha1")
        os.write(ours, b"exit\n")
    finally:
        typing.kill()
        typing.wait(10)
        os.close(ours)


def until(terminal: int, expected: str, seconds: float = 60.0) -> str:
    """What is shown up to and with `expected`."""
    os.set_blocking(terminal, False)
    shown = ""
    end = time.monotonic() + seconds
    while expected not in shown:
        assert time.monotonic() < end, f"never shown: {expected}\n{shown}"
        try:
            shown += os.read(terminal, 65536).decode(errors="replace")
        except BlockingIOError:
            time.sleep(0.05)
    return shown


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ren"], ["render", ":4"]),
        (["version", "-o", "ya"], ["yaml", ":0"]),
        (["render", "-f", ""], [":0"]),
        (["xyz"], [":4"]),
    ],
    ids=" ".join,
)
def test_kubectl_completes_the_plugin(
    tmp_path: Path, sandbox_binaries: Binaries, words: list[str], offered: list[str]
) -> None:
    ended = subprocess.run(
        [sandbox_binaries.kubectl, "__complete", "netbaseline", *words],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    found = [line.partition("\t")[0].strip() for line in ended.stdout.splitlines()]
    assert found == offered


def test_kubectl_runs_the_plugin_which_says_how_it_was_called(tmp_path: Path, sandbox_binaries: Binaries) -> None:
    kubectl = str(sandbox_binaries.kubectl)
    assert run(tmp_path, kubectl, "netbaseline", "version")[0].startswith("netbaseline ")
    help_text = "\n".join(run(tmp_path, kubectl, "netbaseline", "render", "--help"))
    assert "Usage: kubectl netbaseline render" in help_text
    assert "\n kubectl netbaseline render" in help_text
    assert "\n netbaseline" not in help_text
