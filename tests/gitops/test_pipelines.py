"""`render` in a pipeline: kustomize calls it, pre-commit calls it, and the GitHub Action's steps call it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from netbaseline import __version__
from tests.cli.running import netbaseline
from tests.docs.copies import copy_checkout
from tools.gitops.files import CHECKOUT

Json = dict[str, Any]

SCRIPTS = Path(sys.executable).parent
KUSTOMIZE = CHECKOUT / "examples" / "gitops" / "kustomize"
BASELINE = """\
apiVersion: netbaseline.dev/v1alpha1
kind: NetworkBaseline
metadata: {name: default, namespace: shop}
"""
WORLD_OPEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {name: kube-system}}}]
"""


def call(*command: str | Path, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A program, with ours on PATH."""
    path = os.pathsep.join([str(SCRIPTS), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def built(kustomize: Path, folder: Path) -> list[Json]:
    done = call(kustomize, "build", "--enable-alpha-plugins", "--enable-exec", folder, cwd=folder)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def rendered(text: str) -> list[Json]:
    ended = netbaseline("render", "-f", "-", stdin=text.encode())
    assert ended.code == 0, ended.err
    return list(yaml.safe_load_all(ended.out))


def by_name(objects: list[Json]) -> dict[str, Json]:
    return {item["metadata"]["name"]: item for item in objects}


@pytest.mark.parametrize("way", ["transformer", "generator"])
def test_kustomize_builds_what_render_prints(beside: dict[str, Path], way: str) -> None:
    baseline = yaml.safe_load((KUSTOMIZE / way / "baseline.yaml").read_text())
    baseline["metadata"] = {"name": "default", "namespace": "shop"}
    assert by_name(built(beside["kustomize"], KUSTOMIZE / way)) == by_name(rendered(yaml.safe_dump(baseline)))


def test_kustomize_keeps_everything_else(beside: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(KUSTOMIZE / "transformer", tmp_path, dirs_exist_ok=True)
    data = {"a": "on", "b": "2026-01-01", "c": "012"}  # texts that a reader of YAML could take for something else
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}, "data": data}
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(other))
    file = tmp_path / "kustomization.yaml"
    file.write_text(file.read_text().replace("resources:\n", "resources:\n  - other.yaml\n"))
    found = by_name(built(beside["kustomize"], tmp_path))
    assert found.pop("other") == {**other, "metadata": {"name": "other", "namespace": "shop"}}
    assert {item["kind"] for item in found.values()} == {"NetworkPolicy"}


def test_kustomize_shows_what_is_wrong_with_a_baseline(beside: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(KUSTOMIZE / "transformer", tmp_path, dirs_exist_ok=True)
    with (tmp_path / "baseline.yaml").open("a") as file:
        file.write("  moed: Audit\n")
    done = call(beside["kustomize"], "build", "--enable-alpha-plugins", "--enable-exec", ".", cwd=tmp_path)
    assert done.returncode != 0
    assert "NetworkBaseline shop/default: spec.moed" in done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that uses the hook, as it is checked in; pre-commit wants both to be git's."""
    hooks, here = tmp_path / "hooks", tmp_path / "here"
    hooks.mkdir()
    shutil.copy(CHECKOUT / ".pre-commit-hooks.yaml", hooks)
    revision = _commit(hooks)
    (here / "baselines").mkdir(parents=True)
    (here / "baselines" / "shop.yaml").write_text(BASELINE)
    arguments = ["--file", "baselines", "--to", "policies.yaml"]
    render = {"id": "netbaseline-render", "args": arguments, "language": "system"}  # ours is on PATH already
    lint = {"id": "netbaseline-lint", "language": "system", "files": "^baselines/"}
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [render, lint]}]}
    (here / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    _commit(here)
    return here


def _commit(folder: Path) -> str:
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        ("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message=all"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return head.stdout.strip()


def hook(repository: Path, name: str, *which: str) -> "subprocess.CompletedProcess[str]":
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
    home = str(repository.parent / "pre-commit")
    return call(SCRIPTS / "pre-commit", "run", name, *(which or ["--all-files"]), cwd=repository, PRE_COMMIT_HOME=home)


def test_the_hook_that_lints_names_file_and_line(repository: Path) -> None:
    clean = hook(repository, "netbaseline-lint")
    assert clean.returncode == 0, clean.stdout
    (repository / "baselines" / "policy.yaml").write_text(WORLD_OPEN)
    found = hook(repository, "netbaseline-lint")
    assert found.returncode == 1
    assert "baselines/policy.yaml\n" in found.stdout
    assert re.search(r"\n +8 +warning +NB104 ", found.stdout)


def test_the_hook_fails_where_it_had_to_write_and_passes_from_then_on(repository: Path) -> None:
    (repository / "policies.yaml").write_text("")
    first = hook(repository, "netbaseline-render")
    assert first.returncode == 1, first.stderr
    assert "files were modified by this hook" in first.stdout
    assert list(yaml.safe_load_all((repository / "policies.yaml").read_text())) == rendered(BASELINE)
    second = hook(repository, "netbaseline-render")
    assert second.returncode == 0, second.stdout
    (repository / "baselines" / "shop.yaml").write_text(BASELINE + "spec: {mod: Audit}\n")
    third = hook(repository, "netbaseline-render")
    assert third.returncode == 1
    assert "baselines/shop.yaml:4: document 1: spec.mod" in third.stdout


def test_the_hook_notices_that_a_baseline_is_gone(repository: Path) -> None:
    (repository / "baselines" / "pay.yaml").write_text(BASELINE.replace("shop", "pay"))
    (repository / "policies.yaml").write_text("")
    assert hook(repository, "netbaseline-render").returncode == 1
    _commit(repository)
    (repository / "baselines" / "pay.yaml").unlink()
    removed = hook(repository, "netbaseline-render", "--files", "baselines/pay.yaml")
    assert removed.returncode == 1, removed.stdout
    assert list(yaml.safe_load_all((repository / "policies.yaml").read_text())) == rendered(BASELINE)


def test_the_hook_that_lints_sees_all_files_at_once(repository: Path) -> None:
    names = [f"p{number}" for number in range(12)]  # pre-commit would hand them to several processes
    for name in names:
        text = WORLD_OPEN.replace("name: open", f"name: {name}")
        (repository / "baselines" / f"{name}.yaml").write_text(text)
    found = hook(repository, "netbaseline-lint").stdout
    assert all(f"baselines/{name}.yaml\n" in found for name in names)
    assert len(re.findall(r"^\d+ warnings", found, re.MULTILINE)) == 1


def steps() -> list[Json]:
    found: list[Json] = yaml.safe_load((CHECKOUT / "action.yml").read_text())["runs"]["steps"]
    return found


def action(tmp_path: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    """Its last step as a runner runs it; the first one, the installation, has been done."""
    (tmp_path / "netbaseline").mkdir(exist_ok=True)
    (tmp_path / "netbaseline" / "bin").symlink_to(SCRIPTS)
    defaults = yaml.safe_load((CHECKOUT / "action.yml").read_text())["inputs"]
    values = {name: inputs.get(name, given.get("default", "")) for name, given in defaults.items()}
    step = steps()[-1]
    environment = {
        name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: values[match[1]], text)
        for name, text in step["env"].items()
    }
    return run(step, tmp_path, **environment)


def run(step: Json, tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    assert step["shell"] == "bash"
    shell = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"])
    return call(*shell, cwd=tmp_path, RUNNER_TEMP=str(tmp_path), **environment)


def test_the_action_installs_itself_twice_in_a_job(tmp_path: Path) -> None:
    here, source = tmp_path / "here", tmp_path / "source"
    here.mkdir()
    copy_checkout(source)
    for _ in range(2):
        done = run(steps()[0], here, PYTHONPATH="", GITHUB_ACTION_PATH=str(source))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    version = call(here / "netbaseline" / "bin" / "netbaseline", "version", cwd=here, PYTHONPATH="")
    assert version.stdout.startswith(f"netbaseline {__version__} "), version.stderr
    assert [path.name for path in here.iterdir()] == ["netbaseline"]


def test_the_action_says_that_python_is_too_old(tmp_path: Path) -> None:
    # The check as it is, in a Python that takes itself for an older one.
    old = tmp_path / "python3"
    old.write_text(f"""#!/bin/bash
exec {sys.executable} "$1" "import sys; sys.version_info, sys.version = (3, 10, 12), '3.10.12 (main)'; $2"
""")
    old.chmod(0o755)
    done = run(steps()[0], tmp_path, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", GITHUB_ACTION_PATH="/nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("netbaseline needs Python 3.11 or newer, and python3 is 3.10.12: ")
    assert not (tmp_path / "netbaseline").exists()


def test_the_action_writes_the_policies(tmp_path: Path) -> None:
    (tmp_path / "a b.yaml").write_text(BASELINE)
    (tmp_path / "pay.yaml").write_text(BASELINE.replace("shop", "pay"))
    done = action(tmp_path, files="a b.yaml\npay.yaml\n", to="policies.yaml")
    assert done.returncode == 0, done.stderr
    written = list(yaml.safe_load_all((tmp_path / "policies.yaml").read_text()))
    assert written == rendered(f"{BASELINE}---\n{BASELINE.replace('shop', 'pay')}")


def test_the_action_fails_where_what_is_checked_in_is_out_of_date(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(BASELINE)
    (tmp_path / "policies.yaml").write_text("old\n")
    done = action(tmp_path, files="shop.yaml", to="policies.yaml", check="true")
    assert done.returncode == 1
    assert "policies.yaml is out of date: run the same command without --check" in done.stderr
    assert done.stdout == "netbaseline render --file shop.yaml --to policies.yaml --check\n"
    assert (tmp_path / "policies.yaml").read_text() == "old\n"


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"check": "yes"}, "input check: must be true or false, not 'yes'"),
        ({"check": ""}, "input check: must be true or false, not ''"),
        ({"files": "\n"}, "input files: must name a file or a folder"),
        ({"to": ""}, "input to: must name a file"),
    ],
)
def test_the_action_refuses_an_input_that_it_could_misunderstand(
    tmp_path: Path, inputs: dict[str, str], said: str
) -> None:
    (tmp_path / "shop.yaml").write_text(BASELINE)
    done = action(tmp_path, **{"files": "shop.yaml", "to": "policies.yaml", **inputs})
    assert (done.returncode, done.stderr) == (2, f"netbaseline: {said}\n")
    assert not (tmp_path / "policies.yaml").exists()


def test_the_action_takes_names_as_they_are(tmp_path: Path) -> None:
    name = 'it\'s "a" $(touch made) `touch made`; touch made'
    (tmp_path / f"{name}.yaml").write_text(BASELINE)
    done = action(tmp_path, files=f"{name}.yaml", to=f"{name}.out")
    assert done.returncode == 0, done.stderr
    assert list(yaml.safe_load_all((tmp_path / f"{name}.out").read_text())) == rendered(BASELINE)
    assert {path.name for path in tmp_path.iterdir()} == {"netbaseline", f"{name}.yaml", f"{name}.out"}


def test_the_action_takes_no_input_into_the_text_of_a_script() -> None:
    assert all("${{" not in step["run"] for step in steps())
