"""The demo tells the truth, ends by itself, and leaves behind exactly what it should."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from netbaseline.api import schema
from tests.cluster.waiting import eventually
from tests.demo import screen
from tests.demo.belongings import NAMESPACES
from tests.demo.place import remembered
from tests.docs.blocks import blocks
from tests.sandbox.binaries import Binaries
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.standing import Home

CHECKOUT = Path(__file__).resolve().parents[2]
TIMEOUT = 240.0
CALL = "import pathlib, sys; from {}.__main__ import main; sys.exit(main(sys.argv[2:], pathlib.Path(sys.argv[1])))"


def run(
    folder: Path, *arguments: str, module: str = "tests.demo", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """The command for a checkout at `folder`, where also its temporary files go."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    return subprocess.run(
        [sys.executable, "-c", CALL.format(module), str(folder), *arguments],
        cwd=CHECKOUT,
        env={**inherited, "TMPDIR": str(temporary), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )


def processes_of(folder: Path) -> list[list[str]]:
    """Command lines of the processes that were started from a run for `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in process.environ().get("TMPDIR", ""):
                found.append(process.cmdline())
        except psutil.Error:
            continue
    return found


def facts(text: str) -> None:
    """What the screen must show, whatever the figures are."""
    assert re.search(r"demo-shop/default +Enforce +True +Enforced +6/6 +\d+ ms", text)
    assert re.search(r"demo-pay/default +Enforce +True +Enforced +3/3 +\d+ ms", text)
    assert re.search(r"demo-legacy/default +Enforce +False +NameTaken +0/2 +\d+ ms", text)
    assert re.search(r"demo-audit/default +Audit +True +Audited +\d+ ms", text)
    words = " ".join(text.split())
    assert re.search(
        r"order \+bridge, .*, -bridge After each of the 8 writes, all 4 flows that must go on were allowed", words
    )
    assert re.search(r"nbl\.default\.dns deleted by hand: restored +\d+ ms", text)
    assert re.search(r"nbl\.default\.deny edited by hand .*: closed again +\d+ ms", text)
    assert "DriftHealed: NetworkPolicy nbl.default.deny had been changed by kubectl-edit and was put right" in words
    assert "under our name: reported, and unchanged" in text
    assert "nbl.default.dns exists and isn't ours (written by helm)" in words
    assert "A baseline in Audit: nothing written" in text
    assert "It would create nbl.default.deny, nbl.default.dns, nbl.default.same-namespace." in words
    assert re.search(r'netbaseline_drift_corrected_total\{type="missing"\} +0 -> 1\b', text)
    assert re.search(r'netbaseline_drift_corrected_total\{type="modified"\} +0 -> 1\b', text)
    assert re.search(r'netbaseline_policies\{state="ours"\} +0 -> 9\b', text)


def shown_in_readme() -> str:
    """The screen that the README shows."""
    return next(block.text for block in blocks(CHECKOUT / "README.md") if block.said == "output of make demo")


def without_figures(text: str) -> str:
    """What is the same in each run: the words. Writes of one stage go out together, so their order is left out too."""
    words = re.sub(r"order \+bridge.* -bridge After", "order After", " ".join(text.split()))
    return re.sub(r"\d[\d.e+-]*", "#", words)


def test_it_shows_what_happened_on_one_screen_and_leaves_nothing_running(
    sandbox_binaries: Binaries, tmp_path: Path
) -> None:
    ended = run(tmp_path)
    assert ended.returncode == 0, ended.stderr
    facts(ended.stdout)
    lines = ended.stdout.splitlines()
    assert len(lines) < screen.HEIGHT
    assert max(map(len, lines)) <= screen.WIDTH
    assert "\x1b" not in ended.stdout, "colour where nobody sees it"
    assert without_figures(ended.stdout) == without_figures(shown_in_readme())
    assert not processes_of(tmp_path)
    assert not list((tmp_path / "tmp").iterdir())


def test_in_somebodys_cluster_it_works_in_its_own_namespaces_and_takes_them_away(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=schema.crd_yaml())
    eventually(
        lambda: control_plane.kubectl("get", "networkbaselines", "--all-namespaces", check=False).returncode == 0
    )
    theirs = f"bystander-{os.getpid()}"
    control_plane.kubectl("create", "namespace", theirs)
    baseline = {"apiVersion": "netbaseline.dev/v1alpha1", "kind": "NetworkBaseline", "metadata": {"name": "default"}}
    control_plane.kubectl("create", "-n", theirs, "-f", "-", stdin=str(baseline).replace("'", '"'))
    try:
        ended = run(tmp_path, KUBECONFIG=str(control_plane.kubeconfig))
        assert ended.returncode == 0, ended.stderr
        facts(ended.stdout)
        there = control_plane.kubectl("get", "namespaces", "-o", "name").stdout.split()
        assert not {f"namespace/{name}" for name in NAMESPACES} & set(there)
        untouched = control_plane.kubectl("get", "netbaseline", "default", "-n", theirs, as_json=True)
        assert "observedGeneration" not in untouched.get("status", {})
        assert not control_plane.kubectl("get", "networkpolicies", "-n", theirs, "-o", "name").stdout
        assert not processes_of(tmp_path)
    finally:
        control_plane.kubectl("delete", "namespace", theirs)


def test_a_namespace_that_exists_is_somebodys_and_ends_the_demo(control_plane: ControlPlane, tmp_path: Path) -> None:
    control_plane.kubectl("create", "namespace", "demo-pay")
    try:
        ended = run(tmp_path, KUBECONFIG=str(control_plane.kubeconfig))
        assert ended.returncode == 1
        assert "demo: namespace demo-pay exists already" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert not ended.stdout
        there = control_plane.kubectl("get", "namespaces", "-o", "name").stdout.split()
        assert {f"namespace/{name}" for name in NAMESPACES} & set(there) == {"namespace/demo-pay"}
    finally:
        control_plane.kubectl("delete", "namespace", "demo-pay")


def test_a_cluster_that_does_not_answer_is_one_message(tmp_path: Path) -> None:
    ended = run(tmp_path, KUBECONFIG=str(tmp_path / "missing"))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("demo: KUBECONFIG: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes' environments")
def test_kept_it_goes_on_healing_until_it_is_ended(sandbox_binaries: Binaries, tmp_path: Path) -> None:
    folder = tmp_path / ".sandbox"
    try:
        kept = run(tmp_path, "--keep")
        assert kept.returncode == 0, kept.stderr
        facts(kept.stdout)
        assert len(kept.stdout.splitlines()) < screen.HEIGHT
        assert "make sandbox-down" in kept.stdout
        assert remembered(folder) is not None

        kubectl = [str(sandbox_binaries.kubectl), f"--kubeconfig={folder / 'kubeconfig'}", "-n", "demo-shop"]
        subprocess.run([*kubectl, "delete", "networkpolicy", "nbl.default.dns"], check=True, capture_output=True)
        eventually(
            lambda: not subprocess.run([*kubectl, "get", "networkpolicy", "nbl.default.dns"], check=False).returncode
        )

        again = run(tmp_path, "--keep")
        assert again.returncode == 1
        assert "make sandbox-down" in again.stderr
    finally:
        assert run(tmp_path, "down").stdout == "The operator of the demo has ended.\n"
        assert run(tmp_path, "down", module="tests.sandbox").returncode == 0
    assert not processes_of(tmp_path)
    assert not Home(folder).kubeconfig.exists()
