"""The project's habits, as far as a machine can see them: workflows, forms, changelog, and one address for all."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.version import Version

from netbaseline import __version__
from tests.contracts.test_texts import texts

CHECKOUT = Path(__file__).resolve().parents[2]
GITHUB = CHECKOUT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yaml"))
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
    "vendor.github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
    "vendor.github-issue-forms": [
        path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"
    ],
}
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
REPOSITORY = "github.com/netbaseline/netbaseline"


def jobs() -> list[tuple[str, dict[str, Any]]]:
    """Each job of each workflow, with a name for messages."""
    found = []
    for path in WORKFLOWS:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [(f"{path.name}: {name}", job) for name, job in content["jobs"].items()]
    return found


def test_actionlint_finds_nothing_in_the_workflows(beside: dict[str, Path]) -> None:
    assert WORKFLOWS
    command: list[str | Path] = [beside["actionlint"], "-no-color", "-shellcheck=", "-pyflakes=", *WORKFLOWS]
    ended = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("schema", SCHEMAS)
def test_github_understands_what_is_written_for_it(schema: str) -> None:
    command: list[str | Path] = [
        Path(sys.executable).parent / "check-jsonschema",
        "--builtin-schema",
        schema,
        *SCHEMAS[schema],
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_action_is_pinned_to_a_commit_that_says_its_version() -> None:
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            used = re.search(r"uses: (\S+)(.*)", line)
            if used and not used[1].startswith("./"):
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used[1]), line
                assert re.fullmatch(r" # v\d+\.\d+\.\d+", used[2]), line


def test_a_workflow_may_only_read_unless_a_job_says_more() -> None:
    for path in WORKFLOWS:
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}, path.name
    for name, job in jobs():
        assert "timeout-minutes" in job or "uses" in job, name
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name


def test_workflows_call_the_targets_that_developers_call() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = set()
    for _, job in jobs():
        for step in job.get("steps", []):
            called |= set(re.findall(r"\bmake (?:--silent )?([a-z-]+)", step.get("run", "")))
    assert {"check", "krew"} <= called <= targets
    assert any(step.get("run") == ".ci/run" for _, job in jobs() for step in job.get("steps", []))


def test_a_release_says_where_all_of_it_comes_from() -> None:
    release = dict(jobs())
    for name in ("packages", "image", "chart"):
        job = release[f"release.yaml: {name}"]
        assert job["permissions"]["attestations"] == "write"
        assert any(step.get("uses", "").startswith("actions/attest-build-provenance@") for step in job["steps"]), name
    (build,) = (step["with"] for step in release["release.yaml: image"]["steps"] if step.get("id") == "build")
    assert (build["platforms"], build["sbom"], build["provenance"]) == ("linux/amd64,linux/arm64", True, "mode=max")
    assert release["release.yaml: pypi"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in str(release["release.yaml: pypi"])


def uploads(workflow: str) -> set[str]:
    """The names of the artifacts that a workflow's jobs leave, one for each machine."""
    found = set()
    for name, job in jobs():
        if name.startswith(f"{workflow}: "):
            machines = job.get("strategy", {}).get("matrix", {}).get("runner", [""])
            for step in job.get("steps", []):
                if step.get("uses", "").startswith("actions/upload-artifact@"):
                    found |= {step["with"]["name"].replace("${{ matrix.runner }}", machine) for machine in machines}
    return found


def test_a_release_takes_the_packages_of_its_own_jobs_and_nothing_else_of_the_run() -> None:
    release = dict(jobs())
    (merged,) = (
        step["with"]
        for step in release["release.yaml: release"]["steps"]
        if step.get("uses", "").startswith("actions/download-artifact@")
    )
    assert release["release.yaml: ci"]["uses"] == "./.github/workflows/ci.yaml"  # the same run
    others = uploads("ci.yaml") | {"netbaseline~netbaseline~ABCDEF.dockerbuild"}  # docker/build-push-action leaves it
    assert {name for name in uploads("release.yaml") | others if fnmatchcase(name, merged["pattern"])} == uploads(
        "release.yaml"
    )
    assert not uploads("release.yaml") & others
    assert len(uploads("release.yaml")) == 4


def test_the_notes_of_a_release_are_its_section_with_links_that_work_outside_the_repository(tmp_path: Path) -> None:
    for name in ("Makefile", "operator/netbaseline/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(
        f"## [Unreleased]\n\n- new\n\n## [{__version__}] - 2026-01-01\n\n- [a](docs/a.md), [b](docs/b.md#c): (d)\n"
        "- [e](https://example.com/f)\n\n## [0.0.1] - 2025-01-01\n\n- old\n"
    )
    ended = subprocess.run(["make", "--silent", "changes"], cwd=tmp_path, capture_output=True, text=True, check=True)
    tree = f"https://{REPOSITORY}/blob/v{__version__}/docs"
    assert ended.stdout == (
        f"## [{__version__}] - 2026-01-01\n\n- [a]({tree}/a.md), [b]({tree}/b.md#c): (d)\n- [e](https://example.com/f)\n\n"
    )


def test_the_changelog_has_the_form_that_it_names() -> None:
    lines = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    sections = [line for line in lines if line.startswith("## ")]
    assert sections[0] == "## [Unreleased]"
    released = []
    for section in sections[1:]:
        match = re.fullmatch(r"## \[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d{2}-\d{2})", section)
        assert match, section
        released.append(((int(match[1]), int(match[2]), int(match[3])), date.fromisoformat(match[4])))
    assert all(newer[0] > older[0] and newer[1] >= older[1] for newer, older in pairwise(released))
    assert {line.removeprefix("### ") for line in lines if line.startswith("### ")} <= set(KINDS)
    references = {line.split("]")[0] + "]" for line in lines if re.match(r"\[[^]]+\]: https://", line)}
    assert references == {section.removeprefix("## ").split(" ")[0] for section in sections}


def test_the_version_is_semantic_and_none_that_is_older_than_the_newest_release() -> None:
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", text, re.MULTILINE)
    assert Version(__version__).public == ".".join(map(str, Version(__version__).release))
    assert newest is None or Version(__version__) >= Version(newest[1])


def test_the_page_of_a_released_package_has_links_that_work_outside_the_repository(tmp_path: Path) -> None:
    (step,) = (step for step in dict(jobs())["release.yaml: packages"]["steps"] if "README.md" in step.get("run", ""))
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(readme + "[here](#install)\n", encoding="utf-8")
    told = {**os.environ, "GITHUB_REPOSITORY": "netbaseline/netbaseline", "GITHUB_REF_NAME": "v1.2.3"}
    subprocess.run(["bash", "-ec", step["run"]], cwd=tmp_path, env=told, check=True)
    links = re.findall(r"\]\(([^)]+)\)", (tmp_path / "README.md").read_text(encoding="utf-8"))
    assert "https://github.com/netbaseline/netbaseline/blob/v1.2.3/docs/helm.md" in links
    assert [link for link in links if not link.startswith("https://")] == ["#install"]


def test_from_a_clone_to_a_green_change_takes_one_page() -> None:
    lines = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 90


def test_the_project_has_one_address() -> None:
    other = re.compile(r"github\.com/(?!netbaseline/netbaseline\b)[\w-]+/netbaseline\b")
    found = []
    for path in texts():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(CHECKOUT)}: {match}" for match in other.findall(content)]
    assert not found
