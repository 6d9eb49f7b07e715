"""`python -m tests.sandbox`, as a user runs it: each command is a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.binaries import ASSETS, Binaries
from tests.sandbox.processes import Identity

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; from pathlib import Path; from tests.sandbox.__main__ import main; "
COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Run a command for a checkout in an empty folder; whatever is up there is ended after the test."""

    def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-c", f"{PROGRAM} sys.exit(main(sys.argv[2:], Path(sys.argv[1])))", str(tmp_path)]
        environment = {**os.environ, **environment}
        return subprocess.run(
            [*call, *arguments], capture_output=True, text=True, check=False, cwd=CHECKOUT, env=environment
        )

    yield command
    command("down")


def test_up_leaves_one_running_that_a_second_up_finds_and_down_ends(
    run: Run, sandbox_binaries: Binaries, tmp_path: Path
) -> None:
    first = run("up")
    assert first.returncode == 0, first.stderr
    kubeconfig = tmp_path / ".sandbox" / "kubeconfig"
    assert f"export KUBECONFIG={kubeconfig}" in first.stdout
    before = _processes(tmp_path)
    assert sorted(before) == COMPONENTS
    assert all(process.alive() for process in before.values())
    assert _kubectl(sandbox_binaries, kubeconfig, "create", "namespace", "kept") == 0

    second = run("up")
    assert second.returncode == 0
    assert "running already" in second.stdout
    assert _processes(tmp_path) == before
    assert _kubectl(sandbox_binaries, kubeconfig, "get", "namespace", "kept") == 0
    assert (tmp_path / ".sandbox" / ".gitignore").read_text() == "*\n"

    assert run("down").stdout.startswith("The control plane at https://127.0.0.1:")
    assert not any(process.alive() for process in before.values())
    assert sorted(path.name for path in (tmp_path / ".sandbox").iterdir()) == [".gitignore", ".lock"]
    again = run("down")
    assert (again.returncode, again.stdout) == (0, "No control plane was running.\n")


def test_up_replaces_one_that_has_lost_a_component(run: Run, sandbox_binaries: Binaries, tmp_path: Path) -> None:
    run("up")
    before = _processes(tmp_path)
    before["kube-apiserver"].signal(signal.SIGKILL)
    result = run("up")
    assert result.returncode == 0
    assert "lost kube-apiserver: starting a new one" in result.stdout
    assert not any(process.alive() for process in before.values())
    assert all(process.alive() for process in _processes(tmp_path).values())


def test_down_touches_no_process_that_has_taken_over_an_id(run: Run, tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        state = {"server": "https://127.0.0.1:1", "processes": {"etcd": {"pid": stranger.pid, "started": "1"}}}
        (tmp_path / ".sandbox").mkdir()
        (tmp_path / ".sandbox" / "state.json").write_text(json.dumps(state))
        assert run("down").returncode == 0
        assert stranger.poll() is None
        stranger.kill()
    assert not (tmp_path / ".sandbox" / "state.json").exists()


def test_a_state_that_cannot_be_read_counts_as_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".sandbox").mkdir()
    (tmp_path / ".sandbox" / "state.json").write_text('{"server": ')
    assert run("down").stdout == "No control plane was running.\n"


def test_beside_prints_where_the_other_tools_are(run: Run, beside: dict[str, Path]) -> None:
    assert run("beside").stdout.split() == [str(path) for path in beside.values()]


def test_binaries_prints_where_they_are(run: Run, sandbox_binaries: Binaries) -> None:
    assert run("binaries").stdout.split() == [str(folder) for folder in sandbox_binaries.folders]


@pytest.mark.parametrize("command", ["up", "binaries"])
def test_an_error_is_one_message_without_a_traceback(run: Run, tmp_path: Path, command: str) -> None:
    result = run(command, **{ASSETS: str(tmp_path)})
    assert result.returncode == 1
    assert re.fullmatch(r"sandbox: KUBEBUILDER_ASSETS=\S+ lacks etcd, .*\n", result.stderr)


def _processes(checkout: Path) -> dict[str, Identity]:
    state = json.loads((checkout / ".sandbox" / "state.json").read_text())
    return {name: Identity(**identity) for name, identity in state["processes"].items()}


def _kubectl(binaries: Binaries, kubeconfig: Path, *arguments: str) -> int:
    command = [str(binaries.kubectl), f"--kubeconfig={kubeconfig}", *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode
