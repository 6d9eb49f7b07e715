"""What a turn tells beside the status: Events for what a person should notice."""

from collections.abc import Iterable, Mapping
from typing import Any

from netbaseline.controller.port import Post
from netbaseline.core import findings
from netbaseline.core.conditions import READY, WEAKENED, Situation
from netbaseline.core.decision import Baseline
from netbaseline.core.drift import Drift, DriftType

NORMAL = {Situation.ENFORCED, Situation.AUDITED, Situation.SUSPENDED}
SHOWN = 5
"""Of many things of a kind, that one Event names."""


def announce(
    post: Post, baseline: Baseline, wanted: Mapping[str, Any], healed: Iterable[Drift], seconds: float
) -> None:
    """Events for what the status `wanted` tells that the baseline's own doesn't, and one for what was healed.

    `seconds` have passed since the cause of the turn was heard of.
    """
    (before, _), (now, message) = _ready(baseline.status), _ready(wanted)
    # That a new baseline is enforced is what everybody expects; its status tells, and a thousand Events wouldn't help.
    first = before in {"", "Pending"} and now == Situation.ENFORCED
    if before != now and not first:
        post(baseline, warning=now not in NORMAL, reason=now, message=message)
    if openings := new_openings(wanted, baseline.status):
        post(baseline, warning=True, reason=WEAKENED, message=_some(openings))
    if texts := [_told(drift) for drift in healed]:
        message = f"{_some(texts)} ({seconds * 1000:.0f} ms after the news)"
        post(baseline, warning=True, reason="DriftHealed", message=message)


def new_openings(wanted: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Openings by policies of others that no status has told of, be it one of an operator before us."""
    return sorted(_openings(wanted) - _openings(before))


def _openings(status: Mapping[str, Any]) -> set[str]:
    return {item["message"] for item in status.get("findings") or () if item["id"] == findings.WEAKENED}


def _some(texts: list[str]) -> str:
    more = f"; and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return "; ".join(texts[:SHOWN]) + more


def _told(drift: Drift) -> str:
    by = f" by {drift.writer}" if drift.writer else ""
    if drift.type is DriftType.MISSING:
        return f"NetworkPolicy {drift.policy} had been deleted (the API doesn't tell by whom) and was restored"
    if drift.type is DriftType.ORPHANED:
        return f"NetworkPolicy {drift.policy} belonged to this baseline but isn't declared by it and was removed"
    return f"NetworkPolicy {drift.policy} had been changed{by} and was put right"


def _ready(status: Mapping[str, Any]) -> tuple[str, str]:
    """Reason and message of Ready; empty texts where there is none."""
    for condition in status.get("conditions") or ():
        if condition["type"] == READY:
            return condition["reason"], condition["message"]
    return "", ""
