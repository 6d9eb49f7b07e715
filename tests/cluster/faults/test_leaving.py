"""Namespaces and baselines that go: what goes with them, what stays, and that nobody brings it back."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from netbaseline.api.group import GROUP, PLURAL, VERSION
from tests.cluster.faults.history import History
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually, stays
from tests.cluster.world import World

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
LONG = 90.0
"""Seconds: the garbage collector takes up to half a minute to hear of a new CRD."""


def namespace_gone(world: World, namespace: str) -> bool:
    try:
        world.core.read_namespace(namespace)
    except ApiException as error:
        if error.status != 404:
            raise
        return True
    return False


def end_pods(world: World, namespace: str) -> None:
    """What the kubelet does for the pods of a namespace that goes; nobody else is there to do it."""
    for pod in world.core.list_namespaced_pod(namespace).items:
        assert pod.metadata is not None
        world.core.delete_namespaced_pod(str(pod.metadata.name), namespace, grace_period_seconds=0)


def many_rules(count: int) -> dict[str, Any]:
    """Named rules, so that a turn has something to do."""
    return {
        "ingress": [
            {"name": f"rule-{number}", "from": [{"namespace": "front"}], "ports": [{"port": 8000 + number}]}
            for number in range(count)
        ]
    }


def not_yet(world: World, namespace: str) -> None:
    """The baseline has only just been made."""


def half_way(world: World, namespace: str) -> None:
    """The first policies are there; 32 are wanted."""
    eventually(lambda: world.policies(namespace))


def enforced(world: World, namespace: str) -> None:
    """The turn is over."""
    world.until(namespace, "Enforced")


@pytest.mark.parametrize("moment", [not_yet, half_way, enforced])
def test_a_namespace_that_is_deleted_really_goes_and_leaves_nothing_behind(
    world: World, operator: OperatorProcess, moment: Callable[[World, str], None]
) -> None:
    eventually(operator.settled)
    known, drift = operator.metric("baselines"), operator.metric("drift_detected_total")
    errors = operator.metric("reconcile_total", result="error")
    namespace = world.namespace("going")
    world.baseline(namespace, allow=many_rules(30), reviewed="2026-01-01")
    moment(world, namespace)
    world.core.delete_namespace(namespace)
    end_pods(world, namespace)
    eventually(partial(namespace_gone, world, namespace), seconds=LONG)
    eventually(lambda: operator.metric("baselines") == known and operator.settled())
    assert namespace not in operator.probe("metrics")[1]
    assert operator.metric("drift_detected_total") == drift
    stays(lambda: operator.metric("reconcile_total", result="error") == errors)
    assert operator.process.poll() is None


def test_while_a_namespace_waits_for_its_pods_to_end_it_is_left_alone(world: World, operator: OperatorProcess) -> None:
    namespace, other = world.namespace("going"), world.namespace("staying")
    for each in (namespace, other):
        world.baseline(each, reviewed="2026-01-01")
        world.until(each, "Enforced")
    assert operator.metric("baseline_review_age_seconds", namespace=namespace) > 0
    world.core.delete_namespace(namespace)
    world.delete_policy(namespace, DENY)
    world.delete_policy(other, DENY)
    eventually(lambda: DENY in world.policies(other))
    errors = operator.metric("reconcile_total", result="error")
    stays(lambda: DENY not in world.policies(namespace), what="the namespace being left alone")
    end_pods(world, namespace)
    eventually(partial(namespace_gone, world, namespace), seconds=LONG)
    eventually(lambda: operator.metric("baseline_review_age_seconds", namespace=namespace) == 0)
    assert namespace not in operator.probe("metrics")[1]
    assert operator.metric("reconcile_total", result="error") == errors
    assert world.condition(other)[:2] == ("True", "Enforced")


def test_a_namespace_that_comes_back_under_its_old_name_starts_anew(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace("again", pods=0)
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    drift = operator.metric("drift_detected_total")
    world.core.delete_namespace(namespace)
    eventually(partial(namespace_gone, world, namespace), seconds=LONG)
    body: Any = {"metadata": {"name": namespace}}
    world.core.create_namespace(body)
    created = world.baseline(namespace)
    world.until(namespace, "Enforced")
    assert all(live.owned_by(created["metadata"]["uid"]) for live in world.policies(namespace).values())
    assert operator.metric("drift_detected_total") == drift


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
def test_the_policies_of_a_deleted_baseline_go_and_are_not_brought_back(
    world: World, operator: OperatorProcess, propagation: str
) -> None:
    namespace = world.namespace()
    world.baseline(namespace, allow=many_rules(5))
    world.until(namespace, "Enforced")
    assert len(world.policies(namespace)) == 7
    missing = operator.metric("drift_detected_total", type="missing")
    world.custom.delete_namespaced_custom_object(
        GROUP, VERSION, namespace, PLURAL, "default", propagation_policy=propagation
    )
    eventually(lambda: not world.policies(namespace), seconds=LONG, what="the garbage collector")
    stays(lambda: not world.policies(namespace), what="the policies being gone")
    assert world.gone(namespace)
    assert operator.metric("drift_detected_total", type="missing") == missing


def test_a_deleted_baseline_takes_nothing_of_the_other_baseline_with_it(
    world: World, operator: OperatorProcess
) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.baseline(namespace, "other")
    for name in ("default", "other"):
        world.until(namespace, "Enforced", name)
    before = world.policies(namespace)
    world.delete_baseline(namespace)
    kept = {"nbl.other.deny", "nbl.other.dns"}
    eventually(lambda: set(world.policies(namespace)) == kept, seconds=LONG, what="the garbage collector")
    there = world.policies(namespace)
    assert {name: there[name].resource_version for name in kept} == {
        name: before[name].resource_version for name in kept
    }
    world.delete_policy(namespace, "nbl.other.deny")
    eventually(lambda: set(world.policies(namespace)) == kept)


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
def test_under_retain_the_policies_outlive_their_baseline_and_belong_to_nobody(
    world: World, operator: OperatorProcess, propagation: str
) -> None:
    namespace, collected = world.namespace(), world.namespace()
    world.baseline(namespace, deletionPolicy="Retain")
    world.baseline(collected)
    for each in (namespace, collected):
        world.until(each, "Enforced")
    before = world.policies(namespace)
    assert not any(live.owner_uids for live in before.values())
    for each in (namespace, collected):
        world.custom.delete_namespaced_custom_object(
            GROUP, VERSION, each, PLURAL, "default", propagation_policy=propagation
        )
    # By then the collector has been through what was deleted before, too.
    eventually(lambda: not world.policies(collected), seconds=LONG, what="the garbage collector")
    eventually(partial(world.gone, namespace))
    stays(lambda: world.policies(namespace) == before, what="the retained policies")
    world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}})
    stays(lambda: bool(world.policies(namespace)[DENY].spec.ingress), what="nobody healing it")
    world.delete_policy(namespace, DNS)
    stays(lambda: set(world.policies(namespace)) == {DENY}, what="nobody bringing it back")


def test_switching_to_retain_takes_the_owner_reference_away_and_back_sets_it_again(
    world: World, operator: OperatorProcess
) -> None:
    namespace = world.namespace()
    uid = world.baseline(namespace, allow={"sameNamespace": {}})["metadata"]["uid"]
    world.until(namespace, "Enforced")

    def owners() -> set[tuple[str | None, frozenset[str]]]:
        return {(live.controller, live.owner_uids) for live in world.policies(namespace).values()}

    owned, free = {(uid, frozenset({uid}))}, {(None, frozenset[str]())}
    assert owners() == owned
    uids, drift = _uids(world, namespace), operator.metric("drift_detected_total")
    for policy, expected in (("Retain", free), ("Delete", owned), ("Retain", free)):
        world.edit_baseline(namespace, deletionPolicy=policy)
        world.until(namespace, "Enforced")
        assert owners() == expected
        assert all(live.owned_by(uid) for live in world.policies(namespace).values())
    assert _uids(world, namespace) == uids, "a policy was deleted and made anew"
    assert operator.metric("drift_detected_total") == drift
    world.delete_baseline(namespace)
    stays(lambda: _uids(world, namespace) == uids, what="the retained policies")


def _uids(world: World, namespace: str) -> dict[str, str]:
    return {name: live.uid for name, live in world.policies(namespace).items()}


@pytest.mark.usefixtures("operator")
def test_a_policy_that_finalizers_keep_is_not_taken_for_removed_and_cuts_nothing(world: World) -> None:
    namespace = world.namespace("staying")
    world.baseline(namespace, allow={"sameNamespace": {}})
    world.until(namespace, "Enforced")
    world.patch_policy(namespace, DNS, {"metadata": {"finalizers": ["example.com/kept"]}})
    history = History(world, namespace)
    world.edit_baseline(namespace, mode="Audit")
    world.until(namespace, "Retrying")
    message = world.condition(namespace)[2]
    assert DNS in message
    assert "example.com/kept" in message
    assert DNS in world.policies(namespace)
    world.patch_policy(namespace, DNS, {"metadata": {"finalizers": None}})
    world.until(namespace, "Audited")
    assert world.policies(namespace) == {}
    history.hold_rule_1()
