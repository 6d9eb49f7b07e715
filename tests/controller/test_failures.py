"""Turns in which something goes wrong: nothing is cut, nothing is hammered, and somebody is told."""

import pytest

from netbaseline.cluster.errors import ApiError, Conflict, Forbidden, Invalid, NamespaceLeaving, NotFound
from netbaseline.controller.turn import TOLD_CONFLICTS, Result
from netbaseline.core.verdict import Applied, decide
from tests.controller.bench import NAMESPACE, Bench
from tests.controller.fake_cluster import Json
from tests.core.strategies import every_flow

DENY, DNS, SAME_NAMESPACE = "nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"
FLOWS = every_flow()

BEFORE: Json = {"allow": {"sameNamespace": {}, "ingress": [{"name": "a", "from": [{"namespaceSelector": {}}]}]}}
AFTER: Json = {
    "allow": {
        "ingress": [{"name": "b", "pods": {"matchLabels": {"app": "a"}}, "from": [{"podSelector": {}}]}],
        "egress": [{"name": "out", "to": [{"cidr": "192.0.2.0/24"}]}],
    }
}


def allowed(bench: Bench) -> set[int]:
    """Indexes into FLOWS of what the policies that are there let pass."""
    policies = [Applied(NAMESPACE, there.name, there.spec) for there in bench.cluster.everything()]
    return {index for index, flow in enumerate(FLOWS) if decide(policies, flow).allowed}


async def after(bench: Bench, spec: Json) -> set[int]:
    """What passes once `spec` is in place."""
    bench.baseline(spec)
    await bench.turn()
    assert bench.ready() in {"Enforced", "Audited"}
    return allowed(bench)


TURNS = {
    "closing": ({"mode": "Audit"}, BEFORE),
    "withdrawing": (BEFORE, {"mode": "Audit"}),
    "changing": (BEFORE, AFTER),
    "narrowing": (BEFORE, {}),
    "turning": ({"defaultDeny": ["Ingress"]}, {"defaultDeny": ["Egress"]}),
}


@pytest.mark.parametrize("number", range(1, 13))
@pytest.mark.parametrize("turn", TURNS)
async def test_a_turn_that_fails_at_any_write_cuts_and_opens_nothing_and_the_next_one_finishes_it(
    bench: Bench, turn: str, number: int
) -> None:
    spec, target = TURNS[turn]
    at_start, at_end = await after(bench, spec), await after(Bench(), target)
    first = len(bench.cluster.writes) + number
    bench.cluster.fault = lambda at, _: ApiError("disk full", status=500) if at == first else None
    bench.baseline(target)
    outcome = await bench.turn()
    if bench.cluster.writes[-1].error is not None or outcome.result is Result.ERROR:
        assert outcome.result is Result.ERROR
        assert bench.ready() == "Retrying"
    now = allowed(bench)
    assert at_start & at_end <= now <= at_start | at_end
    assert (await bench.turn()).result in {Result.WRITTEN, Result.UNCHANGED}
    assert allowed(bench) == at_end
    assert bench.ready() in {"Enforced", "Audited"}
    assert not any(".bridge" in name for name in bench.cluster.objects)


