"""Namespaces and baselines that go in the middle of something else; `test_leaving` has those that go in peace."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from netbaseline.api.group import GROUP, PLURAL, VERSION
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.faults import Delay, Fault, FaultProxy, Recorded, Silence

LONG = 90.0
"""Seconds: the garbage collector takes up to half a minute to hear of a new CRD."""


@pytest.fixture(scope="module")
def operator(proxied: Path) -> Iterator[OperatorProcess]:
    with OperatorProcess(proxied) as running:
        running.rest()
        yield running


def enforced(world: World, **spec: Any) -> str:
    namespace = world.namespace("leaving")
    world.baseline(namespace, **spec)
    world.until(namespace, "Enforced")
    # Coverage is told a moment later, by the last write that there is.
    eventually(lambda: "coverage" in world.get_baseline(namespace)["status"], what="the coverage to be told")
    return namespace


def end(world: World, namespace: str) -> None:
    """Delete a namespace, and its pods at once: there is no kubelet to end them."""
    world.core.delete_namespace(namespace)
    world.core.delete_collection_namespaced_pod(namespace, grace_period_seconds=0)


def gone(world: World, namespace: str) -> bool:
    """Whether the namespace is no more."""
    try:
        world.core.read_namespace(namespace)
    except ApiException as error:
        if error.status != 404:
            raise
        return True
    return False


def writes(proxy: FaultProxy, namespace: str) -> list[Recorded]:
    """Tries included."""
    return [write for write in proxy.writes() if f"/namespaces/{namespace}/" in write.path]


def taken(proxy: FaultProxy, namespace: str) -> list[Recorded]:
    """Those that changed something."""
    return [write for write in writes(proxy, namespace) if write.status is not None and write.status < 300]


def test_a_namespace_deleted_in_the_middle_of_a_turn_goes_and_is_left_alone(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    errors, drift = operator.metric("reconcile_total", result="error"), operator.metric("drift_detected_total")
    rules = [{"name": f"rule-{number}", "from": [{"cidr": f"203.0.113.{number}/32"}]} for number in range(6)]
    namespaces = [world.namespace("leaving") for _ in range(6)]
    for number, namespace in enumerate(namespaces):
        # the turn of each is at another point when the news of the end comes
        proxy.add(Fault(method="PATCH", path=f"/{namespace}/networkpolicies/", action=Delay(0.15 * number)))
        world.baseline(namespace, reviewed="2026-11-01", allow={"sameNamespace": {}, "ingress": rules})
    for namespace in namespaces:
        eventually(functools.partial(writes, proxy, namespace))
        end(world, namespace)
    for namespace in namespaces:
        eventually(functools.partial(gone, world, namespace), seconds=LONG, what=f"{namespace} to be gone")
    counts = [len(writes(proxy, namespace)) for namespace in namespaces]
    enforced(world)
    assert [len(writes(proxy, namespace)) for namespace in namespaces] == counts
    assert operator.metric("reconcile_total", result="error") == errors
    assert operator.metric("drift_detected_total") == drift
    assert not any(namespace in operator.probe("metrics")[1] for namespace in namespaces)
    assert "Traceback" not in operator.log()


def test_what_goes_just_before_its_namespace_is_no_drift_and_no_error(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    """The namespace controller deletes policies and baselines in any order, and the news of that comes in any order."""
    namespace = enforced(world)
    errors, drift = operator.metric("reconcile_total", result="error"), operator.metric("drift_detected_total")
    before = len(writes(proxy, namespace))
    # long enough for the namespace to be gone when the API server is asked to restore the policy
    proxy.add(Fault(method="PATCH", path=f"/{namespace}/networkpolicies/", action=Delay(10.0)))
    world.delete_policy(namespace, "nbl.default.dns")
    looked = f"/namespaces/{namespace}/networkbaselines/default"
    eventually(lambda: any((each.method, each.path[-len(looked) :]) == ("GET", looked) for each in proxy.requests))
    end(world, namespace)
    eventually(lambda: gone(world, namespace), seconds=LONG)
    eventually(lambda: len(writes(proxy, namespace)) > before, what="the try to restore it")
    enforced(world)
    assert operator.metric("drift_detected_total") == drift
    assert operator.metric("reconcile_total", result="error") == errors


def test_a_namespace_that_cannot_end_stays_as_it_is_and_is_not_fought_for(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    namespace = enforced(world)
    held = {"metadata": {"name": "held", "finalizers": ["example.com/held"]}}
    world.core.create_namespaced_config_map(namespace, held)
    before = len(taken(proxy, namespace))
    end(world, namespace)
    eventually(lambda: not world.policies(namespace), seconds=LONG)
    eventually(lambda: world.gone(namespace), seconds=LONG)
    enforced(world)
    assert not world.policies(namespace)
    assert len(taken(proxy, namespace)) == before
    tries = len(writes(proxy, namespace))
    enforced(world)
    assert len(writes(proxy, namespace)) == tries, "it goes on trying"
    world.core.patch_namespaced_config_map("held", namespace, {"metadata": {"finalizers": None}})
    eventually(lambda: gone(world, namespace), seconds=LONG)


@pytest.mark.parametrize("news", ["in time", "late"])
def test_policies_orphaned_on_purpose_stay_also_where_the_news_of_their_baseline_is_late(
    world: World, proxy: FaultProxy, operator: OperatorProcess, news: str
) -> None:
    """The collector strips the ownerReferences before the baseline goes; who writes them back has it all deleted."""
    namespace = enforced(world)
    kept = {name: policy.spec for name, policy in world.policies(namespace).items()}
    before, drift = len(writes(proxy, namespace)), operator.metric("drift_detected_total")
    silence = Fault(path=r"/networkbaselines\?.*watch=", action=Silence())
    if news == "late":
        eventually(lambda: any("networkbaselines?" in watch for watch in proxy.watches()))
        proxy.add(silence)
    world.custom.delete_namespaced_custom_object(
        GROUP, VERSION, namespace, PLURAL, "default", propagation_policy="Orphan"
    )
    eventually(lambda: world.gone(namespace), seconds=LONG)
    proxy.remove(silence)
    enforced(world)  # whatever there was to be done for the other one has been done by now
    assert {name: policy.spec for name, policy in world.policies(namespace).items()} == kept
    assert len(writes(proxy, namespace)) == before
    assert operator.metric("drift_detected_total") == drift


def test_a_policy_that_its_baseline_has_left_behind_is_its_editors_also_where_the_news_is_late(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    namespace = enforced(world, deletionPolicy="Retain")
    before, drift = len(writes(proxy, namespace)), operator.metric("drift_detected_total")
    eventually(lambda: any("networkbaselines?" in watch for watch in proxy.watches()))
    silence = Fault(path=r"/networkbaselines\?.*watch=", action=Silence())
    known = operator.metric("baselines")
    proxy.add(silence)
    world.delete_baseline(namespace)
    world.patch_policy(namespace, "nbl.default.deny", {"spec": {"ingress": [{}]}})
    eventually(lambda: operator.metric("baselines") == known - 1, what="the end of the baseline to be found out")
    proxy.remove(silence)
    enforced(world)  # whatever there was to be done for the other one has been done by now
    assert world.policies(namespace)["nbl.default.deny"].spec.ingress, "an edit was undone for a baseline that is gone"
    assert len(writes(proxy, namespace)) == before
    assert operator.metric("drift_detected_total") == drift


def test_a_baseline_deleted_in_the_middle_of_its_first_turn_leaves_nothing(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    namespace = world.namespace("leaving")
    slow = Fault(method="PATCH", path=f"/{namespace}/networkpolicies/", action=Delay(0.5))
    proxy.add(slow)
    world.baseline(namespace, allow={"sameNamespace": {}})
    eventually(lambda: writes(proxy, namespace))
    world.delete_baseline(namespace)
    eventually(lambda: world.gone(namespace))
    proxy.remove(slow)
    eventually(operator.settled, what="the end of the turn, whose requests may still be under way")
    eventually(lambda: not world.policies(namespace), seconds=LONG, what="nothing to be left")
    count = len(writes(proxy, namespace))
    enforced(world)
    assert not world.policies(namespace)
    assert len(writes(proxy, namespace)) == count
