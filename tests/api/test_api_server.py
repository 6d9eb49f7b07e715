"""The CRD on a real API server: what it accepts, refuses, fills in, shows and lets people do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from netbaseline.api.status import (
    MAX_CONDITIONS,
    MAX_FINDINGS,
    MAX_NAMES,
    MAX_POLICIES,
    MAX_SOURCES,
    NOT_YET_SEEN,
    Condition,
    ConditionStatus,
    Finding,
    Forecast,
    NetworkBaselineStatus,
    PendingRemoval,
    PolicyState,
    PolicyStatus,
    Severity,
    Source,
)
from netbaseline.api.v1alpha1 import NetworkBaseline
from tests.api.conftest import eventually
from tests.api.manifests import CHECKOUT, EXAMPLES, INVALID, baseline, promise, read
from tests.sandbox.control_plane import ControlPlane


def ids(path: Path) -> str:
    return path.stem


def columns(text: str) -> list[list[str]]:
    """The cells of kubectl's table, by the positions of the header."""
    lines = text.splitlines()
    starts = [match.start() for match in re.finditer(r"(?<!\S)\S", lines[0])]
    spans = list(zip(starts, [*starts[1:], None], strict=True))
    return [[line[start:end].strip() for start, end in spans] for line in lines]


def patch_status(cluster: ControlPlane, namespace: str, name: str, status: dict[str, Any]) -> Any:
    command = ("patch", "networkbaseline", name, f"--namespace={namespace}", "--subresource=status", "--type=merge")
    body = json.dumps({"status": status})
    return cluster.kubectl(*command, "--patch-file=/dev/stdin", stdin=body, as_json=True)["status"]


def create(cluster: ControlPlane, namespace: str, name: str, spec: object = None) -> Any:
    manifest = baseline(spec or {}, metadata={"name": name, "namespace": namespace})
    return cluster.kubectl("create", "--filename=-", stdin=json.dumps(manifest), as_json=True)


@pytest.fixture(scope="module")
def examples(cluster: ControlPlane) -> dict[str, Any]:
    """The examples as the API server has stored them, by name."""
    cluster.kubectl("create", "namespace", "api-examples")
    text = "\n---\n".join(path.read_text().replace("namespace: shop", "namespace: api-examples") for path in EXAMPLES)
    cluster.kubectl("create", "--filename=-", stdin=text)
    items = cluster.kubectl("get", "nbl", "--namespace=api-examples", as_json=True)["items"]
    return {item["metadata"]["name"]: item for item in items}


