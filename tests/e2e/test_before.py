"""What is looked at before anything is started, which needs no node and so is part of `make test`."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e import images, requirements
from tests.e2e.__main__ import main
from tests.e2e.folders import keep_logs
from tests.e2e.images import CHECKOUT


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
    assert "apt-get install --no-install-recommends buildah conntrack containerd" in packages
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
