"""Whose a policy is: objects of others under our names, forged ones, orphans, and a restored backup."""

from pathlib import Path
from typing import Any

import pytest

from netbaseline.api.group import API_VERSION, GROUP, KIND, PLURAL, VERSION
from tests.cluster.faults.hands import manifest_of, server_side_apply
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually, stays
from tests.cluster.world import Json, World
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import Fault, FaultProxy, Silence

DENY, DNS, SAME = "nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"
CLOSED: Json = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []}
OPEN: Json = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}
LABELS = {"app.kubernetes.io/managed-by": "netbaseline", "netbaseline.dev/baseline": "default"}
UID = "netbaseline.dev/baseline-uid"
LONG = 90.0
"""Seconds: the garbage collector takes up to half a minute to hear of a new CRD."""


def conditions(world: World, namespace: str, name: str = "default") -> dict[str, tuple[str, str]]:
    found = world.get_baseline(namespace, name).get("status", {}).get("conditions", [])
    return {item["type"]: (item["status"], item["reason"]) for item in found}


def versions(world: World, namespace: str) -> dict[str, str]:
    return {name: live.resource_version for name, live in world.policies(namespace).items()}


def findings(world: World, namespace: str) -> list[str]:
    """Messages of the findings that tell of a forged owner."""
    found = world.get_baseline(namespace).get("status", {}).get("findings", [])
    return [item["message"] for item in found if item["id"] == "ForgedOwnership"]


def ours(world: World, namespace: str, uid: str, names: set[str]) -> bool:
    """Whether exactly these policies are there, all of this baseline."""
    there = world.policies(namespace)
    assert set(there) == names
    return all(live.owner_uids == {uid} and live.annotations[UID] == uid for live in there.values())


def test_a_foreign_policy_under_our_name_stops_its_baseline_alone_until_it_is_gone(
    world: World, operator: OperatorProcess
) -> None:
    namespace = world.namespace()
    foreign = world.policy(namespace, DENY, OPEN, labels=LABELS)
    untouched = {DENY: foreign["metadata"]["resourceVersion"]}
    created = world.baseline(namespace, allow={"sameNamespace": {}})
    message = {item["type"]: item for item in world.until(namespace, "NameTaken")["conditions"]}["Ready"]["message"]
    assert DENY in message
    assert conditions(world, namespace) == {
        kind: (answer, "NameTaken")
        for kind, answer in (("Ready", "False"), ("Accepted", "False"), ("Programmed", "False"), ("Stalled", "True"))
    }
    eventually(lambda: "NameTaken" in {reason for _, reason, _ in world.events(namespace)})
    world.baseline(namespace, "other")
    world.until(namespace, "Enforced", "other")
    there = versions(world, namespace)
    assert set(there) == {DENY, "nbl.other.deny", "nbl.other.dns"}
    world.delete_policy(namespace, "nbl.other.deny")
    eventually(lambda: "nbl.other.deny" in world.policies(namespace))
    stays(lambda: untouched.items() <= versions(world, namespace).items(), what="the foreign policy as it was")
    assert conditions(world, namespace)["Ready"] == ("False", "NameTaken")
    world.delete_policy(namespace, DENY)
    world.until(namespace, "Enforced")
    assert world.policies(namespace)[DENY].owned_by(created["metadata"]["uid"])
    assert "Stalled" not in conditions(world, namespace)


