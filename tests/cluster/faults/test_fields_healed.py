"""Each field of a policy, added, changed and removed, in each way in which people and tools do it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.faults.hands import LAST_APPLIED, Applier, Change, Editor, ForeignManager, Hand, manifest_of
from tests.cluster.faults.history import History
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import Json, World
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import FaultProxy

SPEC: Json = {
    "owner": "team-shop",
    "allow": {
        "sameNamespace": {},
        "ingress": [
            {
                "name": "web",
                "pods": {"matchLabels": {"app": "api"}},
                "from": [{"podSelector": {"matchLabels": {"app": "web"}}}],
                "ports": [{"port": 8080}],
            }
        ],
    },
}
DENY, DNS, RULE = "nbl.default.deny", "nbl.default.dns", "nbl.default.rule.web"


def put(*path: str | int, value: Any) -> Change:
    """Sets a field."""

    def change(manifest: Json) -> None:
        part: Any = manifest
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value

    return change


def drop(*path: str | int) -> Change:
    """Takes a field away."""

    def change(manifest: Json) -> None:
        part: Any = manifest
        for key in path[:-1]:
            part = part[key]
        del part[path[-1]]

    return change


def metadata(kind: str, key: str) -> tuple[str, ...]:
    return "metadata", kind, f"netbaseline.dev/{key}"


CHANGES: dict[str, tuple[str, Change]] = {
    "podSelector added": (DENY, put("spec", "podSelector", value={"matchLabels": {"app": "web"}})),
    "podSelector changed": (RULE, put("spec", "podSelector", value={"matchLabels": {"app": "db"}})),
    "podSelector removed": (RULE, put("spec", "podSelector", value={})),
    "policyTypes added": (DNS, put("spec", "policyTypes", value=["Ingress", "Egress"])),
    "policyTypes changed": (RULE, put("spec", "policyTypes", value=["Egress"])),
    "policyTypes removed": (DENY, put("spec", "policyTypes", value=["Ingress"])),
    "ingress added": (DENY, put("spec", "ingress", value=[{}])),
    "ingress changed": (RULE, put("spec", "ingress", 0, "ports", 0, "port", value=9999)),
    "ingress removed": (RULE, put("spec", "ingress", value=[])),
    "egress added": (DENY, put("spec", "egress", value=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])),
    "egress changed": (DNS, put("spec", "egress", 0, "ports", value=[{"port": 443, "protocol": "TCP"}])),
    "egress removed": (DNS, put("spec", "egress", value=[])),
    "label changed": (DENY, put(*metadata("labels", "baseline"), value="another")),
    "label removed": (DENY, drop("metadata", "labels", "app.kubernetes.io/managed-by")),
    "annotation added": (DENY, put(*metadata("annotations", "reviewed"), value="2026-11-01")),
    "annotation changed": (DENY, put(*metadata("annotations", "owner"), value="team-other")),
    "annotation removed": (DENY, drop(*metadata("annotations", "owner"))),
    "ownerReferences changed": (DENY, put("metadata", "ownerReferences", 0, "controller", value=False)),
    "ownerReferences removed": (DENY, drop("metadata", "ownerReferences")),
}
NOT_BY_A_MANAGER = {"label removed", "annotation removed", "ownerReferences removed"}
"""Server-side apply takes back only what its own manager applied before, and all of this is ours."""

NOT_TOLD = {"ingress removed", "egress removed", "label removed", "annotation removed", "ownerReferences removed"}
"""Who only takes away leaves no entry in managedFields, if there was none before."""


@pytest.fixture(scope="module")
def operator(proxied: Path) -> Iterator[OperatorProcess]:
    with OperatorProcess(proxied) as running:
        running.rest()
        yield running


@pytest.fixture
def enforced(world: World, operator: OperatorProcess) -> str:
    """A namespace with policies of ours, each of them new to the operator."""
    namespace = world.namespace("fields")
    world.baseline(namespace, **SPEC)
    world.until(namespace, "Enforced")
    return namespace


def view(plane: ControlPlane, namespace: str, name: str) -> Json:
    """A policy without what isn't ours."""
    found = manifest_of(plane, namespace, name)
    found["metadata"]["annotations"].pop(LAST_APPLIED, None)
    return found


