"""Argo CD and Flux, as the API server sees them: how they apply, again and again, prune, and judge health."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netbaseline.api.group import API_VERSION, KIND
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import Json, World
from tests.gitops.judges import argo_cd, flux
from tests.sandbox.control_plane import ControlPlane

BY_FLUX = {"Healthy": "Current", "Suspended": "Current", "Progressing": "InProgress", "Degraded": "Failed"}
AGAIN = 6
PAUSE = 0.5  # seconds; the tools take minutes, but anything that is at odds shows in any of them


@dataclass(frozen=True)
class Tool:
    """How a tool applies, and what it marks its objects with to find them again."""

    flags: tuple[str, ...]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def apply(self, plane: ControlPlane, namespace: str, **spec: Any) -> Json:
        """Apply the baseline from Git; returns the object as the API server answers."""
        meta = {"name": "default", "namespace": namespace, "labels": self.labels, "annotations": self.annotations}
        content = {"apiVersion": API_VERSION, "kind": KIND, "metadata": meta, "spec": spec}
        answer = plane.kubectl("apply", *self.flags, "--filename=-", "--output=json", stdin=json.dumps(content))
        found: Json = json.loads(answer.stdout)
        return found

    def prune(self, plane: ControlPlane, namespace: str) -> None:
        """Delete what has its labels and isn't in Git any more."""
        selector = ",".join(f"{key}={value}" for key, value in self.labels.items())
        plane.kubectl("delete", "networkbaselines", f"--namespace={namespace}", f"--selector={selector}")


FORCED = ("--server-side", "--force-conflicts")
TOOLS = {
    "Argo CD": Tool(
        ("--field-manager=argocd-controller",),
        {"app.kubernetes.io/instance": "shop"},
        {"argocd.argoproj.io/sync-wave": "-1"},
    ),
    "Argo CD with ServerSideApply": Tool(
        (*FORCED, "--field-manager=argocd-controller"),
        {"app.kubernetes.io/instance": "shop"},
        {"argocd.argoproj.io/tracking-id": "shop:netbaseline.dev/NetworkBaseline:shop/default"},
    ),
    "Flux": Tool(
        (*FORCED, "--field-manager=kustomize-controller"),
        {"kustomize.toolkit.fluxcd.io/name": "baselines", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"},
        {"kustomize.toolkit.fluxcd.io/ssa": "Override"},
    ),
}


@pytest.fixture(params=TOOLS.values(), ids=list(TOOLS))
def tool(request: pytest.FixtureRequest) -> Tool:
    found: Tool = request.param
    return found


def health(kstatus: Path, content: Json) -> str:
    """Argo CD's word for it; fails where Flux, by the shipped expressions, comes to something else."""
    shown, _ = argo_cd(content)
    assert flux(kstatus, [content], exprs=True) == [BY_FLUX[shown]]
    return shown


def versions(world: World, namespace: str) -> dict[str, str]:
    """Of the baseline and of each policy: a write of anybody to any of them changes it."""
    raw = world.networking.list_namespaced_network_policy(namespace, _preload_content=False).json()["items"]
    return {
        item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in [*raw, world.get_baseline(namespace)]
    }


@pytest.mark.usefixtures("operator")
def test_applied_over_and_over_it_is_neither_fought_over_nor_written(
    world: World, installed: ControlPlane, tool: Tool
) -> None:
    namespace = world.namespace()
    tool.apply(installed, namespace, allow={"sameNamespace": {}})
    world.until(namespace, "Enforced")
    eventually(lambda: "coverage" in world.get_baseline(namespace)["status"])
    before, baseline = versions(world, namespace), world.get_baseline(namespace)
    for _ in range(AGAIN):
        tool.apply(installed, namespace, allow={"sameNamespace": {}})
        time.sleep(PAUSE)
    assert versions(world, namespace) == before
    assert world.get_baseline(namespace) == baseline
    assert [reason for _, reason, _ in world.events(namespace)] == []


@pytest.mark.usefixtures("operator")
def test_health_goes_with_what_is_in_git(
    world: World, installed: ControlPlane, tool: Tool, beside: dict[str, Path]
) -> None:
    namespace, kstatus = world.namespace(), beside["kstatus"]
    assert health(kstatus, tool.apply(installed, namespace)) == "Progressing"
    world.until(namespace, "Enforced")
    assert health(kstatus, world.get_baseline(namespace)) == "Healthy"

    changed = tool.apply(installed, namespace, allow={"ingressController": {}})
    assert health(kstatus, changed) == "Progressing", "judged before the operator has looked"
    world.until(namespace, "NothingDiscovered")
    assert health(kstatus, world.get_baseline(namespace)) == "Degraded"

    tool.apply(installed, namespace, suspend=True)
    world.until(namespace, "Suspended")
    assert health(kstatus, world.get_baseline(namespace)) == "Suspended"

    tool.apply(installed, namespace, mode="Audit")
    world.until(namespace, "Audited")
    assert health(kstatus, world.get_baseline(namespace)) == "Healthy"


@pytest.mark.usefixtures("operator")
def test_what_somebody_else_changed_goes_back_and_no_field_is_lost(
    world: World, installed: ControlPlane, tool: Tool
) -> None:
    namespace = world.namespace()
    wanted = {"allow": {"sameNamespace": {}}, "owner": "team-shop"}
    tool.apply(installed, namespace, **wanted)
    status = world.until(namespace, "Enforced")
    spec = world.get_baseline(namespace)["spec"]
    world.edit_baseline(namespace, owner="somebody", mode="Audit")
    world.until(namespace, "Audited")
    tool.apply(installed, namespace, mode="Enforce", **wanted)
    assert world.until(namespace, "Enforced")["policies"] == status["policies"]
    assert world.get_baseline(namespace)["spec"] == spec


@pytest.mark.usefixtures("operator")
def test_a_policy_that_somebody_changed_is_healed_once_and_carries_no_mark_of_the_tool(
    world: World, installed: ControlPlane, tool: Tool
) -> None:
    namespace = world.namespace()
    tool.apply(installed, namespace)
    world.until(namespace, "Enforced")
    world.delete_policy(namespace, "nbl.default.dns")
    eventually(lambda: "nbl.default.dns" in world.policies(namespace))
    for item in installed.kubectl("get", "networkpolicies", f"--namespace={namespace}", as_json=True)["items"]:
        meta = item["metadata"]
        assert not {*tool.labels, *tool.annotations} & {*meta["labels"], *meta.get("annotations", {})}
        assert [owner["kind"] for owner in meta["ownerReferences"]] == [KIND], (
            "Argo CD prunes nothing that has an owner"
        )


@pytest.mark.usefixtures("operator")
def test_pruned_by_its_labels_it_goes_with_its_policies_and_nothing_else(
    world: World, installed: ControlPlane, tool: Tool
) -> None:
    namespace = world.namespace()
    world.policy(namespace, "of-the-team", {"podSelector": {}, "policyTypes": ["Ingress"]})
    tool.apply(installed, namespace)
    world.until(namespace, "Enforced")
    tool.prune(installed, namespace)
    eventually(lambda: world.gone(namespace) and set(world.policies(namespace)) == {"of-the-team"})


def test_the_operator_had_no_trouble_with_any_of_it(operator: OperatorProcess) -> None:
    """Runs last."""
    assert operator.metric("reconcile_total", result="error") == 0
    assert operator.metric("drift_detected_total", type="modified") == 0
