"""One turn after the other on a fake cluster: what is written, what is told, and what is left alone."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from netbaseline.cluster.errors import Conflict
from netbaseline.controller.turn import MANY_WRITES, Result
from netbaseline.controller.writing import LeaseLost
from netbaseline.core.decision import Decision
from netbaseline.core.live import Live
from netbaseline.core.netpol import Rule, Spec
from netbaseline.core.platform import Platform, ServerAddress
from netbaseline.core.sequence import Stage
from tests.controller.bench import NAMESPACE, Bench
from tests.controller.fake_cluster import Json

DENY, DNS, SAME = "nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"
BRIDGE = "nbl.default.bridge"


async def test_the_first_turn_writes_the_policies_between_a_bridge_and_the_status_once(bench: Bench) -> None:
    bench.baseline({})
    outcome = await bench.turn()
    assert outcome.result is Result.WRITTEN
    assert bench.cluster.done() == [("create", BRIDGE), ("create", DENY), ("create", DNS), ("delete", BRIDGE)]
    assert [name for name, _ in bench.cluster.statuses] == ["default"]
    assert bench.ready() == "Enforced"


async def test_the_second_turn_changes_nothing(bench: Bench) -> None:
    bench.baseline({"allow": {"sameNamespace": {}}})
    await bench.turn()
    before = len(bench.cluster.writes), len(bench.cluster.statuses), len(bench.events), len(bench.cluster.questions)
    outcome = await bench.turn()
    assert outcome.result is Result.UNCHANGED
    assert outcome.again is None
    after = len(bench.cluster.writes), len(bench.cluster.statuses), len(bench.events), len(bench.cluster.questions)
    assert before == after


async def test_our_own_writes_are_no_news(bench: Bench) -> None:
    bench.baseline({})
    bench.news.clear()
    await bench.turn()
    for there in bench.cluster.everything():
        bench.policies.seen(there)
    body = bench.body()
    bench.baselines.seen({**body, "metadata": {**body["metadata"], "resourceVersion": "9999"}})
    assert bench.news == []


async def test_a_namespace_without_pods_is_written_without_a_bridge(bench: Bench) -> None:
    bench.cluster.pods = False
    bench.baseline({})
    await bench.turn()
    assert sorted(bench.cluster.done()) == [("create", DENY), ("create", DNS)]


async def test_whether_there_are_pods_is_asked_once(bench: Bench) -> None:
    bench.baseline({})
    await bench.turn()
    bench.baseline({"defaultDeny": ["Ingress"]})
    await bench.turn()
    bench.baseline({"allow": {"sameNamespace": {}}})
    await bench.turn()
    assert bench.cluster.questions == [f"has_pods {NAMESPACE}"]


async def test_without_a_baseline_nothing_is_done(bench: Bench) -> None:
    assert (await bench.turn()).result is Result.UNCHANGED
    assert bench.cluster.writes == []


@pytest.mark.parametrize("gone", [False, True], ids=["terminating", "gone"])
async def test_a_namespace_that_is_going_away_is_left_alone(bench: Bench, gone: bool) -> None:
    bench.baseline({})
    if gone:
        bench.namespaces.gone(NAMESPACE)
    else:
        bench.namespaces.seen(NAMESPACE, terminating=True)
    assert (await bench.turn()).result is Result.UNCHANGED
    assert (bench.cluster.writes, bench.cluster.statuses) == ([], [])


async def test_a_deleted_policy_comes_back_by_one_write_and_is_told_and_counted(enforced: Bench) -> None:
    enforced.delete(DNS)
    assert enforced.news[-1:] == [NAMESPACE]
    enforced.now += 0.5
    outcome = await enforced.turn(since=enforced.now - 0.25)
    assert outcome.result is Result.WRITTEN
    assert enforced.cluster.done() == [("create", DNS)]
    (event,) = enforced.events
    assert (event.warning, event.reason) == (True, "DriftHealed")
    assert DNS in event.message
    assert "250 ms" in event.message
    assert enforced.metric("drift_detected_total", type="missing") == 1
    assert enforced.metric("drift_corrected_total", type="missing") == 1
    assert enforced.metric("heal_duration_seconds_sum") == 0.25


async def test_an_edited_policy_is_put_right_and_the_editor_is_named(enforced: Bench) -> None:
    enforced.edit(DENY, "argocd-controller", ingress=[{}])
    await enforced.turn()
    assert enforced.cluster.done() == [("update", DENY)]
    assert enforced.cluster.objects[DENY]["spec"]["ingress"] == []
    (event,) = enforced.events
    assert "changed by argocd-controller" in event.message
    assert enforced.metric("drift_corrected_total", type="modified") == 1
    assert len(enforced.cluster.statuses) == 1


async def test_drift_that_happened_while_the_operator_was_down_is_healed_and_counted(enforced: Bench) -> None:
    del enforced.cluster.objects[DNS]
    enforced.cluster.edit(DENY, ingress=[{}])
    enforced.restart()
    await enforced.turn()
    assert sorted(enforced.cluster.done()) == [("create", DNS), ("update", DENY)]
    assert enforced.metric("drift_corrected_total", type="missing") == 1
    assert enforced.metric("drift_corrected_total", type="modified") == 1


async def test_a_restart_in_an_unchanged_world_writes_nothing(enforced: Bench) -> None:
    statuses = len(enforced.cluster.statuses)
    enforced.restart()
    assert (await enforced.turn()).result is Result.UNCHANGED
    assert enforced.cluster.writes == []
    assert len(enforced.cluster.statuses) == statuses
    assert enforced.events == []


async def test_an_opening_is_counted_once_and_not_again_after_a_restart(enforced: Bench) -> None:
    metadata = {"name": "open", "namespace": NAMESPACE, "uid": "of others", "resourceVersion": "1"}
    enforced.cluster.objects["open"] = {"metadata": metadata, "spec": {"podSelector": {}, "ingress": [{}]}}
    enforced.policies.seen(enforced.cluster.live("open"))
    await enforced.turn()
    await enforced.turn()
    assert enforced.metric("drift_detected_total", type="weakened") == 1
    enforced.restart()
    await enforced.turn()
    assert enforced.metric("drift_detected_total") == 0


async def test_an_edit_of_the_baseline_is_followed_and_is_no_drift(enforced: Bench) -> None:
    enforced.baseline({"allow": {"sameNamespace": {}}, "owner": "team"})
    await enforced.turn()
    assert {name for _, name in enforced.cluster.done()} == {DENY, DNS, SAME}
    assert enforced.metric("drift_detected_total") == 0
    assert enforced.events == []
    assert enforced.status()["observedGeneration"] == 2


async def test_a_policy_restored_from_a_backup_is_an_orphan_and_goes(enforced: Bench) -> None:
    backup = enforced.cluster.objects[SAME]
    enforced.baseline({})
    await enforced.turn()
    enforced.cluster.objects[SAME] = backup | {
        "metadata": backup["metadata"] | {"uid": "new", "resourceVersion": "5000"}
    }
    enforced.policies.seen(enforced.cluster.live(SAME))
    enforced.events.clear()
    await enforced.turn()
    assert SAME not in enforced.cluster.objects
    assert enforced.metric("drift_corrected_total", type="orphaned") == 1
    assert [event.reason for event in enforced.events] == ["DriftHealed"]


async def test_policies_that_vanish_with_their_baseline_are_not_restored(enforced: Bench) -> None:
    enforced.cluster.existing.clear()
    enforced.delete(DENY)
    outcome = await enforced.turn()
    assert outcome.again == 0.0
    assert enforced.cluster.writes == []
    assert enforced.baselines.of(NAMESPACE) == ()


async def test_a_baseline_that_is_deleted_and_made_again_at_once_takes_over_what_is_there(enforced: Bench) -> None:
    enforced.baseline({"allow": {"sameNamespace": {}}}, uid="a new one")
    await enforced.turn()
    assert sorted(enforced.cluster.done()) == [("update", DENY), ("update", DNS), ("update", SAME)]
    assert all(there.owned_by("a new one") for there in enforced.cluster.everything())
    assert enforced.metric("drift_detected_total") == 0


async def test_a_new_baseline_waits_for_the_end_of_policies_of_an_unknown_one_of_its_name(enforced: Bench) -> None:
    old = enforced.cluster.objects.copy()
    enforced.baseline({"allow": {"sameNamespace": {}}}, uid="a new one")
    enforced.restart()
    await enforced.turn()
    assert enforced.cluster.writes == []
    assert enforced.ready() == "WaitingForGarbageCollector"
    for name in old:
        enforced.delete(name)
    await enforced.turn()
    assert enforced.ready() == "Enforced"
    assert enforced.metric("drift_detected_total") == 0


async def test_what_is_discovered_later_is_written_then_and_changes_are_followed(bench: Bench) -> None:
    bench.baseline({"allow": {"kubeAPIServer": {}}})
    await bench.turn()
    assert bench.ready() == "NothingDiscovered"
    assert bench.cluster.writes == []
    name = "nbl.default.kube-api-server"
    for address in ("192.0.2.1", "192.0.2.2"):
        bench.platform = Platform((ServerAddress(address, 6443),))
        await bench.turn()
        assert bench.ready() == "Enforced"
        (rule,) = bench.cluster.objects[name]["spec"]["egress"]
        assert rule["to"] == [{"ipBlock": {"cidr": f"{address}/32"}}]


async def test_two_baselines_of_a_namespace_are_written_in_one_turn_with_a_status_each(bench: Bench) -> None:
    bench.baseline({"defaultDeny": ["Egress"]}, "one")
    bench.baseline(
        {"defaultDeny": ["Ingress"], "allow": {"egress": [{"name": "x", "to": [{"cidr": "192.0.2.0/24"}]}]}}, "two"
    )
    await bench.turn()
    assert set(bench.cluster.objects) == {
        "nbl.one.deny",
        "nbl.one.dns",
        "nbl.two.deny",
        "nbl.two.dns",
        "nbl.two.rule.x",
    }
    assert [name for name, _ in bench.cluster.statuses] == ["one", "two"]


# --- the lease ------------------------------------------------------------------------------------------------------


async def test_without_the_lease_nothing_is_written(bench: Bench) -> None:
    bench.baseline({})
    bench.holds_lease = False
    with pytest.raises(LeaseLost):
        await bench.turn()
    assert (bench.cluster.writes, bench.cluster.statuses, bench.events) == ([], [], [])


async def test_without_the_lease_no_status_is_written_either(bench: Bench) -> None:
    bench.baseline({"mode": "Audit"})
    bench.holds_lease = False
    with pytest.raises(LeaseLost):
        await bench.turn()
    assert (bench.cluster.statuses, bench.events) == ([], [])


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_lease_that_is_lost_in_the_middle_ends_the_turn_there(bench: Bench, number: int) -> None:
    bench.baseline({})

    def lose() -> None:
        bench.holds_lease = len(bench.cluster.done()) < number

    bench.cluster.after_write = lose
    with pytest.raises(LeaseLost):
        await bench.turn()
    assert len(bench.cluster.writes) == number
    assert bench.cluster.statuses == []


# --- the status -----------------------------------------------------------------------------------------------------


async def test_reconcile_at_is_echoed_without_any_other_write(enforced: Bench) -> None:
    spec: Json = {"allow": {"sameNamespace": {}}}
    enforced.baseline(spec, annotations={"netbaseline.dev/reconcile-at": "now"})
    assert enforced.news[-1:] == [NAMESPACE]
    await enforced.turn()
    assert enforced.status()["lastHandledReconcileAt"] == "now"
    assert enforced.cluster.writes == []


async def test_a_status_for_a_baseline_that_is_gone_is_no_error(bench: Bench) -> None:
    bench.baseline({})
    bench.cluster.existing.clear()
    bench.cluster.status_fault = lambda: Conflict("the UID differs", status=409)
    outcome = await bench.turn()
    assert outcome.result is Result.WRITTEN
    assert bench.baselines.of(NAMESPACE) == ()
    assert bench.events == []


async def test_each_change_of_situation_is_told_by_one_event_but_not_that_a_new_baseline_is_enforced(
    bench: Bench,
) -> None:
    specs: list[Json] = [{}, {"suspend": True}, {"mode": "Audit"}, {"allow": {"kubeAPIServer": {}}}, {}]
    for spec in specs:
        bench.baseline(spec)
        await bench.turn()
        await bench.turn()
    told = [(event.reason, event.warning) for event in bench.events]
    assert told == [
        ("Suspended", False),
        ("Audited", False),
        ("NothingDiscovered", True),
        ("Enforced", False),
    ]


async def test_the_time_without_protection_is_measured_once(bench: Bench) -> None:
    bench.baseline({})
    await bench.turn(since=bench.now - 2)
    bench.delete(DENY)
    await bench.turn(since=bench.now - 2)
    bench.baseline({"owner": "team"})
    await bench.turn()
    assert len(bench.cluster.statuses) == 2
    assert bench.metric("namespace_unprotected_seconds_count") == 1
    assert bench.metric("namespace_unprotected_seconds_sum") == 2
    assert bench.metric("convergence_seconds_count") == 3


async def test_an_opening_by_somebody_else_is_told_and_counted_once_also_over_a_restart(enforced: Bench) -> None:
    def weakened() -> float:
        return enforced.metric("drift_detected_total", type="weakened")

    enforced.policies.seen(foreign("theirs", enforced))
    await enforced.turn()
    await enforced.turn()
    (event,) = enforced.events
    assert (event.warning, event.reason) == (True, "Weakened")
    assert "NetworkPolicy theirs opens all pods" in event.message
    assert "remove or narrow it" in event.message
    assert weakened() == 1
    enforced.restart()
    enforced.policies.seen(foreign("theirs", enforced))
    await enforced.turn()
    assert (len(enforced.events), weakened()) == (1, 0)
    enforced.policies.seen(foreign("another", enforced))
    await enforced.turn()
    assert "another" in enforced.events[-1].message
    assert "theirs" not in enforced.events[-1].message
    assert weakened() == 1


def foreign(name: str, bench: Bench) -> Live:
    """Somebody else's policy, which opens the ingress of every pod to everybody."""
    there = bench.cluster.live(DENY)
    return replace(
        there,
        name=name,
        uid=f"uid of {name}",
        spec=Spec(ingress=(Rule(),)),
        labels={},
        annotations={},
        owner_uids=frozenset(),
        applied_by_us=False,
    )


