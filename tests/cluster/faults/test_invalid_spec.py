"""A NetworkBaseline that the API server let through although it makes no sense."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.faults.crd import install, unchecked
from tests.cluster.faults.login import login
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import Json, World
from tests.sandbox.control_plane import ControlPlane

DENY, DNS = "nbl.default.deny", "nbl.default.dns"


@pytest.fixture(scope="module")
def operator(bare: ControlPlane) -> Iterator[OperatorProcess]:
    install(bare, unchecked())
    with OperatorProcess(login(bare)) as running:
        running.rest()
        yield running
    install(bare)


def way_out(**changes: Any) -> Json:
    return {"egress": [{"name": "out", "to": [{"cidr": "203.0.113.0/24"}], "ports": [{"port": 443}], **changes}]}


INVALID: dict[str, tuple[Json, str]] = {
    "a mode that doesn't exist": ({"mode": "Maybe"}, "spec.mode"),
    "a number for a selector": ({"podSelector": 7}, "spec.podSelector"),
    "nothing denied": ({"defaultDeny": []}, "spec.defaultDeny"),
    "a direction twice": ({"defaultDeny": ["Egress", "Egress"]}, "spec: defaultDeny"),
    "an unknown field": ({"allow": {"everything": {}}}, "spec.allow.everything"),
    "a range with host bits": ({"allow": way_out(to=[{"cidr": "10.0.0.5/24"}])}, "spec.allow.egress[0].to[0].cidr"),
    "an exception outside its range": (
        {"allow": way_out(to=[{"cidr": "10.0.0.0/24", "except": ["10.9.0.0/25"]}])},
        "spec.allow.egress[0].to[0]: except",
    ),
    "an inverted port range": (
        {"allow": way_out(ports=[{"port": 443, "endPort": 80}])},
        "spec.allow.egress[0].ports[0]: endPort",
    ),
    "a peer that is none": ({"allow": way_out(to=[{}])}, "spec.allow.egress[0].to[0]"),
    "a list of texts for rules": ({"allow": {"ingress": ["all"]}}, "spec.allow.ingress[0]"),
}


@pytest.mark.parametrize("what", INVALID)
def test_an_invalid_spec_is_told_by_its_path_changes_nothing_and_hinders_nobody(
    theirs: World, operator: OperatorProcess, what: str
) -> None:
    spec, path = INVALID[what]
    errors = operator.metric("reconcile_total", result="error")
    namespace, neighbour = theirs.namespace("invalid"), theirs.namespace("invalid")
    theirs.baseline(namespace, **spec)
    theirs.baseline(namespace, "beside")
    theirs.baseline(neighbour)
    theirs.until(namespace, "InvalidSpec")
    ready, _, message = theirs.condition(namespace)
    assert ready == "False"
    assert path in message
    assert theirs.condition(namespace, "Accepted")[0] == "False"
    assert theirs.condition(namespace, "Programmed")[0] == "False"
    assert theirs.condition(namespace, "Stalled")[0] == "True"
    theirs.until(namespace, "Enforced", "beside")
    theirs.until(neighbour, "Enforced")
    assert set(theirs.policies(namespace)) == {"nbl.beside.deny", "nbl.beside.dns"}
    assert any(kind == "Warning" and path in text for kind, _, text in theirs.events(namespace))
    assert operator.metric("baselines", state="InvalidSpec") >= 1
    assert operator.metric("reconcile_total", result="error") == errors
    nothing: dict[str, Any] = dict.fromkeys(spec)
    theirs.edit_baseline(namespace, **nothing)
    theirs.until(namespace, "Enforced")
    assert theirs.condition(namespace, "Stalled") == ("", "", "")


def test_a_baseline_that_becomes_invalid_keeps_what_it_had_and_is_healed_no_more_until_it_is_repaired(
    theirs: World, operator: OperatorProcess
) -> None:
    namespace = theirs.namespace("invalid")
    theirs.baseline(namespace, allow={"sameNamespace": {}})
    theirs.until(namespace, "Enforced")
    before = theirs.policies(namespace)
    theirs.edit_baseline(namespace, podSelector="all")
    theirs.until(namespace, "InvalidSpec")
    assert theirs.policies(namespace) == before
    assert theirs.condition(namespace, "Accepted")[0] == "False"
    theirs.delete_policy(namespace, DNS)
    theirs.edit_baseline(namespace, podSelector=None)
    theirs.until(namespace, "Enforced")
    eventually(lambda: set(theirs.policies(namespace)) == set(before))
    assert theirs.policies(namespace)[DENY] == before[DENY]


def test_a_restarted_operator_tells_the_same_of_an_invalid_baseline_without_writing(
    theirs: World, operator: OperatorProcess, bare: ControlPlane
) -> None:
    namespace = theirs.namespace("invalid")
    theirs.baseline(namespace)
    theirs.until(namespace, "Enforced")
    theirs.edit_baseline(namespace, mode="Maybe")
    theirs.until(namespace, "InvalidSpec")
    before = theirs.get_baseline(namespace), theirs.policies(namespace)
    with OperatorProcess(login(bare)) as second:
        other = theirs.namespace("invalid")
        theirs.baseline(other)
        theirs.until(other, "Enforced")
        assert second.metric("baselines", state="InvalidSpec") >= 1
    assert (theirs.get_baseline(namespace), theirs.policies(namespace)) == before
