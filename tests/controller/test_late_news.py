"""News that comes late or in the wrong order: the end of a policy before that of its baseline or its namespace."""

from collections.abc import Callable

import pytest

from netbaseline.cluster.errors import ApiError, Conflict
from netbaseline.controller.turn import TOLD_CONFLICTS, Result
from tests.controller.bench import NAMESPACE, Bench

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
BRIDGE = "nbl.default.bridge"


@pytest.mark.parametrize(
    ("error", "failures"), [(ApiError("no answer"), 0), (Conflict("modified", status=409), TOLD_CONFLICTS)]
)
async def test_what_is_missing_is_no_drift_where_the_api_server_says_that_the_namespace_goes(
    enforced: Bench, error: ApiError, failures: int
) -> None:
    enforced.delete(DNS)
    enforced.cluster.fault = lambda *_: error
    enforced.cluster.leaving = True
    before = len(enforced.cluster.statuses)
    assert (await enforced.turn(failures=failures)).result is Result.UNCHANGED
    assert enforced.metric("drift_detected_total") == 0
    assert (len(enforced.cluster.statuses), enforced.events) == (before, [])


async def test_what_is_missing_is_counted_only_when_it_is_known_that_the_namespace_stays(enforced: Bench) -> None:
    enforced.delete(DNS)
    enforced.cluster.fault = lambda *_: ApiError("no answer")
    enforced.cluster.leaving = ApiError("no answer")
    assert (await enforced.turn()).result is Result.ERROR
    assert enforced.metric("drift_detected_total") == 0
    assert enforced.ready() == "Retrying"
    enforced.cluster.leaving = False
    for failures in (1, 2):
        await enforced.turn(failures=failures)
        assert enforced.metric("drift_detected_total", type="missing") == 1


async def test_nobody_is_asked_for_the_namespace_while_all_goes_well(enforced: Bench) -> None:
    enforced.delete(DNS)
    await enforced.turn()
    assert f"is_leaving {NAMESPACE}" not in enforced.cluster.questions


def baseline_gone(bench: Bench) -> None:
    bench.baselines.gone(NAMESPACE, "default", "uid of default")


def namespace_going(bench: Bench) -> None:
    bench.namespaces.seen(NAMESPACE, terminating=True)


@pytest.mark.parametrize("news", [baseline_gone, namespace_going])
async def test_a_turn_ends_between_two_stages_when_its_baseline_or_namespace_goes(
    bench: Bench, news: Callable[[Bench], None]
) -> None:
    bench.baseline({})
    bench.cluster.after_write = lambda: news(bench)
    await bench.turn()
    assert bench.cluster.done() == [("create", BRIDGE)]
    assert (bench.cluster.statuses, bench.events) == ([], [])
    assert bench.metric("drift_detected_total") == 0


async def test_a_turn_for_policies_that_stay_goes_on_to_its_end_when_its_baseline_goes(bench: Bench) -> None:
    bench.baseline({"deletionPolicy": "Retain"})
    bench.cluster.after_write = lambda: baseline_gone(bench)
    await bench.turn()
    assert set(bench.cluster.objects) == {DENY, DNS}


async def test_of_two_baselines_the_one_that_stays_gets_its_turn_when_the_other_goes_in_between(bench: Bench) -> None:
    bench.baseline({}, "default")
    bench.baseline({}, "other")
    bench.cluster.after_write = lambda: baseline_gone(bench)
    outcome = await bench.turn()
    assert outcome.again == 0.0
    assert bench.ready("other") == ""
    bench.cluster.objects = {}  # the collector was there
    bench.policies.replace([], None, bench.cluster.version)
    await bench.turn()
    assert set(bench.cluster.objects) == {"nbl.other.deny", "nbl.other.dns"}
    assert bench.ready("other") == "Enforced"
    assert bench.metric("drift_detected_total") == 0


async def test_what_others_change_of_policies_that_their_baseline_has_left_to_them_stays(bench: Bench) -> None:
    bench.baseline({"deletionPolicy": "Retain"})
    await bench.turn()
    bench.cluster.existing.clear()  # its end is told later
    bench.edit(DENY, ingress=[{}])
    await bench.turn()
    assert bench.cluster.objects[DENY]["spec"]["ingress"] == [{}]
    assert bench.metric("drift_detected_total") == 0
    assert bench.baselines.of(NAMESPACE) == ()
