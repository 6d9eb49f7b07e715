"""The table of conditions, row by row: each set by its cause, and cleared when the cause ends."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from netbaseline.api.group import CRD_NAME
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.control_plane import ControlPlane

Json = dict[str, Any]

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
ENFORCED = {"Ready": ("True", "Enforced"), "Accepted": ("True", "Accepted"), "Programmed": ("True", "Programmed")}

pytestmark = pytest.mark.usefixtures("operator")


def refused(reason: str) -> dict[str, tuple[str, str]]:
    """The row of what waits for a person, and isn't accepted."""
    return dict.fromkeys(("Ready", "Accepted", "Programmed"), ("False", reason)) | {"Stalled": ("True", reason)}


def waiting(reason: str, *also: str) -> dict[str, tuple[str, str]]:
    """The row of what is accepted but not in force."""
    row = {"Ready": ("False", reason), "Accepted": ("True", "Accepted"), "Programmed": ("False", reason)}
    return row | dict.fromkeys(also, ("True", reason))


def conditions(status: Json) -> dict[str, tuple[str, str]]:
    """Type to status and reason."""
    return {item["type"]: (item["status"], item["reason"]) for item in status.get("conditions", [])}


def shows(world: World, namespace: str, row: dict[str, tuple[str, str]], *words: str, name: str = "default") -> Json:
    """Wait until the conditions of the newest spec are exactly this row, with these words to act on; the status."""

    def reached() -> Json:
        item = world.get_baseline(namespace, name)
        status: Json = item.get("status", {})
        assert conditions(status) == row
        told = next(item["message"] for item in status["conditions"] if item["type"] == "Ready")
        for word in words:
            assert word in told
        for entry in status["conditions"]:
            assert entry["observedGeneration"] == status["observedGeneration"] == item["metadata"]["generation"]
        return status

    return eventually(reached, what=f"{namespace} to show {row}")


def events(world: World, namespace: str, reason: str) -> Callable[[], bool]:
    """Whether there is an Event with this reason."""
    return lambda: reason in {found for _, found, _ in world.events(namespace)}


def test_a_baseline_that_no_operator_has_seen_is_in_progress(world: World) -> None:
    created = world.baseline(world.namespace())
    assert conditions(created["status"]) == {
        "Ready": ("Unknown", "Pending"),
        "Programmed": ("False", "Pending"),
        "Reconciling": ("True", "Pending"),
    }