async def test_a_failure_stops_what_comes_after_it(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.fault = lambda _, name: ApiError("no", status=500) if name == "nbl.default.bridge" else None
    await bench.turn()
    assert [write.name for write in bench.cluster.writes] == ["nbl.default.bridge"]
    assert bench.cluster.objects == {}


async def test_a_refused_policy_is_named_with_the_servers_words(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.fault = lambda _, name: Forbidden("quota exceeded", status=403) if name == DNS else None
    outcome = await bench.turn()
    assert outcome.result is Result.ERROR
    (ready,) = [item for item in bench.status()["conditions"] if item["type"] == "Ready"]
    assert ready["message"] == f"NetworkPolicy {DNS} could not be written, retrying: quota exceeded"
    (event,) = bench.events
    assert (event.warning, event.reason) == (True, "Retrying")
    states = {item["name"]: item["state"] for item in bench.status()["policies"]}
    assert states[DNS] == "Failed"


async def test_a_policy_that_could_not_be_removed_is_not_said_to_have_been_written(bench: Bench) -> None:
    bench.baseline({"allow": {"sameNamespace": {}}})
    await bench.turn()
    bench.cluster.fault = lambda _, name: Forbidden("no deletes", status=403) if name == SAME_NAMESPACE else None
    bench.baseline({})
    assert (await bench.turn()).result is Result.ERROR
    (ready,) = [item for item in bench.status()["conditions"] if item["type"] == "Ready"]
    assert ready["message"] == f"NetworkPolicy {SAME_NAMESPACE} could not be removed, retrying: no deletes"


async def test_trouble_that_lasts_is_told_once(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.fault = lambda _, name: Invalid("no", status=422) if name == DNS else None
    for _ in range(4):
        await bench.turn()
    assert len(bench.events) == 1
    assert len(bench.cluster.statuses) == 1


async def test_the_servers_wish_for_patience_is_passed_on(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.fault = lambda *_: ApiError("too many requests", status=429, retry_after=7)
    outcome = await bench.turn()
    assert (outcome.result, outcome.retry_after) == (Result.ERROR, 7)


async def test_a_conflict_means_observe_again_and_is_not_told_at_first(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.fault = lambda number, _: Conflict("modified", status=409) if number == 1 else None
    assert (await bench.turn()).result is Result.CONFLICT
    assert (bench.cluster.statuses, bench.events) == ([], [])
    assert (await bench.turn(failures=1)).result is Result.WRITTEN
    assert bench.ready() == "Enforced"


async def test_a_conflict_that_lasts_is_told(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.fault = lambda *_: Conflict("modified", status=409)
    outcomes = [(await bench.turn(failures=number)).result for number in range(TOLD_CONFLICTS + 1)]
    assert outcomes == [Result.CONFLICT] * TOLD_CONFLICTS + [Result.ERROR]
    assert bench.ready() == "Retrying"


async def test_somebody_who_was_faster_under_our_name_is_found_by_observing_again(bench: Bench) -> None:
    bench.baseline({})
    other = Bench()
    other.baseline({}, uid="another")
    await other.turn()
    bench.cluster.objects[DENY] = other.cluster.objects[DENY] | {
        "metadata": {
            **other.cluster.objects[DENY]["metadata"],
            "annotations": {},
            "ownerReferences": [],
        }
    }
    assert (await bench.turn()).result is Result.CONFLICT
    bench.policies.seen(bench.cluster.live(DENY))
    await bench.turn(failures=1)
    assert bench.ready() == "NameTaken"


async def test_a_namespace_that_ends_in_the_middle_of_a_turn_is_no_error(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.fault = lambda number, _: NamespaceLeaving("going", status=403) if number == 2 else None
    assert (await bench.turn()).result is Result.UNCHANGED
    assert (bench.cluster.statuses, bench.events) == ([], [])


async def test_policies_that_go_with_their_namespace_are_no_drift(enforced: Bench) -> None:
    enforced.delete(DNS)
    enforced.cluster.fault = lambda *_: NamespaceLeaving("gone", status=404)
    assert (await enforced.turn()).result is Result.UNCHANGED
    assert enforced.metric("drift_detected_total") == 0
    assert enforced.ready() == "Enforced"


async def test_what_is_heard_of_the_end_of_a_namespace_during_a_turn_counts_for_that_turn(enforced: Bench) -> None:
    enforced.delete(DNS)

    def fault(_number: int, _name: str) -> ApiError:
        enforced.namespaces.seen(NAMESPACE, terminating=True)
        return ApiError("no answer")

    enforced.cluster.fault = fault
    assert (await enforced.turn()).result is Result.UNCHANGED
    assert (enforced.metric("drift_detected_total"), enforced.events) == (0, [])


async def test_drift_that_was_seen_too_late_is_counted_when_it_is_seen_rightly(enforced: Bench) -> None:
    enforced.delete(DNS)
    enforced.cluster.fault = lambda number, _: Conflict("somebody was faster", status=409) if number == 1 else None
    assert (await enforced.turn()).result is Result.CONFLICT
    assert enforced.metric("drift_detected_total") == 0
    assert (await enforced.turn(failures=1)).result is Result.WRITTEN
    assert enforced.metric("drift_detected_total", type="missing") == 1
    assert enforced.metric("drift_corrected_total", type="missing") == 1


async def test_a_policy_that_is_gone_when_it_is_to_be_changed_is_observed_again(enforced: Bench) -> None:
    enforced.baseline({"owner": "team"})
    enforced.cluster.fault = lambda number, _: NotFound("gone", status=404) if number == 1 else None
    assert (await enforced.turn()).result is Result.CONFLICT


async def test_a_status_that_cannot_be_written_is_tried_again(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.status_fault = lambda: ApiError("no", status=500)
    assert (await bench.turn()).result is Result.ERROR
    assert bench.ready() == ""
    bench.cluster.status_fault = lambda: None
    assert (await bench.turn(failures=1)).result is Result.UNCHANGED
    assert bench.ready() == "Enforced"


async def test_one_status_that_cannot_be_written_does_not_keep_the_others_back(bench: Bench) -> None:
    errors = [ApiError("no", status=500)]
    bench.baseline({}, "one")
    bench.baseline({}, "two")
    bench.cluster.status_fault = lambda: errors.pop() if errors else None
    assert (await bench.turn()).result is Result.ERROR
    assert [name for name, _ in bench.cluster.statuses] == ["two"]


async def test_a_question_that_fails_is_told_and_tried_again(bench: Bench) -> None:
    bench.baseline({})

    async def has_pods(namespace: str) -> bool:
        raise ApiError(f"pods in {namespace} can't be listed", status=500)

    bench.cluster.has_pods = has_pods  # type: ignore[method-assign]
    assert (await bench.turn()).result is Result.ERROR
    assert bench.ready() == "Retrying"
    assert bench.cluster.writes == []


async def test_without_the_right_to_ask_there_may_be_pods_and_nothing_is_cut(bench: Bench) -> None:
    bench.baseline({})

    async def has_pods(namespace: str) -> bool:
        raise Forbidden(f"pods in {namespace} can't be listed", status=403)

    bench.cluster.has_pods = has_pods  # type: ignore[method-assign]
    assert (await bench.turn()).result is Result.WRITTEN
    assert bench.ready() == "Enforced"
    assert "nbl.default.bridge" in str(bench.cluster.writes[0])