def heal(
    world: World, proxy: FaultProxy, operator: OperatorProcess, namespace: str, policy: str, meddle: Callable[[], None],
    told: str,
) -> None:  # fmt: skip
    """Lets somebody meddle with a policy, and sees it put right by one write, counted and told."""
    history = History(world, namespace)
    modified, corrected = (
        operator.metric(name, type="modified") for name in ("drift_detected_total", "drift_corrected_total")
    )
    path = f"/namespaces/{namespace}/networkpolicies/{policy}"
    before = len([write for write in proxy.writes() if write.path.endswith(path)])
    meddle()
    eventually(
        lambda: any(
            reason == "DriftHealed" and policy in text and told in text for _, reason, text in world.events(namespace)
        ),
        what=f"the event that names {told}",
    )
    states = history.states()
    assert states[-1] == states[0]
    eventually(lambda: operator.metric("drift_corrected_total", type="modified") == corrected + 1)
    assert operator.metric("drift_detected_total", type="modified") == modified + 1
    assert len([write for write in proxy.writes() if write.path.endswith(path)]) == before + 1
    world.until(namespace, "Enforced")


@pytest.mark.parametrize("what", CHANGES)
def test_what_kubectl_edit_does_is_undone_by_one_write_and_told(
    world: World, operator: OperatorProcess, proxy: FaultProxy, installed: ControlPlane, enforced: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str,
) -> None:  # fmt: skip
    hand = Editor(installed, tmp_path, monkeypatch)
    check(
        world, operator, proxy, installed, enforced, hand, what, told="" if what in NOT_TOLD else f"by {hand.manager}"
    )


@pytest.mark.parametrize("what", CHANGES)
def test_what_client_side_apply_does_is_undone_by_one_write_and_told(
    world: World, operator: OperatorProcess, proxy: FaultProxy, installed: ControlPlane, enforced: str, what: str
) -> None:
    check(world, operator, proxy, installed, enforced, Applier(installed), what)


@pytest.mark.parametrize("what", [what for what in CHANGES if what not in NOT_BY_A_MANAGER])
def test_what_another_manager_applies_by_force_is_undone_by_one_write_and_told(
    world: World, operator: OperatorProcess, proxy: FaultProxy, installed: ControlPlane, enforced: str, what: str
) -> None:
    check(world, operator, proxy, installed, enforced, ForeignManager(installed, world), what)


def check(
    world: World, operator: OperatorProcess, proxy: FaultProxy, plane: ControlPlane, namespace: str, hand: Hand,
    what: str, told: str | None = None,
) -> None:  # fmt: skip
    policy, change = CHANGES[what]
    before = view(plane, namespace, policy)
    told = f"by {hand.manager}" if told is None else told
    heal(world, proxy, operator, namespace, policy, lambda: hand.change(namespace, policy, change), told)
    assert view(plane, namespace, policy) == before


def test_an_owner_reference_added_to_a_retained_policy_is_taken_away(
    world: World, operator: OperatorProcess, proxy: FaultProxy, installed: ControlPlane
) -> None:
    namespace = world.namespace("fields")
    baseline = world.baseline(namespace, **SPEC, deletionPolicy="Retain")
    world.until(namespace, "Enforced")
    before = view(installed, namespace, DENY)
    reference = {key: baseline[key] for key in ("apiVersion", "kind")} | {
        key: baseline["metadata"][key] for key in ("name", "uid")
    }
    change = put("metadata", "ownerReferences", value=[reference])
    hand = ForeignManager(installed, world)
    heal(world, proxy, operator, namespace, DENY, lambda: hand.change(namespace, DENY, change), f"by {hand.manager}")
    assert view(installed, namespace, DENY) == before


def test_somebody_elses_owner_reference_label_and_annotation_are_left_alone(
    world: World, operator: OperatorProcess, proxy: FaultProxy, installed: ControlPlane, enforced: str
) -> None:
    stranger = world.core.create_namespaced_config_map(enforced, {"metadata": {"name": "stranger"}})
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "stranger", "uid": stranger.metadata.uid}
    there = manifest_of(installed, enforced, DENY)["metadata"]
    before = len(proxy.writes())
    patch = {
        "labels": {"example.com/team": "blue"},
        "annotations": {"example.com/note": "kept"},
        "ownerReferences": [*there["ownerReferences"], reference],
    }
    world.patch_policy(enforced, DENY, {"metadata": patch})
    world.delete_policy(enforced, DNS)  # to be sure that the news has been heard: this is healed
    eventually(lambda: DNS in world.policies(enforced))
    found = manifest_of(installed, enforced, DENY)["metadata"]
    assert found["labels"] == {**there["labels"], "example.com/team": "blue"}
    assert found["annotations"] == {**there["annotations"], "example.com/note": "kept"}
    assert found["ownerReferences"] == [*there["ownerReferences"], reference]
    assert not [write for write in proxy.writes()[before:] if write.path.endswith(DENY)]