def test_with_adopt_a_foreign_policy_is_taken_over_whole_in_place(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace()
    spec = {**OPEN, "policyTypes": ["Ingress", "Egress"], "egress": [{}]}
    foreign = world.policy(namespace, DENY, spec, labels={"team": "shop"})
    uid = world.baseline(namespace, adoptionPolicy="Adopt")["metadata"]["uid"]
    world.until(namespace, "Enforced")
    assert ours(world, namespace, uid, {DENY, DNS})
    adopted = world.policies(namespace)[DENY]
    assert adopted.uid == foreign["metadata"]["uid"]
    assert (adopted.spec.ingress, adopted.spec.egress) == ((), ())
    stored: Any = world.networking.read_namespaced_network_policy(DENY, namespace)
    assert stored.metadata.labels == {"team": "shop", **LABELS}


def test_a_foreign_policy_that_comes_in_between_a_deletion_and_its_healing_is_not_overwritten(
    world: World, operator_kubeconfig: Path
) -> None:
    namespace = world.namespace()
    with OperatorProcess(operator_kubeconfig):
        world.baseline(namespace)
        world.until(namespace, "Enforced")
    world.delete_policy(namespace, DNS)
    foreign = world.policy(namespace, DNS, CLOSED)
    before = {**versions(world, namespace), DNS: foreign["metadata"]["resourceVersion"]}
    with OperatorProcess(operator_kubeconfig):
        world.until(namespace, "NameTaken")
        stays(lambda: versions(world, namespace) == before, what="all policies as they were")
        world.delete_policy(namespace, DNS)
        world.until(namespace, "Enforced")


@pytest.mark.parametrize("wish", ["changed", "withdrawn"])
def test_a_foreign_policy_that_has_taken_the_place_of_ours_unheard_is_neither_overwritten_nor_deleted(
    world: World, proxy: FaultProxy, proxied: Path, wish: str
) -> None:
    namespace = world.namespace()
    with OperatorProcess(proxied) as operator:
        world.baseline(namespace, allow={"sameNamespace": {}})
        world.until(namespace, "Enforced")
        eventually(lambda: any("networkpolicies?" in watch for watch in proxy.watches()))
        silence = Fault(path=r"/networkpolicies\?.*watch=", action=Silence())
        proxy.add(silence)
        world.delete_policy(namespace, SAME)
        foreign = world.policy(namespace, SAME, CLOSED)
        conflicts = operator.metric("reconcile_total", result="conflict")
        if wish == "changed":
            world.edit_baseline(namespace, owner="team")
        else:
            world.edit_baseline(namespace, allow={"sameNamespace": None})
        eventually(lambda: operator.metric("reconcile_total", result="conflict") > conflicts)
        proxy.remove(silence)
        world.until(namespace, "NameTaken" if wish == "changed" else "Enforced")
        assert versions(world, namespace)[SAME] == foreign["metadata"]["resourceVersion"]


@pytest.mark.parametrize("manager", ["forger", "kubectl-client-side-apply"])
def test_a_policy_with_our_labels_and_uid_that_we_never_applied_is_told_and_never_deleted(
    world: World, operator: OperatorProcess, manager: str
) -> None:
    namespace = world.namespace()
    uid = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "Enforced")
    orphaned = operator.metric("drift_detected_total", type="orphaned")
    meta = {"name": "nbl.default.rule.forged", "labels": LABELS, "annotations": {UID: uid}}
    body: Any = {"metadata": meta, "spec": CLOSED}
    forged = world.networking.create_namespaced_network_policy(namespace, body, field_manager=manager)
    assert forged.metadata is not None
    eventually(lambda: any("nbl.default.rule.forged" in message for message in findings(world, namespace)))
    world.edit_baseline(namespace, description="another turn")
    world.until(namespace, "Enforced")
    version = str(forged.metadata.resource_version)
    stays(lambda: versions(world, namespace).get("nbl.default.rule.forged") == version, what="the forged policy")
    assert operator.metric("drift_detected_total", type="orphaned") == orphaned
    world.delete_policy(namespace, "nbl.default.rule.forged")
    eventually(lambda: not findings(world, namespace))
    assert set(world.policies(namespace)) == {DENY, DNS}


def test_a_forged_policy_that_opens_the_pods_weakens_like_any_other(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace()
    uid = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "Enforced")
    world.policy(namespace, "nbl.default.rule.forged", OPEN, labels=LABELS, annotations={UID: uid})
    eventually(lambda: world.condition(namespace, "Weakened")[0] == "True")
    assert "nbl.default.rule.forged" in world.condition(namespace, "Weakened")[2]


def test_a_name_that_is_none_of_ours_is_foreign_whatever_it_wears(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace()
    uid = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "Enforced")
    worn = {UID: uid}
    foreign = world.policy(namespace, "open-door", OPEN, labels=LABELS, annotations=worn)
    eventually(lambda: "open-door" in world.condition(namespace, "Weakened")[2])
    version = foreign["metadata"]["resourceVersion"]
    stays(lambda: versions(world, namespace).get("open-door") == version, what="the foreign policy as it was")


