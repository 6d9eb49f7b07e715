"""Turns against somebody else: webhooks that change what is applied, writers that insist, removals that wait."""

from netbaseline.controller.contest import PATIENCE, WINDOW
from netbaseline.controller.turn import Result
from tests.controller.bench import Bench
from tests.controller.fake_cluster import Json

DENY, DNS = "nbl.default.deny", "nbl.default.dns"


def opened(manifest: Json) -> None:
    """A webhook that opens every deny."""
    if manifest["metadata"]["name"] == DENY:
        manifest["spec"]["ingress"] = [{}]


def unlabelled(manifest: Json) -> None:
    """A webhook that takes a label of ours away."""
    manifest["metadata"]["labels"] = {}


async def test_a_policy_that_a_webhook_changes_is_not_written_for_ever_and_is_told(bench: Bench) -> None:
    bench.cluster.webhook = opened
    bench.baseline({})
    await bench.turn()
    assert bench.ready() == "NotAsDeclared"
    written = len(bench.cluster.writes)
    for _ in range(3):
        assert (await bench.turn()).result is Result.UNCHANGED
    assert len(bench.cluster.writes) == written
    assert [event.reason for event in bench.events] == ["NotAsDeclared"]


async def test_a_policy_that_a_webhook_changed_is_tried_again_after_a_while(bench: Bench) -> None:
    bench.cluster.webhook = opened
    bench.baseline({})
    again = (await bench.turn()).again
    assert again is not None
    assert again > 10
    bench.cluster.webhook = lambda _: None
    bench.now += again
    await bench.turn()
    assert bench.ready() == "Enforced"


async def test_a_policy_that_a_webhook_changed_is_tried_again_when_somebody_asks(bench: Bench) -> None:
    bench.cluster.webhook = opened
    bench.baseline({})
    await bench.turn()
    bench.cluster.webhook = lambda _: None
    bench.baseline({}, annotations={"netbaseline.dev/reconcile-at": "now"})
    await bench.turn()
    assert bench.ready() == "Enforced"


async def test_a_policy_that_a_webhook_changed_is_written_again_once_somebody_touches_it(bench: Bench) -> None:
    bench.cluster.webhook = opened
    bench.baseline({})
    await bench.turn()
    bench.cluster.webhook = lambda _: None
    bench.edit(DENY)
    await bench.turn()
    assert bench.cluster.objects[DENY]["spec"]["ingress"] == []
    assert bench.ready() == "Enforced"


async def test_metadata_that_does_not_stay_is_a_finding_and_no_reason_to_be_unready(bench: Bench) -> None:
    bench.cluster.webhook = unlabelled
    bench.baseline({})
    await bench.turn()
    await bench.turn()
    assert bench.ready() == "Enforced"
    assert [finding["id"] for finding in bench.status()["findings"]] == ["NotAsDeclared"]
    assert len(bench.cluster.statuses) == 1


# --- a tug-of-war -----------------------------------------------------------------------------------------------------


async def test_a_tug_of_war_is_recognised_slowed_down_told_and_ends_with_its_cause(enforced: Bench) -> None:
    for _ in range(PATIENCE):
        enforced.edit(DENY, "argocd-controller", ingress=[{}])
        await enforced.turn()
    assert enforced.ready() == "Enforced"
    enforced.cluster.writes.clear()

    enforced.edit(DENY, "argocd-controller", ingress=[{}])
    outcome = await enforced.turn()
    assert enforced.cluster.writes == []
    assert outcome.again == 1.0
    assert enforced.ready() == "TugOfWar"
    (ready,) = [item for item in enforced.status()["conditions"] if item["type"] == "Ready"]
    assert "argocd-controller" in ready["message"]
    assert DENY in ready["message"]

    told = len(enforced.events)
    assert enforced.events[-1].reason == "TugOfWar"
    enforced.now += 1.0
    outcome = await enforced.turn()
    assert enforced.cluster.done() == [("update", DENY)]
    assert outcome.again is not None
    assert len(enforced.events) == told, "one more heal in a tug-of-war is no news"

    enforced.now += WINDOW
    assert (await enforced.turn()).again is None
    assert enforced.ready() == "Enforced"


async def test_other_policies_are_healed_at_once_during_a_tug_of_war(enforced: Bench) -> None:
    for _ in range(PATIENCE + 1):
        enforced.edit(DENY, ingress=[{}])
        await enforced.turn()
    enforced.cluster.writes.clear()
    enforced.delete(DNS)
    await enforced.turn()
    assert enforced.cluster.done() == [("create", DNS)]


# --- held removals ----------------------------------------------------------------------------------------------------


async def test_a_removal_above_the_limit_waits_and_goes_on_when_it_is_confirmed() -> None:
    bench = Bench(removal_limit=1)
    bench.baseline({"allow": {"sameNamespace": {}}})
    await bench.turn()
    spec: Json = {"defaultDeny": ["Ingress"]}
    bench.baseline(spec)
    await bench.turn()
    assert bench.ready() == "RemovalHeld"
    assert {DENY, DNS} <= set(bench.cluster.objects)
    pending = bench.status()["pendingRemoval"]
    bench.baseline(spec, annotations={"netbaseline.dev/confirm-removal": "something else"})
    await bench.turn()
    assert bench.ready() == "RemovalHeld"
    bench.baseline(spec, annotations={"netbaseline.dev/confirm-removal": pending["hash"]})
    await bench.turn()
    assert set(bench.cluster.objects) == {DENY}
    assert bench.ready() == "Enforced"
    assert "pendingRemoval" not in bench.status()
