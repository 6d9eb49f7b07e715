"""Watches that end, lie, or fall silent: what happened meanwhile is noticed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.faults import CutStream, Fault, FaultProxy, InjectEvent, Respond, Silence

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
POLICIES, BASELINES = r"/networkpolicies\?.*watch=", r"/networkbaselines\?.*watch="
LONG = 60.0


@pytest.fixture
def operator(proxied: Path) -> Iterator[OperatorProcess]:
    with OperatorProcess(proxied) as running:
        yield running
    print(running.log())


def strike(proxy: FaultProxy, path: str, action: InjectEvent | CutStream) -> None:
    """Once there is a watch to strike: some begin a moment after the operator is ready."""
    eventually(lambda: proxy.add(Fault(path=path, action=action)) == 1)


def enforced(world: World, **spec: Any) -> str:
    namespace = world.namespace("watched")
    world.baseline(namespace, **spec)
    world.until(namespace, "Enforced", seconds=LONG)
    return namespace


def failure(code: int) -> InjectEvent:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code}
    return InjectEvent({"type": "ERROR", "object": {**status, "message": f"injected {code}"}})


TOO_OLD = {
    "by its status": Respond(410),
    "by an event": Respond(200, json.dumps(failure(410).event) + "\n", {"Content-Type": "application/json"}),
}
"""Both are ways in which API servers refuse a resourceVersion."""


def too_old(proxy: FaultProxy, path: str, how: str, silence: Fault) -> None:
    """Ends a silenced watch, and has the next one start from a new list."""
    proxy.add(Fault(path=path, action=TOO_OLD[how], times=1))
    strike(proxy, path, CutStream())
    proxy.remove(silence)


def restarts(operator: OperatorProcess, reason: str) -> float:
    return operator.metric("watch_restarts_total", resource="networkpolicies", reason=reason)


def drifts(operator: OperatorProcess) -> dict[str, float]:
    return {kind: operator.metric("drift_detected_total", type=kind) for kind in ("missing", "modified")}


def heals(world: World, namespace: str) -> None:
    world.delete_policy(namespace, DNS)
    eventually(lambda: DNS in world.policies(namespace), seconds=LONG)


def test_a_silent_watch_is_started_again_and_misses_nothing(world: World, proxy: FaultProxy, proxied: Path) -> None:
    with OperatorProcess(proxied, "--watch-silence", "2") as operator:
        namespace = enforced(world)
        before = restarts(operator, "silence")
        drift = drifts(operator)
        silence = Fault(path=POLICIES, action=Silence())
        proxy.add(silence)
        world.delete_policy(namespace, DENY)
        world.patch_policy(namespace, DNS, {"spec": {"egress": []}})
        eventually(lambda: restarts(operator, "silence") >= before + 2, seconds=LONG)
        assert DENY not in world.policies(namespace), "the silence kept nothing from the operator"
        proxy.remove(silence)
        eventually(lambda: DENY in world.policies(namespace), seconds=LONG)
        eventually(lambda: world.policies(namespace)[DNS].spec.egress, seconds=LONG)
        eventually(lambda: drifts(operator) == {kind: count + 1 for kind, count in drift.items()})


@pytest.mark.parametrize(("code", "reason"), [(500, "error_event"), (410, "gone")])
def test_an_error_event_makes_the_operator_list_again(
    world: World, proxy: FaultProxy, operator: OperatorProcess, code: int, reason: str
) -> None:
    namespace = enforced(world)
    before = restarts(operator, reason)
    strike(proxy, POLICIES, failure(code))
    eventually(lambda: restarts(operator, reason) == before + 1)
    heals(world, namespace)
    eventually(lambda: operator.probe("readyz")[0] == 200)


@pytest.mark.parametrize("code", [500, 410])
def test_an_error_event_in_the_watch_of_baselines_is_survived(
    world: World, proxy: FaultProxy, operator: OperatorProcess, code: int
) -> None:
    strike(proxy, BASELINES, failure(code))
    heals(world, enforced(world))
    assert operator.process.poll() is None


def test_a_watch_that_is_cut_goes_on_where_it_was(world: World, proxy: FaultProxy, operator: OperatorProcess) -> None:
    namespace = enforced(world)
    for clean in (True, False):
        for path in (POLICIES, BASELINES):
            strike(proxy, path, CutStream(clean=clean))
        heals(world, namespace)
        enforced(world)


@pytest.mark.parametrize("how", TOO_OLD)
def test_what_was_deleted_before_a_410_is_noticed_by_the_new_list(
    world: World, proxy: FaultProxy, operator: OperatorProcess, how: str
) -> None:
    namespace, other = enforced(world), enforced(world, allow={"sameNamespace": {}})
    before, missing = restarts(operator, "gone"), operator.metric("drift_detected_total", type="missing")
    silence = Fault(path=POLICIES, action=Silence())
    proxy.add(silence)
    for policy in (DENY, DNS):
        world.delete_policy(namespace, policy)
    world.delete_policy(other, DENY)
    too_old(proxy, POLICIES, how, silence)
    eventually(lambda: set(world.policies(namespace)) == {DENY, DNS}, seconds=LONG)
    eventually(lambda: DENY in world.policies(other), seconds=LONG)
    assert restarts(operator, "gone") == before + 1
    eventually(lambda: operator.metric("drift_detected_total", type="missing") == missing + 3)


@pytest.mark.parametrize("how", TOO_OLD)
@pytest.mark.parametrize("keep", ["Delete", "Retain"])
def test_a_baseline_deleted_before_a_410_is_not_kept_alive(
    world: World, proxy: FaultProxy, operator: OperatorProcess, keep: str, how: str
) -> None:
    namespace = enforced(world, deletionPolicy=keep)
    known = operator.metric("baselines")
    silence = Fault(path=BASELINES, action=Silence())
    proxy.add(silence)
    eventually(lambda: any("networkbaselines?" in watch for watch in proxy.watches()))
    world.delete_baseline(namespace)
    too_old(proxy, BASELINES, how, silence)
    eventually(lambda: operator.metric("baselines") == known - 1, seconds=LONG, what="the baseline to be forgotten")
    if keep == "Delete":
        eventually(lambda: not world.policies(namespace), seconds=LONG)
    else:
        world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}})
        enforced(world)  # by now the patch has been heard of, too
        assert world.policies(namespace)[DENY].spec.ingress, "a policy that nobody owns any more was healed"
    enforced(world)
    assert operator.process.poll() is None