def test_an_orphan_of_ours_is_removed_and_counted(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace()
    uid = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "Enforced")
    detected = operator.metric("drift_detected_total", type="orphaned")
    corrected = operator.metric("drift_corrected_total", type="orphaned")
    meta = {"name": "nbl.default.rule.old", "namespace": namespace, "labels": LABELS, "annotations": {UID: uid}}
    orphan = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": CLOSED}
    server_side_apply(world, orphan, "netbaseline")
    eventually(lambda: set(world.policies(namespace)) == {DENY, DNS})
    eventually(lambda: operator.metric("drift_corrected_total", type="orphaned") == corrected + 1)
    assert operator.metric("drift_detected_total", type="orphaned") == detected + 1
    eventually(
        lambda: any(
            reason == "DriftHealed" and "nbl.default.rule.old" in text for _, reason, text in world.events(namespace)
        )
    )
    assert conditions(world, namespace)["Ready"] == ("True", "Enforced")


@pytest.mark.parametrize("uid", ["00000000-0000-4000-8000-000000000000", None])
def test_what_wears_our_labels_and_manager_but_not_our_uid_stays(
    world: World, operator: OperatorProcess, uid: str | None
) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    annotations = {} if uid is None else {UID: uid}
    meta = {"name": "nbl.default.rule.old", "namespace": namespace, "labels": LABELS, "annotations": annotations}
    body = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": CLOSED}
    version = server_side_apply(world, body, "netbaseline")["metadata"]["resourceVersion"]
    world.edit_baseline(namespace, description="another turn")
    world.until(namespace, "Enforced")
    stays(lambda: versions(world, namespace).get("nbl.default.rule.old") == version, what="the policy as it was")


def test_a_restored_backup_with_owners_of_old_ends_enforced_without_a_person(
    world: World, operator: OperatorProcess, installed: ControlPlane
) -> None:
    namespace = world.namespace()
    former = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "Enforced")
    backup = [manifest_of(installed, namespace, name) for name in (DENY, DNS)]
    assert all(item["metadata"]["ownerReferences"][0]["uid"] == former for item in backup)
    world.delete_baseline(namespace)
    eventually(lambda: not world.policies(namespace), seconds=LONG, what="the garbage collector")
    for item in backup:
        if item["metadata"]["name"] == DENY:
            # Keeps it until the new baseline has seen it: else the collector may be faster than we look.
            item["metadata"]["finalizers"] = ["example.com/kept"]
        body: Any = item
        world.networking.create_namespaced_network_policy(namespace, body)
    uid = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "WaitingForGarbageCollector", seconds=LONG)
    assert conditions(world, namespace)["Accepted"][0] == "True"
    assert not any(live.owned_by(uid) for live in world.policies(namespace).values())
    world.patch_policy(namespace, DENY, {"metadata": {"finalizers": None}})
    world.until(namespace, "Enforced", seconds=LONG)
    assert uid != former
    assert ours(world, namespace, uid, {DENY, DNS})


def test_policies_that_were_orphaned_on_purpose_are_taken_over_when_asked(
    world: World, operator: OperatorProcess
) -> None:
    namespace = world.namespace()
    former = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "Enforced")
    before = world.policies(namespace)
    world.custom.delete_namespaced_custom_object(
        GROUP, VERSION, namespace, PLURAL, "default", propagation_policy="Orphan"
    )
    eventually(lambda: world.gone(namespace), seconds=LONG, what="the garbage collector")
    there = world.policies(namespace)
    assert {name: live.uid for name, live in there.items()} == {name: live.uid for name, live in before.items()}
    assert all(live.annotations[UID] == former and not live.owner_uids for live in there.values())
    uid = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "NameTaken")
    assert world.policies(namespace) == there
    world.edit_baseline(namespace, adoptionPolicy="Adopt")
    world.until(namespace, "Enforced")
    assert ours(world, namespace, uid, {DENY, DNS})
    assert {name: live.uid for name, live in world.policies(namespace).items()} == {
        name: live.uid for name, live in before.items()
    }


def test_a_policy_under_our_name_that_another_baseline_owns_waits_for_a_person(
    world: World, operator: OperatorProcess
) -> None:
    namespace = world.namespace()
    uid = world.baseline(namespace, "other", mode="Audit")["metadata"]["uid"]
    reference = {"apiVersion": API_VERSION, "kind": KIND, "name": "other", "uid": uid, "controller": True}
    foreign = world.policy(namespace, DENY, CLOSED, labels=LABELS, ownerReferences=[reference])
    world.baseline(namespace)
    world.until(namespace, "NameTaken")
    untouched = {DENY: foreign["metadata"]["resourceVersion"]}
    stays(lambda: versions(world, namespace) == untouched, what="the policy as it was")
