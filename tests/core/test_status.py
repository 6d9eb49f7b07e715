"""The status to write: what it says, when it changes, and that it always fits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netbaseline.api import fields
from netbaseline.api.status import NOT_YET_SEEN, NetworkBaselineStatus, PolicyState
from netbaseline.core import names
from netbaseline.core.compile import Source
from netbaseline.core.conditions import Situation
from netbaseline.core.coverage.share import Share
from netbaseline.core.findings import Finding
from netbaseline.core.status import (
    Forecast,
    PendingRemoval,
    Report,
    changed,
    manifest,
    newly_programmed,
    programmed_digests,
)
from netbaseline.core.status import PolicyState as State

Json = dict[str, Any]

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"
DIGEST = "0123456789abcdef"
LIMIT = 16 * 1024
APPLIED = State("nbl.default.deny", PolicyState.APPLIED, DIGEST)

texts = st.text(max_size=2000)
names_of_policies = st.lists(st.text("ab.-", max_size=250), max_size=40).map(tuple)
reports = st.builds(
    Report,
    st.integers(0, 9),
    st.sampled_from(Situation),
    texts,
    st.lists(
        st.builds(
            State, st.text("ab.-", max_size=253), st.sampled_from(PolicyState), st.sampled_from(("", DIGEST)), texts
        ),
        max_size=6,
    ).map(tuple),
    st.lists(
        st.builds(Finding, st.sampled_from(("RuleIdle", "DNSBlocked")), st.sampled_from(("", "spec")), texts),
        max_size=30,
    ).map(tuple),
    st.lists(st.builds(Source, st.just("spec.allow.dns"), st.just("default")), max_size=3).map(tuple),
    st.none() | st.builds(Forecast, names_of_policies, names_of_policies, names_of_policies),
    st.none() | st.builds(PendingRemoval, st.just("0123456789ab"), names_of_policies),
    st.none() | texts,
)


def stored(wanted: Json) -> Json:
    """What the object has after a JSON merge patch with this status."""
    return {key: value for key, value in wanted.items() if value is not None}


def condition(status: Json, kind: str) -> Json:
    (found,) = [item for item in status["conditions"] if item["type"] == kind]
    return dict(found)


def size(status: Json) -> int:
    return len(json.dumps(stored(status), separators=(",", ":"), ensure_ascii=False).encode())


@given(reports)
def test_every_status_passes_the_schema_and_has_every_key(report: Report) -> None:
    found = manifest(report, {}, NOW)
    NetworkBaselineStatus.model_validate(stored(found))
    assert found.keys() == NetworkBaselineStatus().merge_patch().keys()


@given(reports)
def test_a_status_that_was_written_is_not_written_again(report: Report) -> None:
    before = stored(manifest(report, {}, NOW))
    assert not changed(manifest(report, before, LATER), before)


@given(reports, reports)
def test_nothing_of_the_former_status_is_left(report: Report, former: Report) -> None:
    before = stored(manifest(former, {}, NOW))
    patch = manifest(report, before, LATER)
    merged = stored({**before, **patch})
    assert {key: value for key, value in merged.items() if key != "conditions"} == {
        key: value for key, value in stored(manifest(report, {}, LATER)).items() if key != "conditions"
    }


def longest(state: PolicyState, text: str) -> Report:
    """The most that a baseline within the bounds of its schema can make a turn say."""
    baseline = "b" * 63
    rules = [f"{number:02}".ljust(63, "r") for number in range(2 * fields.MAX_RULES)]
    roles = ["deny", "dns", "same-namespace", "ingress-controller", "monitoring", "kube-api-server"]
    policies = [names.policy_name(baseline, role) for role in (*roles, *map(names.role_of_rule, rules))]
    return Report(
        generation=10**9,
        situation=Situation.NAME_TAKEN,
        message=text * 2000,
        policies=tuple(
            State(name, state, DIGEST, text * 1000 if state is PolicyState.FAILED else "") for name in policies
        ),
        findings=tuple(Finding("RuleIdle", f"spec.allow.egress[{number}]", text * 1000) for number in range(100)),
        sources=tuple(Source("spec.allow.dns", "x" * 256) for _ in range(3)),
        forecast=Forecast(create=tuple(policies)),
        pending_removal=PendingRemoval("0123456789ab", tuple(policies)),
        reconcile_at="2026-01-01T00:00:00Z",
    )


@pytest.mark.parametrize("text", ["x", "ü", "\U0001f6a7"], ids=["ASCII", "two bytes", "four bytes"])
@pytest.mark.parametrize("state", [PolicyState.APPLIED, PolicyState.FAILED])
def test_the_largest_status_stays_below_16_kib(state: PolicyState, text: str) -> None:
    found = manifest(longest(state, text), {}, NOW)
    NetworkBaselineStatus.model_validate(stored(found))
    assert size(found) <= LIMIT


def test_a_large_status_still_names_every_policy_of_the_baseline() -> None:
    report = longest(PolicyState.APPLIED, "x")
    found = manifest(report, {}, NOW)
    assert [item["name"] for item in found["policies"]] == [policy.name for policy in report.policies]
    assert programmed_digests(stored(found)) == {policy.name: DIGEST for policy in report.policies}


def test_what_is_too_long_is_cut_and_shows_that_it_is() -> None:
    found = manifest(Report(1, Situation.ENFORCED, "x" * 5000), {}, NOW)
    assert condition(found, "Ready")["message"].endswith("x…")


def test_a_condition_keeps_its_time_until_its_status_changes() -> None:
    first = stored(manifest(Report(1, Situation.RETRYING, "no"), {}, NOW))
    still = stored(manifest(Report(2, Situation.NAME_TAKEN, "other"), first, LATER))
    assert condition(still, "Ready")["lastTransitionTime"] == NOW
    assert condition(still, "Ready")["observedGeneration"] == 2
    done = stored(manifest(Report(2, Situation.ENFORCED, "yes"), still, LATER))
    assert condition(done, "Ready")["lastTransitionTime"] == LATER
    assert [item["type"] for item in done["conditions"]] == ["Ready", "Accepted", "Programmed"]


def test_the_times_of_a_status_that_nobody_has_written_are_not_kept() -> None:
    found = manifest(Report(1, Situation.AUDITED, ""), NOT_YET_SEEN.wire(), NOW)
    assert {item["lastTransitionTime"] for item in found["conditions"]} == {NOW}


@pytest.mark.parametrize(
    ("before", "expected"), [(Situation.ENFORCED, "True"), (Situation.AUDITED, "False"), (None, "False")]
)
def test_a_suspended_baseline_is_as_programmed_as_it_was(before: Situation | None, expected: str) -> None:
    old = {} if before is None else stored(manifest(Report(1, before, ""), {}, NOW))
    found = manifest(Report(2, Situation.SUSPENDED, ""), old, LATER)
    assert condition(found, "Programmed")["status"] == expected


def test_the_summary_counts_applied_of_wanted_policies() -> None:
    pending = State("nbl.default.dns", PolicyState.PENDING)
    assert manifest(Report(1, Situation.ENFORCED, "", (APPLIED, pending)), {}, NOW)["policySummary"] == "1/2"
    assert manifest(Report(1, Situation.AUDITED, ""), {}, NOW)["policySummary"] is None


def test_what_was_programmed_is_remembered_by_digest() -> None:
    report = Report(1, Situation.ENFORCED, "", (APPLIED, State("nbl.default.dns", PolicyState.PENDING)))
    assert programmed_digests(stored(manifest(report, {}, NOW))) == {"nbl.default.deny": DIGEST}
    assert programmed_digests({}) == {}


def test_only_the_first_status_in_force_is_newly_programmed() -> None:
    enforced, retrying = (manifest(Report(1, kind, ""), {}, NOW) for kind in (Situation.ENFORCED, Situation.RETRYING))
    assert newly_programmed(enforced, {})
    assert newly_programmed(enforced, stored(retrying))
    assert not newly_programmed(enforced, stored(enforced))
    assert not newly_programmed(retrying, {})


def test_findings_are_in_a_stable_order() -> None:
    one, two = Finding("A", "spec.a", "m"), Finding("B", "spec.b", "m")
    reports = [Report(1, Situation.ENFORCED, "", findings=found) for found in ((one, two), (two, one))]
    assert manifest(reports[0], {}, NOW) == manifest(reports[1], {}, NOW)


def test_a_forecast_counts_everything_and_names_some() -> None:
    many = tuple(f"nbl.a.rule.{number}" for number in range(30))
    found = manifest(Report(1, Situation.AUDITED, "", forecast=Forecast(create=many, delete=many[:2])), {}, NOW)
    assert found["forecast"] == {"create": 30, "update": 0, "delete": 2, "policies": list(many[:20])}


def test_openings_stand_as_they_were_told_until_coverage_is_judged() -> None:
    opening = Finding("Weakened", "", "NetworkPolicy a and b together open pods")
    judged = Report(1, Situation.ENFORCED, "", findings=(opening,), weakened="a and b open pods", coverage=Share(1, 0))
    told = stored(manifest(judged, {}, NOW))
    at_start = manifest(Report(1, Situation.ENFORCED, ""), told, LATER)
    assert not changed(at_start, told)
    closed = manifest(Report(1, Situation.ENFORCED, "", coverage=Share(1, 1)), told, LATER)
    assert "Weakened" not in {item["type"] for item in closed["conditions"]}
    assert closed["findings"] is None
