"""Coverage by the operator: pods and policies move metrics and status, and where nothing moves nothing is written."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import Json, World
from tests.sandbox.control_plane import ControlPlane

OPEN_TO_ALL: Json = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": [{}]}


INTERVAL = 2


@pytest.fixture(scope="module")
def operator(operator_kubeconfig: Path) -> Iterator[OperatorProcess]:
    """One that writes a status for coverage alone every two seconds at most."""
    with OperatorProcess(operator_kubeconfig, f"--coverage-interval={INTERVAL}") as running:
        running.rest()
        yield running


@pytest.fixture
def namespace(world: World, operator: OperatorProcess) -> str:
    """A namespace with a baseline and one pod that it covers, judged."""
    assert operator.process.poll() is None
    name = world.namespace()
    world.baseline(name)
    world.until(name, "Enforced")
    shown(world, name, "1/1")
    return name


def told(world: World, name: str) -> Json:
    found: Json = world.get_baseline(name).get("status", {}).get("coverage") or {}
    return found


def shown(world: World, name: str, summary: str) -> Json:
    """The coverage in the status once it reads `summary`."""

    def reached() -> Json | None:
        found = told(world, name)
        assert found.get("summary") == summary, found
        return found

    return eventually(reached, what=f"coverage of {name} to be {summary}") or {}


def share(operator: OperatorProcess, name: str, direction: str = "Ingress") -> float:
    return operator.metric("namespace_coverage_ratio", namespace=name, direction=direction)


def test_a_baseline_says_how_many_of_its_pods_are_closed_and_what_each_direction_is_in(
    world: World, namespace: str, installed: ControlPlane
) -> None:
    found = told(world, namespace)
    closed = {"open": 0, "allowAll": 0, "isolated": 0, "conformant": 1, "waived": 0, "depends": 0}
    both = {"ingress": closed, "egress": closed}
    assert found == {"summary": "1/1", "pods": 1, "covered": 1, **both, "dependsKnown": True}
    printed = installed.kubectl("get", "nbl", "-n", namespace).stdout.splitlines()
    assert dict(zip(printed[0].split(), printed[1].split(), strict=True))["COVERAGE"] == "1/1"


def test_a_pod_that_is_made_relabelled_or_deleted_moves_metric_and_status(
    world: World, operator: OperatorProcess
) -> None:
    name = world.namespace(pods=0)
    world.baseline(name, podSelector={"matchLabels": {"app": "web"}})
    shown(world, name, "0/0")
    world.pod(name, "other", {"app": "other"})
    eventually(lambda: share(operator, name) == 0.0 and operator.metric("pods", state="open") >= 2)
    world.core.patch_namespaced_pod("other", name, {"metadata": {"labels": {"app": "web"}}})
    eventually(lambda: share(operator, name) == 1.0, what="the relabelled pod to be covered")
    assert shown(world, name, "1/1")["egress"]["conformant"] == 1
    world.pod(name, "stray", {"app": "stray"})
    eventually(lambda: share(operator, name) == 0.5, what="the stray pod to count")
    world.core.delete_namespaced_pod("stray", name, grace_period_seconds=0)
    eventually(lambda: share(operator, name) == 1.0, what="the stray pod to count no longer")


def test_a_pod_that_has_ended_counts_no_longer(world: World, operator: OperatorProcess) -> None:
    name = world.namespace(pods=1)
    eventually(lambda: operator.has("namespace_coverage_ratio", namespace=name), what="the pod to be judged")
    world.core.patch_namespaced_pod_status("web-0", name, {"status": {"phase": "Succeeded"}})
    eventually(lambda: not operator.has("namespace_coverage_ratio", namespace=name), what="the pod to be forgotten")


def test_a_policy_that_opens_a_pod_to_everybody_takes_it_from_conformant_to_allow_all(
    world: World, operator: OperatorProcess, namespace: str
) -> None:
    opened = operator.metric("pods", direction="Ingress", state="allow-all")
    world.policy(namespace, "theirs", OPEN_TO_ALL)
    eventually(lambda: operator.metric("pods", direction="Ingress", state="allow-all") == opened + 1)
    assert share(operator, namespace) == 0.0
    assert share(operator, namespace, "Egress") == 1.0
    eventually(lambda: world.condition(namespace, "Weakened")[0] == "True", what="Weakened")
    message = "NetworkPolicy theirs opens pods app=web of this baseline from everybody on all ports"
    assert world.condition(namespace, "Weakened")[2] == message
    found = shown(world, namespace, "0/1")
    assert (found["ingress"]["allowAll"], found["egress"]["conformant"]) == (1, 1)
    world.delete_policy(namespace, "theirs")
    eventually(lambda: share(operator, namespace) == 1.0, what="the pod to be closed again")


def test_an_opening_that_no_rule_shows_by_itself_is_seen_by_the_pods_it_opens(
    world: World, operator: OperatorProcess, namespace: str
) -> None:
    exists = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}]}
    rules = [{"from": [{"namespaceSelector": exists}]}]
    world.policy(namespace, "subtle", {**OPEN_TO_ALL, "ingress": rules})
    eventually(lambda: share(operator, namespace) == 0.0, what="the pod to be open")
    wanted = "NetworkPolicy subtle opens pods app=web of this baseline from every namespace on all ports"
    eventually(lambda: world.condition(namespace, "Weakened")[2] == wanted, what="Weakened")


def test_the_series_of_a_namespace_go_with_it(world: World, operator: OperatorProcess, namespace: str) -> None:
    assert operator.has("namespace_coverage_ratio", namespace=namespace)
    world.core.delete_namespace(namespace)
    world.core.delete_namespaced_pod("web-0", namespace, grace_period_seconds=0)  # nobody runs it, so nobody ends it
    eventually(
        lambda: not operator.has("namespace_coverage_ratio", namespace=namespace),
        seconds=60,
        what="the series to be gone",
    )


def test_pods_that_come_and_go_write_no_status_each_and_then_it_is_quiet(
    world: World, operator: OperatorProcess, namespace: str
) -> None:
    def version() -> int:
        return int(world.get_baseline(namespace)["metadata"]["resourceVersion"])

    def writes() -> float:
        return sum(operator.metric("api_requests_total", verb=verb) for verb in ("apply", "merge", "delete", "strip"))

    began, before = time.monotonic(), writes()
    for number in range(10):
        world.pod(namespace, f"more-{number}", {"app": "web"})
    shown(world, namespace, "11/11")
    assert writes() - before <= 1 + (time.monotonic() - began) / INTERVAL
    eventually(lambda: operator.metric("queue_depth") == 0)
    before, there = writes(), version()
    time.sleep(3)
    assert (writes(), version()) == (before, there)


def test_what_a_turn_has_closed_or_opened_is_told_at_once(world: World, operator_kubeconfig: Path) -> None:
    """By an operator that tells of pods that come and go once an hour."""
    name = world.namespace()
    with OperatorProcess(operator_kubeconfig, "--coverage-interval=3600") as running:
        running.rest()
        world.baseline(name, mode="Audit")
        shown(world, name, "0/1")
        world.edit_baseline(name, mode="Enforce")
        world.until(name, "Enforced")
        shown(world, name, "1/1")
        world.edit_baseline(name, mode="Audit")
        world.until(name, "Audited")
        shown(world, name, "0/1")
