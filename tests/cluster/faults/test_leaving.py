"""Namespaces and baselines that go away, in the middle of a turn or not: nothing is held up, nothing comes back."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from netbaseline.api.group import GROUP, PLURAL, VERSION
from tests.cluster.faults.history import History
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.faults import Delay, Fault, FaultProxy, Recorded

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
LONG = 60.0


@pytest.fixture(scope="module")
def operator(proxied: Path) -> Iterator[OperatorProcess]:
    with OperatorProcess(proxied) as running:
        yield running


def enforced(world: World, **spec: Any) -> str:
    namespace = world.namespace("leaving")
    world.baseline(namespace, **spec)
    world.until(namespace, "Enforced")
    return namespace


def delete_baseline(world: World, namespace: str, propagation: str) -> None:
    world.custom.delete_namespaced_custom_object(
        GROUP, VERSION, namespace, PLURAL, "default", propagation_policy=propagation
    )


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
    return [write for write in proxy.writes() if f"/namespaces/{namespace}/" in write.path]


class Quiet:
    """What must not move while something goes away."""

    def __init__(self, world: World, operator: OperatorProcess) -> None:
        self._world, self._operator = world, operator
        self._before = self._counters()
        self._log = len(operator.log())

    def _counters(self) -> dict[str, float]:
        return {
            "drift_detected_total": self._operator.metric("drift_detected_total"),
            "reconcile_total": self._operator.metric("reconcile_total", result="error"),
        }

    def check(self, *, namespace: str) -> None:
        enforced(self._world)  # whatever was still to be done for the other one has had its turn
        assert self._counters() == self._before
        assert namespace not in self._operator.log()[self._log :]
        assert namespace not in self._operator.probe("metrics")[1]
        assert self._operator.metric("queue_depth") == 0


def test_a_namespace_deleted_in_the_middle_of_a_turn_goes_and_is_left_alone(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    errors = operator.metric("reconcile_total", result="error")
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
    assert operator.metric("drift_detected_total") == 0
    assert not any(namespace in operator.probe("metrics")[1] for namespace in namespaces)
    assert "Traceback" not in operator.log()


def test_a_settled_namespace_that_is_deleted_causes_no_drift_no_error_and_no_write(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    namespace = enforced(world, reviewed="2026-11-01")
    assert f'namespace="{namespace}"' in operator.probe("metrics")[1]
    before, quiet = len(writes(proxy, namespace)), Quiet(world, operator)
    end(world, namespace)
    eventually(lambda: gone(world, namespace), seconds=LONG)
    quiet.check(namespace=namespace)
    assert len(writes(proxy, namespace)) == before


def test_a_namespace_that_cannot_end_stays_as_it_is_and_is_not_fought_for(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    namespace = enforced(world)
    held = {"metadata": {"name": "held", "finalizers": ["example.com/held"]}}
    world.core.create_namespaced_config_map(namespace, held)
    before = len(writes(proxy, namespace))
    end(world, namespace)
    eventually(lambda: not world.policies(namespace), seconds=LONG)
    eventually(lambda: world.gone(namespace), seconds=LONG)
    enforced(world)
    assert not world.policies(namespace)
    assert len(writes(proxy, namespace)) == before
    world.core.patch_namespaced_config_map("held", namespace, {"metadata": {"finalizers": None}})
    eventually(lambda: gone(world, namespace), seconds=LONG)


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
def test_the_policies_of_a_deleted_baseline_go_by_the_garbage_collector_and_do_not_come_back(
    world: World, proxy: FaultProxy, operator: OperatorProcess, propagation: str
) -> None:
    namespace = enforced(world, allow={"sameNamespace": {}}, reviewed="2026-11-01")
    before, quiet = len(writes(proxy, namespace)), Quiet(world, operator)
    delete_baseline(world, namespace, propagation)
    eventually(lambda: world.gone(namespace) and not world.policies(namespace), seconds=LONG)
    quiet.check(namespace=namespace)
    assert not world.policies(namespace)
    assert len(writes(proxy, namespace)) == before


@pytest.mark.parametrize(
    ("keep", "propagation"), [("Retain", "Background"), ("Retain", "Foreground"), ("Delete", "Orphan")]
)
def test_policies_that_are_to_stay_stay_and_are_nobodys_business_any_more(
    world: World, proxy: FaultProxy, operator: OperatorProcess, keep: str, propagation: str
) -> None:
    namespace = enforced(world, deletionPolicy=keep)
    kept = {name: policy.spec for name, policy in world.policies(namespace).items()}
    before, quiet = len(writes(proxy, namespace)), Quiet(world, operator)
    delete_baseline(world, namespace, propagation)
    eventually(lambda: world.gone(namespace), seconds=LONG)
    quiet.check(namespace=namespace)
    assert {name: policy.spec for name, policy in world.policies(namespace).items()} == kept
    world.delete_policy(namespace, DNS)
    world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}})
    enforced(world)
    assert set(world.policies(namespace)) == {DENY}
    assert len(writes(proxy, namespace)) == before


def test_a_change_to_retain_lets_go_of_the_policies_without_touching_traffic(
    world: World, operator: OperatorProcess
) -> None:
    namespace = enforced(world)
    history = History(world, namespace)
    world.edit_baseline(namespace, deletionPolicy="Retain")
    world.until(namespace, "Enforced")
    eventually(lambda: not any(policy.owner_uids for policy in world.policies(namespace).values()))
    states = history.states()
    assert all(history.allowed(state) == history.allowed(states[0]) for state in states)


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
    enforced(world)
    eventually(lambda: not world.policies(namespace), seconds=LONG, what="nothing to be left")
    count = len(writes(proxy, namespace))
    enforced(world)
    assert not world.policies(namespace)
    assert len(writes(proxy, namespace)) == count
