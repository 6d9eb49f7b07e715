"""Every status that the operator writes, as Argo CD and Flux judge it."""

from pathlib import Path

import pytest
import yaml

from netbaseline.api.group import GROUP
from netbaseline.core.conditions import Situation
from tests.gitops.judges import FLUX, argo_cd, flux
from tools.gitops.files import ARGO_CD, CUSTOMIZATIONS, generated, kinds
from tools.gitops.recorded import Recorded, recorded

ALL = [item for kind in kinds() for item in recorded(kind)]
BY_FLUX = {"Healthy": "Current", "Suspended": "Current", "Progressing": "InProgress", "Degraded": "Failed"}


def test_the_files_for_argo_cd_are_generated() -> None:
    expected = generated()
    assert {path for path in CUSTOMIZATIONS.rglob("*") if path.is_file()} == {
        path for path in expected if path.is_relative_to(CUSTOMIZATIONS)
    }, "make gitops"
    changed = [path for path, content in expected.items() if path.read_text(encoding="utf-8") != content]
    assert changed == [], "make gitops"


@pytest.mark.parametrize("item", ALL, ids=lambda item: f"{item.content['kind']}-{item.name}")
def test_argo_cd_shows_the_health_that_is_meant(item: Recorded) -> None:
    assert argo_cd(item.content) == (item.health, item.message)


def test_the_situations_that_people_ask_for_are_in_the_health_that_they_expect() -> None:
    health = {item.name: item.health for item in recorded("NetworkBaseline")}
    expected = {
        "enforced": "Healthy",
        "audited": "Healthy",
        "suspended": "Suspended",
        "invalid-spec": "Degraded",
        "name-taken": "Degraded",
        "not-enforced": "Degraded",
        "retrying": "Progressing",
        "no-status": "Progressing",
    }
    assert expected.items() <= health.items()
    assert len(health) == len(Situation) + 4
    assert set(health.values()) == set(BY_FLUX)


@pytest.mark.parametrize("kind", kinds())
def test_the_test_data_has_what_argo_cds_own_tests_ask_for(kind: str) -> None:
    folder = CUSTOMIZATIONS / GROUP / kind
    tests = yaml.safe_load((folder / "health_test.yaml").read_text())["tests"]
    assert tests
    for test in tests:
        content = yaml.safe_load((folder / test["inputPath"]).read_text())
        judged = argo_cd(content, (folder / "health.lua").read_text())
        assert judged == (test["healthStatus"]["status"], test["healthStatus"]["message"])


def test_the_config_map_has_the_same_check_for_every_kind_and_leaves_status_to_the_operator() -> None:
    data = yaml.safe_load((ARGO_CD / "argocd-cm.yaml").read_text())["data"]
    for kind in kinds():
        script = data[f"resource.customizations.health.{GROUP}_{kind}"]
        assert all(argo_cd(item.content, script) == (item.health, item.message) for item in recorded(kind))
        for what in ("ignoreDifferences", "ignoreResourceUpdates"):
            rule = yaml.safe_load(data[f"resource.customizations.{what}.{GROUP}_{kind}"])
            assert rule == {"jsonPointers": ["/status"]}


def test_flux_judges_by_the_shipped_expressions_as_argo_cd_does(beside: dict[str, Path]) -> None:
    seen = [item for item in ALL if "status" in item.content]
    judged = flux(beside["kstatus"], [item.content for item in seen], exprs=True)
    assert dict(zip(_names(seen), judged, strict=True)) == dict(
        zip(_names(seen), [BY_FLUX[item.health] for item in seen], strict=True)
    )


def test_kstatus_alone_comes_to_the_same_but_for_what_has_no_status_at_all(beside: dict[str, Path]) -> None:
    """For helm's `--wait` and for `kubectl` plugins that know no expressions. The schema gives each object a status."""
    judged = dict(zip(_names(ALL), flux(beside["kstatus"], [item.content for item in ALL], exprs=False), strict=True))
    differing = {name for name, found in judged.items() if found != BY_FLUX[_by_name(name).health]}
    assert differing == {f"{kind}-no-status" for kind in kinds()}


def test_there_are_expressions_for_every_kind() -> None:
    checks = [
        check for item in yaml.safe_load_all(FLUX.read_text()) for check in item["spec"].get("healthCheckExprs", ())
    ]
    assert sorted(check["kind"] for check in checks) == kinds()


def _names(items: list[Recorded]) -> list[str]:
    return [f"{item.content['kind']}-{item.name}" for item in items]


def _by_name(name: str) -> Recorded:
    return next(item for item, found in zip(ALL, _names(ALL), strict=True) if found == name)
