"""SIGKILL after each single write of a turn: the next start finishes it, and no moment in between cuts or opens."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.faults.history import History
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.faults import FaultProxy, Recorded

Spec = dict[str, Any]

PROMETHEUS = [{"namespace": "monitoring", "podSelector": {"matchLabels": {"app": "prometheus"}}}]


def rule(name: str, pods: str, source: str, *ports: int) -> Spec:
    return {
        "name": name,
        "pods": {"matchLabels": {"app": pods}},
        "from": [{"podSelector": {"matchLabels": {"app": source}}}],
        "ports": [{"port": port} for port in ports],
    }


def way_out(cidr: str, port: int) -> Spec:
    return {"name": "way-out", "to": [{"cidr": cidr}], "ports": [{"port": port}]}


CLOSED: Spec = {
    "mode": "Enforce",
    "defaultDeny": ["Ingress", "Egress"],
    "allow": {
        "sameNamespace": {},
        "monitoring": {"from": PROMETHEUS, "ports": [{"port": 9090}]},
        "ingress": [rule("web-to-api", "api", "web", 8080)],
        "egress": [way_out("203.0.113.0/24", 443)],
    },
}
OTHER_INGRESS: Spec = {
    "allow": {
        "monitoring": {"from": [{"namespace": "monitoring"}], "ports": [{"port": 8080}]},
        "ingress": [rule("web-to-api", "api", "db", 80, 443), rule("web-to-db", "db", "web", 443)],
    },
}
OTHER_WAYS: Spec = {
    "allow": {**OTHER_INGRESS["allow"], "sameNamespace": None, "egress": [way_out("203.0.113.0/25", 80)]},
}

SCENARIOS: dict[str, tuple[Spec | None, Spec, str]] = {
    "an open namespace is closed": (None, CLOSED, "Enforced"),
    "several rules change at once": (CLOSED, OTHER_INGRESS, "Enforced"),
    "enforcement is withdrawn": (CLOSED, {"mode": "Audit"}, "Audited"),
    "the other direction is denied": ({**CLOSED, "defaultDeny": ["Ingress"]}, {"defaultDeny": ["Egress"]}, "Enforced"),
}


class Killer:
    """Kills the operator when it has made so many writes to the policies of a namespace."""

    def __init__(self, victim: OperatorProcess, namespace: str, writes: int) -> None:
        self._victim, self._path, self._left = victim, f"/namespaces/{namespace}/networkpolicies/", writes

    def __call__(self, write: Recorded) -> None:
        if self._path in write.path and write.status is not None and write.status < 300:
            self._left -= 1
            if self._left == 0:
                self._victim.kill()


def declare(world: World, namespace: str, before: Spec | None, after: Spec) -> None:
    if before is None:
        world.baseline(namespace, **after)
    else:
        world.edit_baseline(namespace, **after)


def survived(world: World, operator: OperatorProcess, namespace: str, reason: str) -> bool:
    """Waits for the end of the turn or of the operator; says whether it was the turn's."""

    def over() -> bool:
        status = world.get_baseline(namespace)
        ready = world.condition(namespace)[1] == reason
        return operator.process.poll() is not None or (
            ready and status["status"].get("observedGeneration") == status["metadata"]["generation"]
        )

    eventually(over, what="the turn to end, or the operator")
    return operator.process.poll() is None


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_after_any_write_it_finishes_the_turn_at_its_next_start_and_nothing_is_cut_or_opened_meanwhile(
    world: World, proxy: FaultProxy, proxied: Path, scenario: str
) -> None:
    before, after, reason = SCENARIOS[scenario]
    operator = OperatorProcess(proxied)
    for number in count(1):
        with operator:
            namespace = world.namespace("killed")
            if before is not None:
                world.baseline(namespace, **before)
                world.until(namespace, "Enforced")
            history = History(world, namespace)
            proxy.after_write = Killer(operator, namespace, number)
            declare(world, namespace, before, after)
            if survived(world, operator, namespace, reason):
                break
        proxy.after_write = None
        operator = OperatorProcess(proxied)
        world.until(namespace, reason)
        history.hold_rule_1()
    assert len(history.hold_rule_1()) > 4, "too small a turn to be worth killing"
    operator.stop()


@pytest.mark.parametrize(
    ("before", "after", "writes", "starts"),
    [(None, CLOSED, 1, 20), (CLOSED, OTHER_WAYS, 6, 12)],
    ids=["new", "changed"],
)
def test_killed_again_and_again_in_one_turn_it_still_arrives(
    world: World, proxy: FaultProxy, proxied: Path, before: Spec | None, after: Spec, writes: int, starts: int
) -> None:
    namespace = world.namespace("killed")
    if before is not None:
        with OperatorProcess(proxied):
            world.baseline(namespace, **before)
            world.until(namespace, "Enforced")
    history = History(world, namespace)
    declare(world, namespace, before, after)
    for _ in range(starts):
        with OperatorProcess(proxied, wait=False) as operator:
            proxy.after_write = Killer(operator, namespace, writes)
            if survived(world, operator, namespace, "Enforced") and len(world.policies(namespace)) < 8:
                break
    else:
        raise AssertionError(f"{starts} starts did not end the turn, but left {sorted(world.policies(namespace))}")
    history.hold_rule_1()
