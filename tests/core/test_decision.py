"""What to do about a namespace, and where each of its baselines stands."""

from dataclasses import replace
from typing import Any

import pytest

from netbaseline.core.conditions import Situation
from netbaseline.core.decision import decide
from netbaseline.core.live import Live
from netbaseline.core.netpol import Spec
from netbaseline.core.platform import Platform
from netbaseline.core.sequence import Step
from tests.core.baselines import PLATFORM
from tests.core.objects import KUBECTL, live
from tests.core.observing import observation, seen, standing, standing_policies, wanted, writes

Json = dict[str, Any]

DENY, DNS, SAME = "nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"
FOREIGN: Json = {"metadata": {"labels": {}, "annotations": {}, "ownerReferences": []}, "managers": (KUBECTL,)}


def foreign(name: str, item: Any) -> dict[str, Live]:
    """Somebody else's policy under the name of one of a baseline's."""
    (policy,) = [policy for policy in wanted(item) if policy.name == name]
    return {name: live(policy, **FOREIGN)}


def test_a_new_baseline_is_enforced_by_creating_its_policies() -> None:
    decision = decide(observation(seen({})))
    assert writes(decision) == {"create": [DENY, DNS]}
    assert standing(decision).situation is Situation.ENFORCED
    assert decision.drifts == ()


def test_an_enforced_baseline_whose_policies_are_there_is_quiet() -> None:
    item = seen({})
    assert decide(observation(item, there=standing_policies(item))).plan.quiet


def test_audit_writes_nothing_and_forecasts_what_enforcing_would_write() -> None:
    decision = decide(observation(seen({"mode": "Audit"})))
    assert writes(decision) == {}
    found = standing(decision)
    assert found.situation is Situation.AUDITED
    assert found.forecast is not None
    assert (found.forecast.create, found.forecast.update, found.forecast.delete) == ((DENY, DNS), (), ())


def test_going_back_to_audit_withdraws_and_forecasts_what_enforcing_again_would_write() -> None:
    enforced, audited = seen({}), seen({"mode": "Audit"})
    decision = decide(observation(audited, there=standing_policies(enforced)))
    assert writes(decision) == {"delete": [DENY, DNS]}
    forecast = standing(decision).forecast
    assert forecast is not None
    assert (forecast.create, forecast.delete) == ((DENY, DNS), ())


@pytest.mark.parametrize("there", [False, True])
def test_a_suspended_baseline_is_neither_written_nor_healed_nor_removed(there: bool) -> None:
    item = seen({"suspend": True, "allow": {"sameNamespace": {}}})
    policies = standing_policies(seen({"allow": {"dns": {"enabled": False}}})) if there else {}
    decision = decide(observation(item, there=policies))
    assert writes(decision) == {}
    assert standing(decision).situation is Situation.SUSPENDED


def test_an_invalid_baseline_says_which_field_and_its_policies_stay() -> None:
    policies = standing_policies(seen({}))
    decision = decide(observation(seen(None), there=policies))
    assert writes(decision) == {}
    assert standing(decision).situation is Situation.INVALID
    assert standing(decision).message == "spec.allow: must be an object"


def test_an_invalid_baseline_does_not_stop_the_others() -> None:
    decision = decide(observation(seen(None, "broken"), seen({})))
    assert writes(decision) == {"create": [DENY, DNS]}
    assert standing(decision).situation is Situation.ENFORCED


def test_where_nothing_is_discovered_nothing_is_written_and_the_field_is_named() -> None:
    item = seen({"allow": {"kubeAPIServer": {}}})
    decision = decide(observation(item, platform=Platform()))
    assert writes(decision) == {}
    assert standing(decision).situation is Situation.NOTHING_DISCOVERED
    assert standing(decision).message.startswith("spec.allow.kubeAPIServer: ")


def test_a_foreign_object_under_our_name_stops_the_baseline_and_is_named_with_its_writer() -> None:
    item = seen({})
    decision = decide(observation(item, there=foreign(DENY, item)))
    assert writes(decision) == {}
    found = standing(decision)
    assert found.situation is Situation.NAME_TAKEN
    assert DENY in found.message
    assert "kubectl-edit" in found.message
    assert "spec.adoptionPolicy: Adopt" in found.message