@pytest.fixture(scope="module")
def refusals(cluster: ControlPlane, namespace: str) -> dict[str, str]:
    """What the API server says to each invalid file, by the file's name."""
    files = [f"--filename={path}" for path in INVALID]
    result = cluster.kubectl("create", f"--namespace={namespace}", "--validate=strict", *files, check=False)
    assert result.stdout == "", "nothing invalid is accepted"
    parts = re.split(r'error when creating "([^"]+)": ', result.stderr)
    return {Path(path).name: text for path, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize("path", EXAMPLES, ids=ids)
def test_every_example_is_stored_and_means_the_same_to_python(path: Path, examples: dict[str, Any]) -> None:
    written = read(path)
    stored = examples[written["metadata"]["name"]]
    assert NetworkBaseline.parse(stored).spec == NetworkBaseline.parse(written).spec
    # Nothing is filled in inside the rules, where a GitOps tool would show a difference for ever.
    for direction in ("ingress", "egress"):
        rules = written["spec"].get("allow", {}).get(direction)
        assert stored["spec"].get("allow", {}).get(direction) == rules


def test_there_are_enough_invalid_files() -> None:
    assert len(INVALID) >= 25


@pytest.mark.parametrize("path", INVALID, ids=ids)
def test_every_invalid_file_is_refused_with_its_message_and_path(path: Path, refusals: dict[str, str]) -> None:
    promised = promise(path)
    found = refusals[path.name]
    assert promised.online in found
    assert promised.path in found


def test_what_is_invalid_is_refused_in_a_server_side_apply_too(cluster: ControlPlane, namespace: str) -> None:
    files = [f"--filename={path}" for path in INVALID]
    result = cluster.kubectl("apply", "--server-side", f"--namespace={namespace}", *files, check=False)
    assert result.stdout == "", "nothing invalid is accepted"
    refused = re.findall(r"^(?:Error from server|error: |The NetworkBaseline )", result.stderr, re.MULTILINE)
    assert len(refused) == len(INVALID), result.stderr


def test_what_is_left_out_is_filled_in(cluster: ControlPlane, namespace: str) -> None:
    manifest = {key: value for key, value in baseline({}, metadata={"name": "bare"}).items() if key != "spec"}
    cluster.kubectl("create", f"--namespace={namespace}", "--filename=-", stdin=json.dumps(manifest))
    assert cluster.kubectl("get", "nbl", "bare", f"--namespace={namespace}", as_json=True)["spec"] == {
        "mode": "Enforce",
        "suspend": False,
        "defaultDeny": ["Ingress", "Egress"],
        "interlock": "Enforce",
        "deletionPolicy": "Delete",
        "adoptionPolicy": "Never",
    }


def test_server_side_apply_can_narrow_a_default(cluster: ControlPlane, namespace: str) -> None:
    def apply(spec: dict[str, Any]) -> Any:
        manifest = json.dumps(baseline(spec, metadata={"name": "narrowed", "namespace": namespace}))
        return cluster.kubectl("apply", "--server-side", "--filename=-", stdin=manifest, as_json=True)

    assert apply({"mode": "Audit"})["spec"]["defaultDeny"] == ["Ingress", "Egress"]
    assert apply({"defaultDeny": ["Ingress"]})["spec"]["defaultDeny"] == ["Ingress"]


def test_applying_the_same_again_changes_nothing(cluster: ControlPlane, namespace: str) -> None:
    complete = CHECKOUT / "examples" / "complete.yaml"
    text = complete.read_text().replace("namespace: shop", f"namespace: {namespace}")
    for mode in ("--server-side=true", "--server-side=false"):
        versions = [
            cluster.kubectl("apply", mode, "--filename=-", stdin=text, as_json=True)["metadata"]["resourceVersion"]
            for _ in range(3)
        ]
        # The first write after the creation may store the status that was only filled in on reading before.
        assert len(set(versions[1:])) == 1, mode
        cluster.kubectl("delete", "nbl", "default", f"--namespace={namespace}")


def test_an_object_at_the_bounds_is_judged_within_the_cost_limit(cluster: ControlPlane, namespace: str) -> None:
    excepts = [f"2001:db8:{number:x}:ffff:ffff:ffff:ffff:ffff/128" for number in range(12)]
    peers = [{"cidr": "2001:0db8:0000:0000:0000:0000:0000:0000/32", "except": excepts}] * 32
    ports = [{"port": 20000 + number, "endPort": 30000, "protocol": "SCTP"} for number in range(32)]
    rules = {
        direction: [{"name": f"{direction}-{number}", peer: peers, "ports": ports} for number in range(32)]
        for direction, peer in (("ingress", "from"), ("egress", "to"))
    }
    create(cluster, namespace, "large", {"allow": rules})


def test_an_object_nobody_has_looked_at_reads_as_pending(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "unseen")
    status = cluster.kubectl("get", "nbl", "unseen", f"--namespace={namespace}", as_json=True)["status"]
    assert status == NOT_YET_SEEN.wire()


def test_a_merge_patch_replaces_the_conditions_as_a_whole(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "patched")
    ready = Condition(
        type="Ready",
        status=ConditionStatus.TRUE,
        observed_generation=1,
        last_transition_time="2026-11-01T12:00:00Z",
        reason="Applied",
        message="4 of 4 policies applied",
    )
    first = NetworkBaselineStatus(observed_generation=1, conditions=(ready,), forecast=Forecast(create=1))
    assert patch_status(cluster, namespace, "patched", first.merge_patch()) == first.wire()
    second = first.model_copy(update={"forecast": None})
    assert patch_status(cluster, namespace, "patched", second.merge_patch()) == second.wire()


def test_a_status_at_every_bound_is_stored(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "full")
    names = tuple(f"nbl.{number}" for number in range(MAX_NAMES))
    status = NetworkBaselineStatus(
        observed_generation=1,
        conditions=tuple(
            Condition(
                type=f"Type{chr(ord('A') + number)}",
                status=ConditionStatus.FALSE,
                observed_generation=1,
                last_transition_time="2026-11-01T12:00:00Z",
                reason="R" * 64,
                message="é" * 1024,
            )
            for number in range(MAX_CONDITIONS)
        ),
        policy_summary="160/160",
        policies=tuple(
            PolicyStatus(name=f"nbl.{number}", state=PolicyState.FAILED, digest="0123456789abcdef", message="x" * 256)
            for number in range(MAX_POLICIES)
        ),
        findings=(Finding(id="RuleIdle", severity=Severity.INFO, message="m" * 512, path="p" * 256),) * MAX_FINDINGS,
        forecast=Forecast(create=1, update=2, delete=3, policies=names),
        sources=(Source(part="allow.dns", from_="s" * 256),) * MAX_SOURCES,
        last_handled_reconcile_at="2026-11-01T12:00:00Z",
        pending_removal=PendingRemoval(hash="0" * 64, policies=names),
    )
    assert patch_status(cluster, namespace, "full", status.merge_patch()) == status.wire()


def test_a_status_beyond_a_bound_is_refused(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "bounded")
    body = json.dumps({"status": {"policies": [{"name": "nbl.a", "state": "Excellent"}]}})
    command = ("patch", "nbl", "bounded", f"--namespace={namespace}", "--subresource=status", "--type=merge")
    result = cluster.kubectl(*command, f"--patch={body}", check=False)
    assert 'status.policies[0].state: Unsupported value: "Excellent"' in result.stderr


def test_kubectl_get_shows_what_one_wants_to_know(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "shown", {"owner": "team-shop"})
    show = ("get", "nbl", "shown", f"--namespace={namespace}")
    header, row = columns(cluster.kubectl(*show).stdout)
    assert header == ["NAME", "MODE", "POLICIES", "COVERAGE", "READY", "REASON", "AGE"]
    assert row[:6] == ["shown", "Enforce", "", "", "Unknown", "Pending"]

    ready = NOT_YET_SEEN.conditions[0].model_copy(
        update={"status": ConditionStatus.TRUE, "reason": "Applied", "message": "4 policies applied"}
    )
    status = NetworkBaselineStatus(conditions=(ready,), policy_summary="4/4")
    patch_status(cluster, namespace, "shown", status.merge_patch())
    header, row = columns(cluster.kubectl(*show, "--output=wide").stdout)
    assert header == ["NAME", "MODE", "POLICIES", "COVERAGE", "READY", "REASON", "AGE", "OWNER", "MESSAGE"]
    assert [*row[:6], *row[7:]] == ["shown", "Enforce", "4/4", "", "True", "Applied", "team-shop", "4 policies applied"]


def test_the_short_name_the_category_and_field_selectors_work(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "audited", {"mode": "Audit", "suspend": True, "owner": "team-x"})
    for selector in ("spec.mode=Audit,spec.suspend=true", "spec.owner=team-x"):
        found = cluster.kubectl(
            "get", "netbaseline", f"--namespace={namespace}", f"--field-selector={selector}", "--output=name"
        )
        assert found.stdout.split() == ["networkbaseline.netbaseline.dev/audited"], selector


def test_kubectl_explain_knows_the_fields(cluster: ControlPlane) -> None:
    # The API server publishes a new schema some time after it serves the objects.
    eventually(
        lambda: cluster.kubectl("explain", "networkbaseline.spec.allow", check=False).returncode == 0,
        "the schema is published",
    )
    text = cluster.kubectl("explain", "networkbaseline.spec.allow").stdout
    assert "Egress to DNS; the only allowance that is on by default." in text


@pytest.fixture(scope="module")
def people(cluster: ControlPlane, namespace: str) -> str:
    """Service accounts named after the role that each is bound to in the namespace."""
    for role in ("view", "edit", "admin"):
        cluster.kubectl("create", "serviceaccount", role, f"--namespace={namespace}")
        bound = (f"--clusterrole={role}", f"--serviceaccount={namespace}:{role}", f"--namespace={namespace}")
        cluster.kubectl("create", "rolebinding", role, *bound)
        eventually(lambda role=role: may(cluster, namespace, role, "list"), f"{role} has been aggregated")  # type: ignore[misc]
    eventually(lambda: may(cluster, namespace, "admin", "create"), "admin has been aggregated")
    return namespace


def may(cluster: ControlPlane, namespace: str, role: str, verb: str, *options: str, where: str | None = None) -> bool:
    account = f"--as=system:serviceaccount:{namespace}:{role}"
    question = ("auth", "can-i", verb, "networkbaselines.netbaseline.dev", account, f"--namespace={where or namespace}")
    return cluster.kubectl(*question, *options, check=False).stdout.strip() == "yes"


READ = {"get", "list", "watch"}
WRITE = {"create", "update", "patch", "delete", "deletecollection"}


@pytest.mark.parametrize(("role", "verbs"), [("view", READ), ("edit", READ | WRITE), ("admin", READ | WRITE)])
def test_the_roles_of_every_cluster_reach_baselines(
    cluster: ControlPlane, people: str, role: str, verbs: set[str]
) -> None:
    assert {verb for verb in READ | WRITE if may(cluster, people, role, verb)} == verbs
    assert not any(may(cluster, people, role, verb, where="default") for verb in READ | WRITE)
    status = "--subresource=status"
    assert {verb for verb in ("get", "update", "patch") if may(cluster, people, role, verb, status)} == {"get"}
