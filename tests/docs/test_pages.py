"""Every page: its commands run in order on a real API server, its baselines are valid, its links lead somewhere."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netbaseline.api.group import KIND
from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.cli.documents import Document, read
from tests.cluster.operator_process import OperatorProcess
from tests.docs.blocks import Block, blocks
from tests.docs.unrun import CHECKOUT, SHELL, pages, reason
from tests.sandbox.binaries import Binaries
from tests.sandbox.control_plane import ControlPlane

PAGES = pages()
OUTPUT = "output"


def called(page: Path) -> str:
    return page.relative_to(CHECKOUT).as_posix()


@pytest.fixture(scope="module")
def cluster(sandbox_binaries: Binaries) -> Iterator[ControlPlane]:
    """One of our own, since pages install the CRD and use names that tests use as well."""
    with ControlPlane.start(sandbox_binaries) as plane:
        for name in ("team-a", "team-b", "argocd"):  # docs/deployment.md: "the namespaces have to be there"
            plane.kubectl("create", "namespace", name)
        yield plane


@pytest.fixture(scope="module")
def operator(cluster: ControlPlane) -> Iterator[OperatorProcess]:
    """Started before the CRD is there: a page may tell to install it, and the operator waits for that."""
    with OperatorProcess(cluster.kubeconfig, wait=False) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a reader sees in a checkout, without being the checkout."""
    for name in ("examples", "crds", "deploy"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    return tmp_path


def run(block: Block, folder: Path, cluster: ControlPlane, binaries: Binaries) -> str:
    """What the commands print; fails with all of it when one of them fails."""
    path = [str(Path(sys.executable).parent), *map(str, binaries.folders), os.environ["PATH"]]
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=folder,
        env={**os.environ, "PATH": os.pathsep.join(path), "KUBECONFIG": str(cluster.kubeconfig), "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, f"{block.where}\n{block.text}\n{result.stdout}{result.stderr}"
    return result.stdout


def comparable(text: str, said: str) -> list[str]:
    """Lines without trailing blanks; where figures vary, without figures and with one blank between words."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    if said == OUTPUT:
        return lines
    return [" ".join(re.sub(r"\d+(\.\d+)?m?s?\b", "#", line).split()) for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_what_a_page_says_can_be_typed_and_comes_out_as_shown(
    page: Path, folder: Path, cluster: ControlPlane, operator: OperatorProcess, sandbox_binaries: Binaries
) -> None:
    printed: str | None = None
    for block in blocks(page):
        if block.said.startswith("file: "):
            (folder / block.said.removeprefix("file: ")).write_text(block.text + "\n", encoding="utf-8")
        elif block.said.startswith(OUTPUT):
            if printed is not None:
                assert comparable(block.text, block.said) == comparable(printed, block.said), block.where
        elif block.language in SHELL:
            printed = None if reason(block) else run(block, folder, cluster, sandbox_binaries)


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_every_baseline_on_a_page_is_valid(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(block for block in blocks(page) if block.language == "yaml"):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block.text, encoding="utf-8")
        for document in read([str(file)]):
            assert isinstance(document, Document), f"{block.where}: {document}"
            if isinstance(document.content, dict) and document.content.get("kind") == KIND:
                NetworkBaseline.parse(document.content)


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_every_link_into_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in target]
    assert not [target for target in targets if not (page.parent / target).exists()]
