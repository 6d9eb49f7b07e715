"""Pages about installs, each on a control plane of its own with no operator: Helm, kustomize and kubectl."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.shells import environment, run
from tests.docs.worlds import CHECKOUT, CLUSTER, inhabitants
from tests.sandbox.binaries import Binaries
from tests.sandbox.control_plane import ControlPlane

RUNS = inhabitants(CLUSTER)
GIVEN = re.compile(r"^<!-- given: (.+) -->$", re.MULTILINE)
"""What has been done before the page begins."""
PAGES = list(dict.fromkeys(block.page for block in RUNS))


@pytest.fixture
def plane(sandbox_binaries: Binaries) -> Iterator[ControlPlane]:
    """With the namespaces that pages take to be there."""
    with ControlPlane.start(sandbox_binaries) as own:
        for name in ("team-a", "team-b"):
            own.kubectl("create", "namespace", name)
        yield own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_an_install_can_be_typed_from_top_to_bottom(
    page: Path, plane: ControlPlane, sandbox_binaries: Binaries, beside: dict[str, Path], tmp_path: Path
) -> None:
    for name in ("crds", "deploy", "examples"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    home = tmp_path / "home"
    home.mkdir()
    path = [*sandbox_binaries.folders, *{binary.parent for binary in beside.values()}]
    environ = environment(path, home, KUBECONFIG=str(plane.kubeconfig))
    for command in GIVEN.findall(page.read_text(encoding="utf-8")):
        subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environ, check=True, capture_output=True)
    for block in blocks(page):
        if block.said.startswith("file: "):
            (tmp_path / block.said.removeprefix("file: ")).write_text(block.text + "\n", encoding="utf-8")
        elif block in RUNS:
            run(block, tmp_path, environ)