def test_an_enforced_baseline_shows_its_policies(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    status = shows(world, namespace, ENFORCED, "2 policies are in place")
    assert status["policySummary"] == "2/2"
    assert [(item["name"], item["state"]) for item in status["policies"]] == [(DENY, "Applied"), (DNS, "Applied")]
    assert [item["part"] for item in status["sources"]] == ["spec.allow.dns"]
    assert world.policies(namespace).keys() == {DENY, DNS}


def test_audit_forecasts_and_writes_nothing_until_it_is_over(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace, mode="Audit")
    row = {**ENFORCED, "Ready": ("True", "Audited"), "Programmed": ("False", "Audit")}
    status = shows(world, namespace, row, "would create 2")
    assert status["forecast"] == {"create": 2, "update": 0, "delete": 0, "policies": [DENY, DNS]}
    assert world.policies(namespace) == {}
    world.edit_baseline(namespace, mode="Enforce")
    assert "forecast" not in shows(world, namespace, ENFORCED)
    assert world.policies(namespace).keys() == {DENY, DNS}


@pytest.mark.parametrize("before", ["Enforce", "Audit"])
def test_a_suspended_baseline_is_as_programmed_as_it_was(world: World, before: str) -> None:
    namespace = world.namespace()
    world.baseline(namespace, mode=before)
    world.until(namespace, "Enforced" if before == "Enforce" else "Audited")
    world.edit_baseline(namespace, suspend=True, mode="Enforce")
    row = {**ENFORCED, "Ready": ("True", "Suspended")}
    if before == "Audit":
        row["Programmed"] = ("False", "Suspended")
    shows(world, namespace, row, "spec.suspend")
    world.edit_baseline(namespace, suspend=False)
    shows(world, namespace, ENFORCED)


def test_a_spec_that_makes_no_sense_is_refused_with_the_field_and_its_policies_stay(
    world: World, installed: ControlPlane
) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    definition = installed.kubectl("get", "crd", CRD_NAME, as_json=True)
    versions = definition["spec"]["versions"]
    owner = versions[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["owner"]
    shipped = yaml.safe_dump({"spec": {"versions": versions}})
    owner["maxLength"] = 1000  # as a schema of another version may have it
    installed.kubectl("patch", "crd", CRD_NAME, "--type=merge", "-p", yaml.safe_dump({"spec": {"versions": versions}}))
    try:
        edit_when_possible(world, namespace, owner="o" * 300)
        shows(world, namespace, refused("InvalidSpec"), "spec.owner: must have at most 253 characters")
        assert world.policies(namespace).keys() == {DENY, DNS}
        eventually(events(world, namespace, "InvalidSpec"))
        world.edit_baseline(namespace, owner="team")
        shows(world, namespace, ENFORCED)
    finally:
        installed.kubectl("patch", "crd", CRD_NAME, "--type=merge", "-p", shipped)


def edit_when_possible(world: World, namespace: str, **spec: Any) -> None:
    """A schema is served a moment after it was accepted."""

    def edited() -> bool:
        try:
            world.edit_baseline(namespace, **spec)
        except Exception as error:
            raise AssertionError(str(error)) from error
        return True

    eventually(edited)


def test_where_nothing_is_discovered_the_field_is_named_until_it_is_filled_in(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace, allow={"monitoring": {"from": [{"namespace": "monitoring"}]}})
    shows(world, namespace, refused("NothingDiscovered"), "spec.allow.monitoring", "`ports`")
    assert world.policies(namespace) == {}
    eventually(events(world, namespace, "NothingDiscovered"))
    world.edit_baseline(namespace, allow={"monitoring": {"ports": [{"port": 9090}]}})
    shows(world, namespace, ENFORCED)


def test_a_foreign_object_under_our_name_is_left_alone_and_named_until_it_is_gone(world: World) -> None:
    namespace = world.namespace()
    foreign = world.policy(namespace, DNS, {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]})
    world.baseline(namespace)
    status = shows(world, namespace, refused("NameTaken"), DNS, "adoptionPolicy: Adopt")
    assert {item["name"]: item["state"] for item in status["policies"]} == {DENY: "Pending", DNS: "Conflict"}
    there = world.policies(namespace)
    assert {name: live.resource_version for name, live in there.items()} == {
        DNS: foreign["metadata"]["resourceVersion"]
    }
    eventually(events(world, namespace, "NameTaken"))
    world.delete_policy(namespace, DNS)
    shows(world, namespace, ENFORCED)


def test_writes_that_the_api_server_refuses_are_retried_in_its_own_words(world: World) -> None:
    namespace = world.namespace()
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"count/networkpolicies.networking.k8s.io": "0"}}}
    body: Any = quota
    world.core.create_namespaced_resource_quota(namespace, body)
    world.baseline(namespace)
    shows(world, namespace, waiting("Retrying", "Reconciling"), "quota")
    eventually(events(world, namespace, "Retrying"))
    world.core.delete_namespaced_resource_quota("none", namespace)
    shows(world, namespace, ENFORCED)


def test_a_removal_above_the_limit_is_held_and_the_command_that_it_names_lets_it_go_on(
    world: World, installed: ControlPlane
) -> None:
    namespace = world.namespace()
    rules = [{"name": f"rule-{number}", "from": [{"namespace": "front"}]} for number in range(21)]
    world.baseline(namespace, allow={"ingress": rules})
    shows(world, namespace, ENFORCED, "23 policies are in place")
    world.edit_baseline(namespace, allow={"ingress": None})
    shows(world, namespace, waiting("RemovalHeld", "Stalled"), "21 policies would be removed")
    assert len(world.policies(namespace)) == 23
    eventually(events(world, namespace, "RemovalHeld"))
    command = world.condition(namespace)[2].partition("to go on: kubectl ")[2]
    installed.kubectl(*command.split())
    assert "pendingRemoval" not in shows(world, namespace, ENFORCED)
    assert world.policies(namespace).keys() == {DENY, DNS}


def test_a_writer_who_insists_is_named_and_healed_more_slowly(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")

    def fought() -> bool:
        there = world.policies(namespace)[DENY]
        if there.spec.ingress == ():
            world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}}, manager="other-controller")
        return world.condition(namespace)[1] == "TugOfWar"

    eventually(fought, what="the tug-of-war to be recognised")
    shows(world, namespace, waiting("TugOfWar", "Reconciling"), f"get netpol {DENY} -n {namespace}", "other-controller")
    eventually(events(world, namespace, "TugOfWar"))
    eventually(lambda: world.policies(namespace)[DENY].spec.ingress == ())


