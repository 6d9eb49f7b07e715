"""What is looked at before anything is started, which needs no node and so is part of `make test`."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e import __main__ as main_module
from tests.e2e import images, requirements
from tests.e2e.__main__ import by_kind, main
from tests.e2e.folders import keep_logs
from tests.e2e.images import CHECKOUT
from tests.e2e.kind import KindCluster
from tests.e2e.stand_ins import named
from tests.sandbox.binaries import Binaries
from tests.sandbox.build import PROMETHEUS, released_as


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


def test_kind_is_asked_for_one_cluster_with_a_kubeconfig_of_its_own_and_the_image_from_an_archive(
    tmp_path: Path, sandbox_binaries: Binaries
) -> None:
    asked = tmp_path / "asked"
    program = tmp_path / "kind"
    program.write_text(f'#!/bin/sh\necho "$*" >> {asked}\n')
    program.chmod(0o755)
    folder = tmp_path / "cluster"
    cluster = KindCluster(folder, sandbox_binaries, program)
    cluster.start([tmp_path / "operator.tar"])
    cluster.stop()
    delete = f"delete cluster --name=netbaseline-e2e --kubeconfig={folder}/kubeconfig"
    assert asked.read_text().splitlines() == [
        delete,
        f"create cluster --name=netbaseline-e2e --kubeconfig={folder}/kubeconfig --wait=180s",
        f"load image-archive --name=netbaseline-e2e {tmp_path}/operator.tar",
        delete,
    ]


def test_the_images_that_stand_in_have_the_names_that_the_manifests_ask_for() -> None:
    assert re.fullmatch(r"docker\.io/library/busybox:[\d.]+", named("examples/shop/workloads.yaml", "busybox"))
    prometheus = named("examples/monitoring/prometheus.yaml", "prom/prometheus")
    assert prometheus == f"docker.io/prom/prometheus:v{released_as(PROMETHEUS.module.version())}", (
        "the one that is built"
    )