def test_a_foreign_object_under_our_name_is_taken_over_where_the_baseline_adopts() -> None:
    item = seen({"adoptionPolicy": "Adopt"})
    decision = decide(observation(item, there=foreign(DENY, item)))
    assert writes(decision) == {"create": [DNS], "update": [DENY]}
    assert standing(decision).situation is Situation.ENFORCED


def test_a_policy_that_is_taken_over_in_this_turn_weakens_nothing_any_more() -> None:
    item = seen({"adoptionPolicy": "Adopt"})
    (deny, dns) = wanted(item)
    opened = live(dns, **FOREIGN, spec={"policyTypes": ["Ingress"], "ingress": [{}], "egress": []})
    decision = decide(observation(item, there={DENY: live(deny), DNS: opened}))
    assert writes(decision) == {"update": [DNS]}
    assert (standing(decision).openings, standing(decision).findings) == ((), ())


def test_policies_of_an_earlier_baseline_of_the_same_name_are_waited_for() -> None:
    former = seen({}, uid="uid of the former one")
    decision = decide(observation(seen({}), there=standing_policies(former)))
    assert writes(decision) == {}
    assert standing(decision).situation is Situation.WAITING_FOR_COLLECTOR


def test_a_policy_that_only_claims_to_be_ours_is_left_alone_and_told() -> None:
    item = seen({"allow": {"dns": {"enabled": False}}})
    (dns,) = [policy for policy in wanted(seen({})) if policy.name == DNS]
    decision = decide(observation(item, there={**standing_policies(item), DNS: live(dns, managers=(KUBECTL,))}))
    assert writes(decision) == {}
    (finding,) = [finding for finding in standing(decision).findings if finding.id == "ForgedOwnership"]
    assert DNS in finding.message


def test_more_removals_than_the_limit_wait_for_their_own_confirmation() -> None:
    before = seen({"allow": {"sameNamespace": {}}})
    there = standing_policies(before)
    item = seen({"defaultDeny": ["Ingress"]})
    held = decide(observation(item, there={**there, **_more(3)}, removal_limit=3))
    assert writes(held).get("delete") is None
    assert standing(held).situation is Situation.REMOVAL_HELD
    pending = standing(held).pending_removal
    assert pending is not None
    assert pending.policies == (DNS, *_more(3), SAME)
    assert f"netbaseline.dev/confirm-removal={pending.hash}" in standing(held).message

    confirmed = replace(item, annotations={"netbaseline.dev/confirm-removal": pending.hash})
    gone = decide(observation(confirmed, there={**there, **_more(3)}, removal_limit=3))
    assert writes(gone)["delete"] == list(pending.policies)
    assert standing(gone).situation is Situation.ENFORCED

    more = decide(observation(confirmed, there={**there, **_more(4)}, removal_limit=3))
    assert standing(more).situation is Situation.REMOVAL_HELD


def _more(count: int) -> dict[str, Live]:
    """Policies of rules that the baseline once had."""
    rules = [{"name": str(number), "from": [{"namespace": "other"}]} for number in range(count)]
    found = standing_policies(seen({"allow": {"ingress": rules}}))
    return {name: there for name, there in found.items() if ".rule." in name}


def test_as_many_removals_as_the_limit_need_no_confirmation() -> None:
    decision = decide(observation(seen({}), there={**standing_policies(seen({})), **_more(3)}, removal_limit=3))
    assert len(writes(decision)["delete"]) == 3
    assert standing(decision).pending_removal is None


def test_what_a_held_removal_does_not_concern_is_still_written() -> None:
    decision = decide(observation(seen({"allow": {"sameNamespace": {}}}), there=_more(2), removal_limit=1))
    assert writes(decision) == {"create": [DENY, DNS, SAME]}


def test_bridges_of_a_turn_that_died_do_not_count_towards_the_limit() -> None:
    item = seen({})
    deny = wanted(item)[0]
    bridges = {
        name: live(replace(deny, name=name, spec=Spec(ingress=())))
        for name in ("nbl.default.bridge", "nbl.default.bridge.2")
    }
    decision = decide(observation(item, there={**standing_policies(item), **bridges}, removal_limit=0))
    assert writes(decision) == {"delete": list(bridges)}


