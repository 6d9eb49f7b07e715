"""What is looked at before anything is started, which needs no node and so is part of `make test`."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import __main__ as main_module
from tests.e2e import images, kind, requirements
from tests.e2e.__main__ import by_kind, main, run_by_kind
from tests.e2e.folders import keep_logs
from tests.e2e.images import CHECKOUT
from tests.e2e.kind import KindCluster
from tests.e2e.stand_ins import named
from tests.sandbox.binaries import Binaries
from tests.sandbox.build import KIND, PROMETHEUS, released_as


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with none of the packages."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(requirements, "CNI_PLUGINS", Path("/nowhere"))


@pytest.mark.usefixtures("bare")
def test_the_page_tells_to_install_what_a_bare_machine_lacks() -> None:
    page = (CHECKOUT / "docs" / "e2e.md").read_text()
    line = re.search(r"^apt-get install --no-install-recommends (.*)$", page, re.MULTILINE)
    assert line is not None
    told = line[1].split()
    assert set(told) == set(requirements.missing_packages()) - {"mount", "util-linux"}, "those two are on every Debian"


@pytest.mark.usefixtures("bare")
def test_everything_that_is_in_the_way_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "platform", "linux")
    root, packages = requirements.obstacles()
    assert "needs root" in root
    assert "apt-get install --no-install-recommends buildah busybox conntrack containerd" in packages
    monkeypatch.setattr(sys, "__stderr__", sys.stderr)
    assert main(["--check"]) == main([]) == 2
    assert capsys.readouterr().err.count("e2e: a node needs root") == 2


def test_elsewhere_than_on_linux_that_is_all_there_is_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert requirements.obstacles() == ["a node needs Linux"]


def test_the_stand_in_has_the_name_that_the_dockerfile_asks_for_and_its_minor_version_of_python() -> None:
    name = images.base_name((CHECKOUT / "Dockerfile").read_text())
    assert re.fullmatch(rf"docker\.io/library/python:{re.escape(images.PYTHON)}\.\d+-slim-\w+", name)
    assert f"--python-version {images.PYTHON} " in (CHECKOUT / "deploy" / "image" / "lock.sh").read_text()


def test_logs_are_kept_in_place_of_those_of_the_run_before_and_never_committed(tmp_path: Path) -> None:
    folder, kept = tmp_path / "run", tmp_path / "kept"
    pod = folder / "var/log/pods/ns_pod_uid/operator"
    pod.mkdir(parents=True)
    (pod / "0.log").write_text("of the pod")
    (folder / "node").mkdir()
    (folder / "node" / "kubelet.log").write_text("of the kubelet")
    kept.mkdir()
    (kept / "old.log").write_text("of another run")
    keep_logs(folder, kept)
    found = {path.name: path.read_text() for path in kept.iterdir()}
    assert found == {
        "node-kubelet.log": "of the kubelet",
        "ns_pod_uid-operator-0.log": "of the pod",
        ".gitignore": "*\n",
    }


def test_kind_makes_the_cluster_where_docker_answers_and_no_node_of_ours_can_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    docker = tmp_path / "docker"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not by_kind(), "no Docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    assert not by_kind(), "it doesn't answer"
    docker.write_text("#!/bin/sh\nexit 0\n")
    assert by_kind()
    monkeypatch.setattr(main_module, "obstacles", list)
    assert not by_kind(), "a node of ours can be here"


@pytest.fixture
def fake_kind(tmp_path: Path) -> Path:
    """A program that writes down what it is asked, in a file beside it."""
    program = tmp_path / "kind"
    program.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n')
    program.chmod(0o755)
    return program


def test_kind_is_asked_for_one_cluster_with_a_kubeconfig_of_its_own_and_the_image_from_an_archive(
    fake_kind: Path, tmp_path: Path, sandbox_binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NETBASELINE_E2E_KIND_CONFIG", raising=False)
    asked, folder = tmp_path / "asked", tmp_path / "cluster"
    cluster = KindCluster(folder, sandbox_binaries, fake_kind)
    cluster.start([tmp_path / "operator.tar"])
    cluster.stop()
    delete = f"delete cluster --name=netbaseline-e2e --kubeconfig={folder}/kubeconfig"
    create = f"create cluster --name=netbaseline-e2e --kubeconfig={folder}/kubeconfig --wait=180s --retain"
    assert asked.read_text().splitlines() == [
        delete,
        create,
        f"load image-archive --name=netbaseline-e2e {tmp_path}/operator.tar",
    ]
    monkeypatch.setenv("NETBASELINE_E2E_KIND_CONFIG", "mirror.yaml")
    asked.unlink()
    cluster.start([])
    assert asked.read_text().splitlines() == [delete, f"{create} --config=mirror.yaml"]


def test_kind_without_docker_is_told_as_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "__stderr__", sys.stderr)
    assert main(["--kind", "--check"]) == main(["--kind"]) == 2
    assert capsys.readouterr().err == 2 * "e2e: kind needs Docker, and `docker info` fails\n"


@pytest.mark.parametrize(("options", "module"), [(["-k", "some"], "pytest"), (["--keep"], "tests.e2e.hold")])
def test_kind_makes_a_cluster_to_look_around_in_as_well(
    options: list[str], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def note(arguments: list[str]) -> int:
        ran.append(arguments[0])
        return 0

    ran: list[str] = []
    monkeypatch.setattr(main_module, "obstacles_of_kind", list)
    monkeypatch.setattr(main_module, "run_by_kind", note)
    assert main(["--kind", *options]) == 0
    assert ran == [module]


@pytest.fixture
def scripted(fake_kind: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Have a script run in place of the tests by kind; what happened is in a file that the script can write to, too."""
    asked = tmp_path / "asked"

    def script(text: str) -> str:
        (tmp_path / "scripted.py").write_text(f"import os, pathlib, signal, time\n{text}")
        return "scripted"

    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TESTER", str(os.getpid()))
    monkeypatch.setenv("ASKED", str(asked))
    monkeypatch.setattr(main_module, "locate", lambda: None)
    monkeypatch.setattr(main_module, "obtain", lambda _: {KIND.name: fake_kind})
    monkeypatch.setattr(main_module, "_LOGS", tmp_path / "logs")
    monkeypatch.setattr(kind, "build", lambda *_: [])
    return script


