"""What is shipped, installed as a stranger would: from the wheel, into places with nothing of ours in them."""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from packaging.version import Version

from netbaseline import __version__
from netbaseline.api import schema
from tests.docs import shells
from tests.docs.blocks import Block
from tests.docs.copies import copy_checkout
from tests.docs.worlds import PACKAGES, inhabitants
from tests.sandbox.binaries import Binaries
from tools import krew

CHECKOUT = Path(__file__).resolve().parents[2]
RUNS = inhabitants(PACKAGES)
KREW = [block for block in RUNS if ".krew" in block.text]
SCRIPTS = Path(sys.executable).parent
EXAMPLE = CHECKOUT / "examples" / "default-deny.yaml"
VERSION = f"netbaseline {__version__} (netbaseline.dev/v1alpha1, "


def run(*command: str | Path, **environment: str) -> str:
    """What a command prints, without our environment: no PYTHONPATH, no virtual environment, no kubeconfig."""
    ours = {"PYTHONPATH", "VIRTUAL_ENV", "KUBECONFIG"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    ended = subprocess.run(
        [str(part) for part in command],
        env={**kept, **environment},
        cwd=environment.get("HOME", "/"),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def page(name: str) -> Block:
    """The block of a page that is run here."""
    (found,) = (block for block in RUNS if block.page.name == name and block not in KREW)
    return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, which is built in; its environment is ours."""
    folder = tmp_path_factory.mktemp("checkout")
    copy_checkout(folder)
    return folder


@pytest.fixture(scope="module")
def zipapp(checkout: Path) -> Path:
    """As the page about the command line has it built, and the wheel beside it."""
    (checkout / ".venv").symlink_to(CHECKOUT / ".venv")
    shells.run(page("command-line.md"), checkout, shells.environment([], Path.home()))
    return checkout / "dist" / "netbaseline.pyz"


@pytest.fixture(scope="module")
def wheel(zipapp: Path) -> Path:
    (found,) = zipapp.parent.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the one file unpacks itself, the same place for all tests: it takes a while the first time."""
    return str(tmp_path_factory.mktemp("pex"))


def works(program: Path | str, **environment: str) -> None:
    """It renders, which needs pydantic's compiled part, and knows what it can't do without a cluster."""
    assert run(program, "version", **environment).startswith(VERSION)
    assert run(program, "crds", **environment) == schema.crd_yaml()
    policies = list(yaml.safe_load_all(run(program, "render", "-f", EXAMPLE, **environment)))
    assert {policy["kind"] for policy in policies} == {"NetworkPolicy"}


def test_the_wheel_has_the_package_its_licence_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"netbaseline-{__version__}-py3-none-any.whl"
    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"netbaseline", f"netbaseline-{__version__}.dist-info"}
    assert "netbaseline/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in names)
    source = CHECKOUT / "operator" / "netbaseline"
    shipped = {name for name in names if name.startswith("netbaseline/")}
    assert {f"netbaseline/{path.relative_to(source)}" for path in source.rglob("*.py")} <= shipped


def test_the_source_archive_has_what_the_wheel_is_made_of_and_gives_the_same_wheel(
    zipapp: Path, wheel: Path, tmp_path: Path
) -> None:
    archive = zipapp.parent / f"netbaseline-{__version__}.tar.gz"
    with tarfile.open(archive) as packed:
        names = {name.removeprefix(f"netbaseline-{__version__}/").split("/")[0] for name in packed.getnames()}
    told = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "operator", "crds"}
    assert names == {*told, "PKG-INFO", ".gitignore"}
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", f"--wheel-dir={tmp_path}", archive)
    (again,) = tmp_path.glob("*.whl")
    assert again.read_bytes() == wheel.read_bytes()