MANY = {"allow": {"ingress": [{"name": f"rule-{n}", "from": [{"namespace": f"n{n}"}]} for n in range(MANY_WRITES)]}}


def slow_to_order(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Putting writes in order takes until the event loop has called `meanwhile`; two seconds where it never does."""
    loop, over = asyncio.get_running_loop(), threading.Event()
    stages = Decision.stages

    def call() -> None:
        meanwhile()
        over.set()

    def ordered(self: Decision, *, has_pods: bool) -> tuple[Stage, ...]:
        loop.call_soon_threadsafe(call)
        assert over.wait(2), "nothing else goes on meanwhile"
        return stages(self, has_pods=has_pods)

    monkeypatch.setattr(Decision, "stages", ordered)


async def test_while_many_writes_are_put_in_order_everything_else_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.baseline(MANY)
    slow_to_order(monkeypatch, lambda: None)
    await bench.turn()
    assert bench.ready() == "Enforced"


async def test_a_baseline_that_goes_while_its_writes_are_put_in_order_is_not_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.baseline(MANY)
    slow_to_order(monkeypatch, lambda: bench.baselines.gone(NAMESPACE, "default", "uid of default"))
    outcome = await bench.turn()
    assert outcome.result is Result.UNCHANGED
    assert bench.cluster.writes == []