def test_a_baseline_that_is_being_deleted_is_left_to_the_garbage_collector() -> None:
    item = seen({}, leaving=True)
    decision = decide(observation(item))
    assert (writes(decision), decision.standings) == ({}, ())


# --- several baselines in one namespace -------------------------------------------------------------------------------

OUT = {"egress": [{"name": "out", "to": [{"cidr": "192.0.2.0/24"}]}]}
OPENER = {"defaultDeny": ["Ingress"], "allow": OUT}
RULE = "nbl.opener.rule.out"


def test_a_rule_counts_beside_a_baseline_that_denies_its_direction() -> None:
    decision = decide(observation(seen({"defaultDeny": ["Egress"]}, "closer"), seen(OPENER, "opener")))
    assert RULE in writes(decision)["create"]


@pytest.mark.parametrize("closer", [{"mode": "Audit"}, {"suspend": True}], ids=str)
def test_a_rule_is_idle_beside_a_baseline_that_enforces_nothing(closer: Json) -> None:
    decision = decide(observation(seen(closer, "closer"), seen(OPENER, "opener")))
    assert RULE not in writes(decision)["create"]
    assert [finding.id for finding in standing(decision, "opener").findings] == ["RuleIdle"]


@pytest.mark.parametrize("now", [{"suspend": True}, None], ids=["suspended", "invalid"])
def test_a_rule_counts_on_beside_a_baseline_whose_policies_stay_in_place(now: Json | None) -> None:
    closer, opener = seen({}, "closer"), seen(OPENER, "opener")
    there = {policy.name: live(policy) for policy in wanted(closer)}
    decided = decide(observation(closer, opener, there=there)).plan.create
    there |= {policy.name: live(policy) for policy in decided}
    assert RULE in there
    decision = decide(observation(seen(now, "closer"), opener, there=there))
    assert writes(decision) == {}


@pytest.mark.parametrize("hindrance", ["nothing discovered", "name taken"])
def test_a_rule_is_idle_beside_a_baseline_that_cannot_be_written(hindrance: str) -> None:
    closer = seen({"allow": {"kubeAPIServer": {}}}, "closer")
    there = foreign("nbl.closer.dns", closer) if hindrance == "name taken" else {}
    platform = Platform() if hindrance == "nothing discovered" else PLATFORM
    decision = decide(observation(closer, seen(OPENER, "opener"), there=there, platform=platform))
    assert standing(decision, "closer").situation in {Situation.NOTHING_DISCOVERED, Situation.NAME_TAKEN}
    assert writes(decision) == {"create": ["nbl.opener.deny"]}


# --- order ------------------------------------------------------------------------------------------------------------


def test_whether_there_are_pods_matters_from_the_second_write_on() -> None:
    item = seen({})
    there = standing_policies(item)
    assert decide(observation(item)).needs_to_know_of_pods
    assert not decide(observation(item, there=there)).needs_to_know_of_pods
    del there[DNS]
    assert not decide(observation(item, there=there)).needs_to_know_of_pods


def test_policies_of_all_baselines_and_foreign_ones_count_for_the_order_of_writes() -> None:
    item = seen({})
    closed = live(replace(wanted(item)[0], name="theirs"), **FOREIGN)
    bridged = decide(observation(item)).stages(has_pods=True)
    unbridged = decide(observation(item, there={"theirs": closed})).stages(has_pods=True)
    assert next(step.name for stage in bridged for step in stage) == "nbl.default.bridge"
    assert {step.name for stage in unbridged for step in stage} == {DENY, DNS}


def test_updates_of_metadata_only_come_last_and_together() -> None:
    item = seen({"owner": "team"})
    there = standing_policies(seen({}))
    there[DNS] = live(wanted(seen({}))[1], spec={"egress": [{}]})
    decision = decide(observation(item, there=there))
    assert writes(decision) == {"update": [DENY, DNS]}
    *_, last = decision.stages(has_pods=True)
    assert last == (Step(DENY, wanted(item)[0].spec),)
