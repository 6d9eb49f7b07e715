"""What every command does with its input: files and folders to an inventory, and what it says on the way."""

import io
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import typer

from netbaseline.cli.loading import Loaded, load
from netbaseline.cli.problems import UserError
from netbaseline.core.inventory import Inventory
from tests.cli.running import CHECKOUT
from tests.cli.test_render import text

SHARED = CHECKOUT.parent / "shared" / "data"


def pod(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}}


def workloads(found: Inventory) -> list[str]:
    return [str(item.workload) for item in found.pods]


def test_files_folders_and_standard_input_together_are_one_inventory(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.yaml").write_text(text(pod("a")))
    (tmp_path / "b.yaml").write_text(text(pod("b")))
    with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(text(pod("c")).encode()))):
        found = load([str(tmp_path / "a"), "-", str(tmp_path / "b.yaml")])
    assert workloads(found.inventory) == ["default/a[Pod]", "default/c[Pod]", "default/b[Pod]"]


def test_objects_know_their_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("---\n" + text(pod("a"), pod("b")))
    origin = load([str(path)]).inventory.pods[1].origin
    assert origin is not None
    assert (origin.source, origin.line("metadata.name")) == (
        str(path),
        path.read_text().splitlines().index("  name: b") + 1,
    )


def test_a_namespace_can_be_given_for_objects_that_name_none(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text(pod("a"), pod("b", namespace="pay")))
    found = load([str(tmp_path)], namespace="staging")
    assert workloads(found.inventory) == ["staging/a[Pod]", "pay/b[Pod]"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (text(pod("a"), pod("B")), ":7: document 2: metadata.name: must be a DNS name"),
        (text(pod("a")) + "---\na: [\n", "document 2: not YAML: "),
        (text(pod("a"), pod("a")), ":8: document 2: metadata.name: Pod default/a was given before, at "),
    ],
    ids=["object", "document", "twice"],
)
def test_what_is_bad_ends_it_with_its_place_unless_asked_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(content)
    with pytest.raises(UserError) as error:
        load([str(path)])
    assert told.removeprefix(":7: ").removeprefix(":8: ") in str(error.value)
    assert "--keep-going" in str(error.value)
    assert capsys.readouterr().err == ""
    found = load([str(path)], keep_going=True)
    assert workloads(found.inventory) == ["default/a[Pod]"]
    assert capsys.readouterr().err.startswith(f"netbaseline: {path}:")


def test_thousands_of_problems_are_counted_instead_of_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.yaml").write_text(text(*[pod("A")] * 300))
    load([str(tmp_path)], keep_going=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 51
    assert lines[-1] == "netbaseline: and 250 more problems"


@pytest.mark.parametrize(
    ("loaded", "found", "code"),
    [(Loaded(Inventory()), False, 0), (Loaded(Inventory()), True, 1), (Loaded(Inventory(), (), ("x",)), True, 2)],  # type: ignore[arg-type]
    ids=["nothing", "findings", "problems"],
)
def test_it_ends_as_diff_does(loaded: Loaded, found: bool, code: int) -> None:
    ended = 0
    try:
        loaded.end(found)
    except typer.Exit as exit_:
        ended = exit_.exit_code
    assert ended == code


def test_a_context_beside_paths_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--context"):
        load([str(tmp_path)], context="x")


def test_the_platform_file_tells_what_only_a_cluster_knows(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("apiServers: [{ip: 192.0.2.1, port: 6443}]")
    found = load([str(CHECKOUT / "examples" / "kube-api-server.yaml")], platform=tmp_path / "p.yaml")
    assert "192.0.2.1/32" in str(found.inventory.policies)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no {SHARED}: the online-boutique manifests are not in this checkout")
def test_online_boutique_is_twelve_workloads_with_their_ports_and_services() -> None:
    found = load([str(SHARED / "online-boutique")])
    assert found.problems == ()
    assert len(found.inventory.pods) == len(set(workloads(found.inventory))) == 12
    assert {pod.workload.kind for pod in found.inventory.pods} == {"Deployment"}
    assert len(found.inventory.policies) == 13
    assert {service.name for service in found.inventory.services} >= {"frontend", "redis-cart"}
    assert [str(note) for note in found.notes] == ["11 ServiceAccount of v1 set aside"]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no {SHARED}: the MoJ policies are not in this checkout")
def test_the_policies_of_1464_namespaces_are_read_and_those_of_calico_set_aside() -> None:
    found = load([str(SHARED / "moj-cloud-platform" / "objects.jsonl.gz")])
    assert found.problems == ()
    assert len([item for item in found.inventory.namespaces.values() if not item.implied]) == 1464
    assert len(found.inventory.policies) == 3201
    assert len(found.inventory.foreign) == 24
    assert [str(note) for note in found.notes] == ["24 NetworkPolicy of projectcalico.org/v3 set aside"]