def test_pipx_installs_three_programs_that_work(wheel: Path, tmp_path: Path) -> None:
    places = {"PIPX_HOME": str(tmp_path / "home"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    run(SCRIPTS / "pipx", "install", "--python", sys.executable, wheel, **places)
    programs = tmp_path / "bin"
    assert {path.name for path in programs.iterdir()} == {"netbaseline", *krew.SCRIPTS}
    works(programs / "netbaseline")
    assert run(programs / "kubectl_complete-netbaseline", "versi").startswith("version\t")


def test_pip_installs_it_from_a_checkout_as_the_first_page_says(tmp_path: Path) -> None:
    copy_checkout(tmp_path)
    shells.run(page("README.md"), tmp_path, shells.environment([], tmp_path))
    works(tmp_path / ".venv" / "bin" / "netbaseline")


def test_uvx_runs_it_without_installing(wheel: Path) -> None:
    found = run(SCRIPTS / "uv", "tool", "run", "--python", sys.executable, "--from", wheel, "netbaseline", "version")
    assert found.startswith(VERSION)


def test_the_one_file_works_where_there_is_no_package(zipapp: Path, tmp_path: Path, unpacked: str) -> None:
    works(zipapp, HOME=str(tmp_path), PEX_ROOT=unpacked)
    alone = subprocess.run(
        [zipapp, "status", "-n", "shop"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PEX_ROOT": unpacked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 2
    assert "KUBECONFIG" in alone.stderr


def test_krew_accepts_the_manifest_installs_the_archive_and_kubectl_runs_it(
    zipapp: Path, tmp_path: Path, unpacked: str, beside: dict[str, Path], sandbox_binaries: Binaries
) -> None:
    archive = krew.pack(zipapp.parent)
    with tarfile.open(archive) as packed:
        assert set(packed.getnames()) == {"netbaseline.pyz", "LICENSE", *krew.SCRIPTS}
    manifest = tmp_path / krew.MANIFEST.name
    manifest.write_text(krew.manifest(zipapp.parent), encoding="utf-8")
    run(beside["validate-krew-manifest"], "-manifest", manifest, "-skip-install")
    root = tmp_path / ".krew"  # where it is without KREW_ROOT
    places = {"HOME": str(tmp_path), "PEX_ROOT": unpacked}
    run(beside["krew"], "install", f"--manifest={manifest}", f"--archive={archive}", **places)
    path = os.pathsep.join([str(root / "bin"), os.environ["PATH"]])
    assert run(sandbox_binaries.kubectl, "netbaseline", "version", PATH=path, **places).startswith(VERSION)
    (link,) = KREW
    shells.run(link, tmp_path, shells.environment([], tmp_path))
    offered = run(sandbox_binaries.kubectl, "__complete", "netbaseline", "versi", PATH=path, **places)
    assert offered.startswith("version\t")


def test_the_manifest_names_every_platform_that_is_released() -> None:
    platforms = yaml.safe_load(krew.MANIFEST.read_text(encoding="utf-8"))["spec"]["platforms"]
    labels = [item["selector"]["matchLabels"] for item in platforms]
    assert [item["uri"].rpartition("/")[2] for item in platforms] == [
        f"kubectl-netbaseline-{each['os']}-{each['arch']}.tar.gz" for each in labels
    ]


def test_the_plugin_says_for_which_versions_of_python_it_is_packed() -> None:
    workflow = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "release.yaml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["packages"]["steps"]
    (installed,) = (step["with"]["python-version"].split() for step in steps if "setup-python" in step.get("uses", ""))
    (built,) = (step["run"] for step in steps if "PYTHONS=" in step.get("run", ""))
    packed = re.findall(r"python(3\.\d+)", built)
    assert sorted(packed, key=Version) == packed
    assert set(packed) == set(installed)
    assert [Version(each).minor for each in packed] == list(range(11, 11 + len(packed)))
    caveats = yaml.safe_load(krew.MANIFEST.read_text(encoding="utf-8"))["spec"]["caveats"]
    assert f" {packed[0]} to {packed[-1]}." in caveats


def test_without_any_archive_there_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no archive"):
        krew.manifest(tmp_path)
