"""The API server refuses, fails, hangs or loses answers: told while it lasts, and made good when it ends."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cluster.faults.history import History
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually, stays
from tests.cluster.world import Json, World
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import CutStream, Delay, Drop, Fault, FaultProxy, Hang, Recorded, Respond, RespondAfter

DENY, DNS, BRIDGE = "nbl.default.deny", "nbl.default.dns", "nbl.default.bridge"
WAY_OUT = {"name": "out", "to": [{"cidr": "203.0.113.0/24"}], "ports": [{"port": 443}]}
ALLOW = {"sameNamespace": {}, "egress": [WAY_OUT]}
LONG = 60.0
"""Seconds; backoffs have grown by the time that a fault ends."""
VERY_LONG = 120.0
"""Twice the longest backoff, which a minute of errors leads to."""


@pytest.fixture(scope="module")
def operator(proxied: Path) -> Iterator[OperatorProcess]:
    with OperatorProcess(proxied) as running:
        running.rest()
        yield running


def enforced(world: World) -> str:
    namespace = world.namespace("refused")
    world.baseline(namespace, allow=ALLOW)
    world.until(namespace, "Enforced")
    return namespace


def policy_writes(proxy: FaultProxy, namespace: str) -> list[Recorded]:
    return [write for write in proxy.writes() if f"/namespaces/{namespace}/networkpolicies/" in write.path]


def test_too_many_requests_are_waited_for_as_long_as_asked_and_told(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    namespace = world.namespace("refused")
    history = History(world, namespace)
    refused = operator.metric("api_requests_total", resource="networkpolicies", code="429")
    throttle = Fault(
        method="PATCH", path=f"/{namespace}/networkpolicies/", action=Respond(429, headers={"Retry-After": "2"})
    )
    proxy.add(throttle)
    world.baseline(namespace, allow=ALLOW)
    world.until(namespace, "Retrying")
    status, _, message = world.condition(namespace)
    assert status == "False"
    assert "retrying" in message
    assert "TooManyRequests" in message
    assert world.condition(namespace, "Reconciling")[0] == "True"
    eventually(lambda: len(policy_writes(proxy, namespace)) >= 3, seconds=LONG)
    proxy.remove(throttle)
    world.until(namespace, "Enforced", seconds=LONG)
    attempts = [write.at for write in policy_writes(proxy, namespace) if write.status == 429]
    assert all(later - earlier >= 2.0 for earlier, later in pairwise(attempts))
    assert operator.metric("api_requests_total", resource="networkpolicies", code="429") == refused + len(attempts)
    assert world.condition(namespace, "Reconciling") == ("", "", "")
    history.hold_rule_1()


def test_a_refused_heal_is_told_and_counted_once_however_often_it_is_tried(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    namespace = enforced(world)
    detected, corrected = (
        operator.metric(name, type="missing") for name in ("drift_detected_total", "drift_corrected_total")
    )
    failing = Fault(method="PATCH", path=f"/{namespace}/networkpolicies/", action=Respond(500))
    proxy.add(failing)
    world.delete_policy(namespace, DNS)
    world.until(namespace, "Retrying")
    assert DNS in world.condition(namespace)[2]
    assert world.condition(namespace, "Programmed")[0] == "False"
    tried = len(policy_writes(proxy, namespace))
    eventually(lambda: len(policy_writes(proxy, namespace)) >= tried + 3)
    assert f"{namespace}: injected: InternalError" in operator.log()
    proxy.remove(failing)
    world.until(namespace, "Enforced", seconds=LONG)
    assert DNS in world.policies(namespace)
    eventually(lambda: operator.metric("drift_corrected_total", type="missing") == corrected + 1)
    assert operator.metric("drift_detected_total", type="missing") == detected + 1


def test_a_minute_of_errors_on_everything_loses_nothing_and_is_told_in_the_log(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    healed, changed, created = enforced(world), enforced(world), world.namespace("refused")
    errors = operator.metric("reconcile_total", result="error")
    everything = Fault(path="/", action=Respond(500))
    proxy.add(everything)
    history = History(world, changed)
    world.delete_policy(healed, DENY)
    world.edit_baseline(changed, allow={"sameNamespace": None})
    world.baseline(created)
    eventually(lambda: operator.metric("reconcile_total", result="error") >= errors + 3)
    proxy.add(Fault(path="/", action=CutStream()))
    eventually(lambda: operator.probe("readyz")[0] == 503)
    stays(lambda: operator.process.poll() is None and operator.probe("healthz")[0] == 200, seconds=60)
    assert DENY not in world.policies(healed), "nothing stood in the way"
    assert "injected: InternalError" in operator.probe("readyz")[1]
    assert f"{healed}: injected: InternalError" in operator.log()
    assert "Traceback" not in operator.log()
    tries = [each for each in proxy.requests if each.status == 500 and f"/namespaces/{healed}/" in each.path]
    assert 5 <= len(tries) <= 30, "the pauses between two tries don't grow"
    proxy.remove(everything)
    eventually(lambda: DENY in world.policies(healed), seconds=VERY_LONG)
    for namespace in (changed, created, healed):
        world.until(namespace, "Enforced", seconds=VERY_LONG)
    eventually(lambda: operator.probe("readyz")[0] == 200, seconds=VERY_LONG)
    assert "nbl.default.same-namespace" not in world.policies(changed)
    assert set(world.policies(created)) == {DENY, DNS}
    history.hold_rule_1()


@pytest.mark.parametrize("action", [RespondAfter(), Drop()], ids=["it took effect", "it did not"])
def test_lost_answers_to_writes_are_found_out_and_neither_cut_nor_count_as_drift(
    world: World, proxy: FaultProxy, operator: OperatorProcess, action: RespondAfter | Drop
) -> None:
    drift = operator.metric("drift_detected_total")
    namespace = world.namespace("refused")
    world.baseline(namespace, mode="Audit")
    for method, spec in (
        ("PATCH", {"mode": "Enforce", "allow": ALLOW}),
        ("PATCH", {"allow": {"egress": [{**WAY_OUT, "ports": [{"port": 80}]}]}}),
        ("DELETE", {"allow": {"sameNamespace": None, "egress": None}}),
    ):
        history = History(world, namespace)
        lost = Fault(method=method, path=f"/{namespace}/networkpolicies/", action=action, times=2)
        proxy.add(lost)
        world.edit_baseline(namespace, **spec)
        world.until(namespace, "Enforced", seconds=LONG)
        proxy.remove(lost)
        history.hold_rule_1()
    assert set(world.policies(namespace)) == {DENY, DNS}
    assert operator.metric("drift_detected_total") == drift


def test_a_request_that_hangs_holds_up_its_own_namespace_only(
    world: World, proxy: FaultProxy, operator: OperatorProcess
) -> None:
    stuck = world.namespace("refused")
    proxy.add(Fault(method="PATCH", path=f"/{stuck}/networkpolicies/", action=Hang(), times=1))
    world.baseline(stuck)
    eventually(lambda: policy_writes(proxy, stuck))
    for _ in range(3):
        enforced(world)
    assert world.condition(stuck)[1] != "Enforced"
    assert operator.metric("queue_oldest_seconds") > 0
    world.until(stuck, "Enforced", seconds=LONG)
    assert operator.metric("api_requests_total", resource="networkpolicies", code="error") > 0


def choosy(shift: int) -> Json:
    """A spec whose rules, all changed with `shift`, are as dear to put in order as any: selectors of many values."""

    def pods(number: int) -> Json:
        requirements = [
            {
                "key": f"key-{(number * 3 + each) % 12}",
                "operator": ("NotIn", "In")[(number + each) % 2],
                "values": [f"value-{(number * 7 + each * 5 + value + shift) % 40}" for value in range(20)],
            }
            for each in range(4)
        ]
        return {"matchExpressions": requirements}

    def rules(direction: str, other: str, more: int) -> list[Json]:
        return [
            {
                "name": f"{direction}-{number}",
                "pods": pods(number + more),
                other: [{"podSelector": pods(number + each)} for each in range(4)],
                "ports": [{"port": 8000 + number + shift}],
            }
            for number in range(32)
        ]

    allow = {"sameNamespace": {}, "ingress": rules("in", "from", 0), "egress": rules("out", "to", 1)}
    return {"podSelector": pods(5), "allow": allow}


def test_a_turn_whose_order_takes_seconds_to_find_holds_up_its_own_namespace_only(
    world: World, operator: OperatorProcess
) -> None:
    dear, other = world.namespace("refused"), enforced(world)
    world.baseline(dear, **choosy(0))
    world.until(dear, "Enforced")
    before = world.policies(dear)
    world.edit_baseline(dear, **choosy(1))
    time.sleep(0.5)  # its turn has begun, and has written nothing yet
    world.delete_policy(other, DENY)
    eventually(lambda: DENY in world.policies(other))
    assert operator.probe("healthz")[0] == 200
    assert world.policies(dear) == before, "the other namespace had to wait until the order was found"
    world.until(dear, "Enforced", seconds=VERY_LONG)
    assert world.policies(dear) != before


def test_asked_to_end_in_the_middle_of_a_turn_it_ends_the_turn_first(
    world: World, proxy: FaultProxy, proxied: Path
) -> None:
    namespace = world.namespace("refused")
    proxy.add(Fault(method="PATCH", path=f"/{namespace}/networkpolicies/", action=Delay(0.5)))
    with OperatorProcess(proxied) as operator:
        world.baseline(namespace, allow=ALLOW)
        eventually(lambda: policy_writes(proxy, namespace), what="the first of its writes")
        assert BRIDGE in world.policies(namespace)
        assert operator.stop() == 0
        assert "ending; turns under way are finished first" in operator.log()
    assert world.condition(namespace)[:2] == ("True", "Enforced")
    assert {DENY, DNS} < set(world.policies(namespace))
    assert BRIDGE not in world.policies(namespace), "the turn was cut short"


def test_turns_that_all_hang_are_a_reason_to_restart_it_until_one_ends(
    world: World, proxy: FaultProxy, proxied: Path
) -> None:
    stuck = world.namespace("refused")
    # For this namespace alone: a turn of any other one, tried again, would be one that ends.
    with OperatorProcess(proxied, "--stuck-after", "2", "--namespace", stuck) as operator:
        # Not once only: the other operator of these tests is at work here too, and may come first.
        hang = Fault(method="PATCH", path=f"/{stuck}/networkpolicies/", action=Hang())
        proxy.add(hang)
        world.baseline(stuck)
        eventually(lambda: operator.probe("healthz")[0] == 503)
        assert "no turn has ended" in operator.probe("healthz")[1]
        proxy.remove(hang)
        world.until(stuck, "Enforced", seconds=LONG)
        eventually(lambda: operator.probe("healthz")[0] == 200)


@pytest.mark.parametrize("kill", [False, True], ids=["orderly", "killed"])
def test_a_restarted_api_server_finds_the_same_operator_healing(
    world: World, installed: ControlPlane, direct: Path, kill: bool
) -> None:
    with OperatorProcess(direct) as operator:
        namespace = enforced(world)
        restarts = operator.metric("watch_restarts_total")
        installed.restart_apiserver(kill=kill)
        world.delete_policy(namespace, DNS)
        eventually(lambda: DNS in world.policies(namespace), seconds=LONG)
        eventually(lambda: operator.probe("readyz")[0] == 200, seconds=LONG)
        enforced(world)
        assert operator.process.poll() is None
        assert operator.probe("healthz")[0] == 200
        assert operator.metric("watch_restarts_total") > restarts
