"""The image, as far as its files tell: nothing here builds one, tests/e2e does."""

import json
import re
import shutil
import subprocess
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from netbaseline import __version__
from tests.deploy.manifests import CHECKOUT

LOCKS = CHECKOUT / "deploy" / "image"
PINNED_IMAGE = re.compile(r"[a-z0-9.-]+(?:/[a-z0-9._-]+)+:\d+\.\d+\.\d+-[a-z0-9-]+@sha256:[0-9a-f]{64}")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", (CHECKOUT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def of(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    start = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def locked(name: str) -> dict[str, str]:
    """Versions by distribution."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (LOCKS / name).read_text(), re.MULTILINE)
    return {canonicalize_name(distribution): version for distribution, version in pins}


def test_every_stage_is_made_from_one_image_that_is_pinned_to_the_byte_where_dependabot_sees_it() -> None:
    pinned, *others = (base.split() for base in of("FROM"))
    assert PINNED_IMAGE.fullmatch(pinned[0])
    assert of("ARG") == [], "what is given by an argument, Dependabot does not renew"
    assert [base[0] for base in others] == [pinned[2]] * 2


def test_it_runs_as_a_user_with_a_number_that_isnt_root() -> None:
    (user,) = (rest for name, rest in last_stage() if name == "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "Kubernetes can't tell that a user with a name isn't root"
    assert ("USER", user) in instructions()[-4:], "what follows it needs no other"


def test_nothing_is_fetched_from_an_address() -> None:
    assert of("ADD") == []
    assert not [rest for rest in of("RUN") if re.search(r"https?://|\b(curl|wget|git)\b", rest)]


def test_the_last_stage_runs_no_command_and_has_no_source() -> None:
    assert [rest for name, rest in last_stage() if name == "RUN"] == []
    assert all(rest.startswith("--from=build ") for name, rest in last_stage() if name == "COPY")


def test_it_starts_the_operator() -> None:
    assert of("ENTRYPOINT") == ['["netbaseline"]']
    assert of("CMD") == ['["run"]']


def test_its_version_is_this_one() -> None:
    (labels,) = of("LABEL")
    assert f'org.opencontainers.image.version="{__version__}"' in labels


def test_it_is_released_for_both_platforms_and_tells_how_it_was_made_and_of_what() -> None:
    workflow = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "release.yaml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job.get("steps", [])]
    (build,) = [step["with"] for step in steps if step.get("uses", "").startswith("docker/build-push-action@")]
    assert build["platforms"].split(",") == ["linux/amd64", "linux/arm64"]
    assert (build["sbom"], build["provenance"]) == (True, "mode=max")


def test_the_bill_of_materials_has_every_locked_distribution_and_each_of_its_hashes(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "operator/netbaseline/__init__.py", "deploy/image/runtime.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(CHECKOUT / ".venv")
    subprocess.run(["make", "--silent", "--old-file=.venv/.installed", "sbom"], cwd=tmp_path, check=True)
    (written,) = (tmp_path / "dist").iterdir()
    bill = json.loads(written.read_text(encoding="utf-8"))
    of_all = bill["metadata"]["component"]
    assert (of_all["name"], of_all["version"], of_all["type"]) == ("netbaseline", __version__, "application")
    assert {canonicalize_name(each["name"]): each["version"] for each in bill["components"]} == locked("runtime.txt")
    hashes = {
        found["content"]
        for each in bill["components"]
        for reference in each["externalReferences"]
        for found in reference["hashes"]
    }
    assert hashes == set(re.findall(r"--hash=sha256:(\w+)", (LOCKS / "runtime.txt").read_text()))


@pytest.mark.parametrize("name", ["build.txt", "runtime.txt"])
def test_every_locked_distribution_has_hashes_and_no_index_of_its_own(name: str) -> None:
    text = (LOCKS / name).read_text()
    entries = [line for line in text.splitlines() if not line.startswith("#")]
    assert not [line for line in entries if line.startswith("-") or "://" in line]
    heads = [number for number, line in enumerate(entries) if not line.startswith(" ")]
    assert all("--hash=sha256:" in entries[head + 1] for head in heads)
    assert all(entries[before:after] for before, after in pairwise(heads))


def test_the_lock_has_what_the_project_asks_for() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    for name, wanted in (
        ("runtime.txt", project["project"]["dependencies"]),
        ("build.txt", project["build-system"]["requires"]),
        ("build.txt", (LOCKS / "build.in").read_text().splitlines()[1:]),
    ):
        pins = locked(name)
        for requirement in map(Requirement, wanted):
            version = pins.get(canonicalize_name(requirement.name))
            assert version, f"{requirement.name} is missing in {name}; run deploy/image/lock.sh"
            assert requirement.specifier.contains(version), f"{requirement} in {name}: {version}"


def test_what_the_dockerfile_copies_reaches_the_build() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text().splitlines()
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert "*" in lines
    for copied in of("COPY"):
        if not copied.startswith("--from"):
            *sources, _ = copied.split()
            for source in sources:
                assert (CHECKOUT / source).exists()
                assert any((CHECKOUT / source) in [CHECKOUT / each, *CHECKOUT.glob(each)] for each in allowed), source
