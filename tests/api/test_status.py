"""The models of `status`."""

import pytest
from pydantic import ValidationError

from netbaseline.api.status import NOT_YET_SEEN, Forecast, NetworkBaselineStatus, PolicyState, PolicyStatus, Source


def test_an_object_that_nobody_has_looked_at_is_in_progress() -> None:
    conditions = {item.type: (item.status, item.reason) for item in NOT_YET_SEEN.conditions}
    assert conditions == {
        "Ready": ("Unknown", "Pending"),
        "Programmed": ("False", "Pending"),
        "Reconciling": ("True", "Pending"),
    }
    assert set(NOT_YET_SEEN.wire()) == {"conditions"}


def test_the_merge_patch_takes_away_what_is_gone() -> None:
    full = NetworkBaselineStatus(
        observed_generation=0,
        policy_summary="0/1",
        policies=(PolicyStatus(name="nbl.default.deny", state=PolicyState.PENDING),),
        forecast=Forecast(create=1),
        sources=(Source(part="allow.dns", from_="default"),),
    )
    assert full.merge_patch() == {
        "observedGeneration": 0,
        "conditions": None,
        "policySummary": "0/1",
        "policies": [{"name": "nbl.default.deny", "state": "Pending"}],
        "coverage": None,
        "findings": None,
        "forecast": {"create": 1, "update": 0, "delete": 0, "policies": []},
        "sources": [{"part": "allow.dns", "from": "default"}],
        "lastHandledReconcileAt": None,
        "pendingRemoval": None,
    }
    assert set(NetworkBaselineStatus().merge_patch()) == set(full.merge_patch())
    assert NetworkBaselineStatus().wire() == {}


def test_what_would_not_fit_is_refused_where_it_is_made() -> None:
    with pytest.raises(ValidationError):
        PolicyStatus(name="a", state=PolicyState.FAILED, message="x" * 257)
    with pytest.raises(ValidationError):
        PolicyStatus(name="a", state=PolicyState.APPLIED, digest="nothexadecimal!!")