def test_a_policy_that_admission_changes_is_told_until_it_stays_as_applied(
    world: World, installed: ControlPlane
) -> None:
    namespace = world.namespace(labels={"meddled": "true"})
    manifests = yaml.safe_dump_all(meddler())
    installed.kubectl("apply", "-f", "-", stdin=manifests)
    try:
        eventually(lambda: opened_on_its_way_in(world, namespace), what="the admission policy to be in force")
        world.baseline(namespace)
        shows(world, namespace, waiting("NotAsDeclared", "Stalled"), DENY, "admission")
        eventually(events(world, namespace, "NotAsDeclared"))
    finally:
        installed.kubectl("delete", "-f", "-", stdin=manifests)
    eventually(lambda: not opened_on_its_way_in(world, namespace))
    world.edit_baseline(namespace, annotations={"netbaseline.dev/reconcile-at": "now"})
    shows(world, namespace, ENFORCED)


def meddler() -> list[Json]:
    """An admission policy that opens the ingress of every deny in namespaces with the label `meddled`."""
    opens = 'has(object.spec.ingress) ? [] : [JSONPatch{op: "add", path: "/spec/ingress", value: [{}]}]'
    api = {"apiVersion": "admissionregistration.k8s.io/v1"}
    rule = {"apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"]}
    constraints = {
        "namespaceSelector": {"matchLabels": {"meddled": "true"}},
        "resourceRules": [{**rule, "resources": ["networkpolicies"]}],
    }
    mutation = {"patchType": "JSONPatch", "jsonPatch": {"expression": opens}}
    spec = {
        "matchConstraints": constraints,
        "mutations": [mutation],
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
    }
    name = {"metadata": {"name": "meddler"}}
    binding = {"policyName": "meddler"}
    return [
        {**api, "kind": "MutatingAdmissionPolicy", **name, "spec": spec},
        {**api, "kind": "MutatingAdmissionPolicyBinding", **name, "spec": binding},
    ]


def opened_on_its_way_in(world: World, namespace: str) -> bool:
    """Whether a deny that somebody creates arrives open."""
    body: Any = {"metadata": {"name": "probe"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
    found: Any = world.networking.create_namespaced_network_policy(namespace, body, dry_run="All")
    return bool(found.spec.ingress)


def test_policies_that_nothing_enforces_are_told_until_something_does(world: World, installed: ControlPlane) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    shows(world, namespace, ENFORCED)
    labels = {"app": "flannel"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    flannel = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "kube-flannel-ds"}, "spec": spec}
    manifest = yaml.safe_dump(flannel)
    installed.kubectl("apply", "-n", "kube-system", "-f", "-", stdin=manifest)
    try:
        told = dict.fromkeys(("Degraded", "Stalled"), ("True", "NotEnforced"))
        row = {**ENFORCED, "Ready": ("False", "NotEnforced"), **told}
        shows(world, namespace, row, "Flannel")
        eventually(events(world, namespace, "NotEnforced"))
    finally:
        installed.kubectl("delete", "-n", "kube-system", "-f", "-", stdin=manifest)
    shows(world, namespace, ENFORCED)


def test_a_policy_of_somebody_else_that_opens_the_pods_is_told_until_it_is_gone(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    shows(world, namespace, ENFORCED)
    world.policy(namespace, "theirs", {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]})
    status = shows(world, namespace, {**ENFORCED, "Weakened": ("True", "OpenedByOthers")})
    (finding,) = status["findings"]
    assert finding["id"] == "Weakened"
    assert "theirs" in finding["message"]
    world.delete_policy(namespace, "theirs")
    assert "findings" not in shows(world, namespace, ENFORCED)


def test_what_kubectl_shows_at_a_glance(world: World, installed: ControlPlane) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    eventually(lambda: "coverage" in world.get_baseline(namespace)["status"])
    lines = installed.kubectl("get", "nbl", "-n", namespace).stdout.splitlines()
    assert lines[0].split() == ["NAME", "MODE", "POLICIES", "COVERAGE", "READY", "REASON", "AGE"]
    assert lines[1].split()[:6] == ["default", "Enforce", "2/2", "1/1", "True", "Enforced"]


# Last, since the garbage collector takes up to half a minute to hear of a new CRD.
def test_a_new_baseline_waits_for_the_policies_of_a_former_one_to_go(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    world.patch_policy(namespace, DENY, {"metadata": {"finalizers": ["example.com/kept"]}})
    world.delete_baseline(namespace)
    eventually(lambda: set(world.policies(namespace)) == {DENY}, seconds=90, what="the collector")
    world.baseline(namespace)
    shows(world, namespace, waiting("WaitingForGarbageCollector", "Reconciling"), DENY, "garbage collector")
    world.patch_policy(namespace, DENY, {"metadata": {"finalizers": None}})
    shows(world, namespace, ENFORCED)