def test_when_a_run_by_kind_is_interrupted_the_tests_tidy_up_and_no_cluster_is_left(
    scripted: Callable[[str], str], tmp_path: Path
) -> None:
    module = scripted(
        "try:\n"
        "    os.kill(int(os.environ['TESTER']), signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    time.sleep(1)\n"
        "    pathlib.Path(os.environ['ASKED']).write_text('tidied up\\n')\n"
    )
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs us in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            run_by_kind([module])
    finally:
        signal.signal(signal.SIGINT, before)
    tidied, removed = (tmp_path / "asked").read_text().splitlines()
    assert tidied == "tidied up"
    assert removed.startswith("delete cluster --name=netbaseline-e2e ")


@pytest.mark.parametrize("exported", [0, 1])
def test_when_a_test_by_kind_fails_the_logs_are_kept_before_the_cluster_is_removed(
    exported: int, scripted: Callable[[str], str], fake_kind: Path, tmp_path: Path
) -> None:
    with fake_kind.open("a") as program:
        program.write(f'[ "$1" != export ] || exit {exported}\n')
    assert run_by_kind([scripted("raise SystemExit(1)")]) == 1
    kept, removed = (tmp_path / "asked").read_text().splitlines()
    assert kept == f"export logs --name=netbaseline-e2e {tmp_path}/logs"
    assert removed.startswith("delete cluster --name=netbaseline-e2e ")
    assert (tmp_path / "logs" / ".gitignore").read_text() == "*\n"


def test_the_images_that_stand_in_have_the_names_that_the_manifests_ask_for() -> None:
    assert re.fullmatch(r"docker\.io/library/busybox:[\d.]+", named("examples/shop/workloads.yaml", "busybox"))
    prometheus = named("examples/monitoring/prometheus.yaml", "prom/prometheus")
    assert prometheus == f"docker.io/prom/prometheus:v{released_as(PROMETHEUS.module.version())}", (
        "the one that is built"
    )
