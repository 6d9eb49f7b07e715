"""Every page: its commands run in order on a real API server, its baselines are valid, its links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netbaseline.api.group import KIND
from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.cli.documents import Document, read
from tests.cluster.operator_process import OperatorProcess
from tests.docs.blocks import blocks, comparable
from tests.docs.processes import started
from tests.docs.shells import environment, run
from tests.docs.worlds import CHECKOUT, PAGE, PROCESS, SHELL, inhabitants, pages, world
from tests.sandbox.binaries import Binaries
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.modules import source

PAGES = pages()
RUNS = inhabitants(PAGE, PROCESS)
OUTPUT = "output"
ON_A_NODE = "output on a node"


def called(page: Path) -> str:
    return page.relative_to(CHECKOUT).as_posix()


def kinds() -> list[Path]:
    """Kinds that pages take to be there, from the projects that they are of: Prometheus operator and Flux."""
    monitoring = source("github.com/prometheus-operator/prometheus-operator") / "example" / "prometheus-operator-crd"
    flux = [
        source(f"github.com/fluxcd/{controller}") / "config" / "crd" / "bases"
        for controller in ("kustomize-controller", "source-controller")
    ]
    return [
        *(monitoring / f"monitoring.coreos.com_{kind}.yaml" for kind in ("podmonitors", "prometheusrules")),
        flux[0] / "kustomize.toolkit.fluxcd.io_kustomizations.yaml",
        flux[1] / "source.toolkit.fluxcd.io_gitrepositories.yaml",
    ]


@pytest.fixture(scope="module")
def cluster(sandbox_binaries: Binaries) -> Iterator[ControlPlane]:
    """One of our own, since pages install the CRD and use names that tests use as well."""
    with ControlPlane.start(sandbox_binaries) as plane:
        for name in ("team-b", "argocd", "flux-system", "netbaseline-system"):
            plane.kubectl("create", "namespace", name)
        for file in kinds():
            plane.kubectl("apply", "--server-side", "-f", str(file))
        yield plane


@pytest.fixture(scope="module")
def operator(cluster: ControlPlane) -> Iterator[OperatorProcess]:
    """Started before the CRD is there: a page may tell to install it, and the operator waits for that."""
    with OperatorProcess(cluster.kubeconfig, wait=False) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a reader sees in a checkout, without being the checkout."""
    for name in ("examples", "crds", "deploy", "Makefile"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    return tmp_path


@pytest.fixture
def home(tmp_path: Path, cluster: ControlPlane) -> Path:
    """A reader's, with a kubeconfig where kubectl looks for it."""
    folder = tmp_path / "home"
    (folder / ".kube").mkdir(parents=True)
    (folder / ".kube" / "config").symlink_to(cluster.kubeconfig)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=called)
@pytest.mark.usefixtures("operator")
def test_what_a_page_says_can_be_typed_and_comes_out_as_shown(
    page: Path, folder: Path, home: Path, cluster: ControlPlane, sandbox_binaries: Binaries, beside: dict[str, Path]
) -> None:
    path = [*sandbox_binaries.folders, *{binary.parent for binary in beside.values()}]
    environ = environment(path, home, KUBECONFIG=str(cluster.kubeconfig))
    printed: str | None = None
    for block in blocks(page):
        if block.said.startswith("file: "):
            (folder / block.said.removeprefix("file: ")).write_text(block.text + "\n", encoding="utf-8")
        elif block.said.startswith(OUTPUT):
            if printed is not None and block.said != ON_A_NODE:
                assert comparable(block.text, block.said) == comparable(printed, block.said), block.where
        elif block.language in SHELL:
            place = world(block)
            printed = run(block, folder, environ) if place == PAGE else None
            if place == PROCESS:
                with started(block, folder, environ) as answered:
                    assert answered == "ok", block.where


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
    text = re.sub(r"```.*?```|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in target]
    assert not [target for target in targets if not (page.parent / target).exists()]
