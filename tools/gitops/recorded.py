"""Objects with every status that the operator writes, and what health each of them is in.

The statuses come from `core.status`, so a new situation is recorded by itself.
"""

from dataclasses import dataclass
from typing import Any

from netbaseline.api.group import API_VERSION
from netbaseline.api.status import NOT_YET_SEEN, ConditionStatus, PolicyState
from netbaseline.core import status
from netbaseline.core.conditions import STALLED, TABLE, Situation

Json = dict[str, Any]

TIME = "2026-01-01T00:00:00Z"
GENERATION = 3
POLICY = status.PolicyState("nbl.default.deny", PolicyState.APPLIED, "0123456789abcdef")


@dataclass(frozen=True)
class Recorded:
    """An object, and what Argo CD shall show for it: Healthy, Progressing, Degraded or Suspended."""

    name: str
    content: Json
    health: str
    message: str


def recorded(kind: str) -> list[Recorded]:
    """Every situation, and what comes before and between them."""
    found = [_of(kind, situation) for situation in Situation]
    weakened = _status(Situation.ENFORCED, "in place", "allow-all opens all pods to everybody")
    enforced = _status(Situation.ENFORCED, "in place")
    return [
        *found,
        Recorded(
            "weakened",
            _object(kind, weakened),
            "Healthy",
            "Enforced: in place; weakened: allow-all opens all pods to everybody",
        ),
        Recorded("no-status", _object(kind, None), "Progressing", "No operator has looked at it yet"),
        Recorded(
            "not-yet-seen",
            _object(kind, _told(NOT_YET_SEEN.merge_patch())),
            "Progressing",
            "No operator has looked at it yet",
        ),
        Recorded(
            "changed-since",
            _object(kind, enforced, GENERATION + 1),
            "Progressing",
            "The newest spec has not been looked at yet",
        ),
    ]


def _of(kind: str, situation: Situation) -> Recorded:
    message = f"what is said of {situation.value}"
    content = _object(kind, _status(situation, message))
    return Recorded(_dashed(situation.value), content, _health(situation), f"{situation.value}: {message}")


def _health(situation: Situation) -> str:
    row = TABLE[situation]
    if STALLED in row.also:
        return "Degraded"
    if row.ready is not ConditionStatus.TRUE:
        return "Progressing"
    return "Suspended" if situation is Situation.SUSPENDED else "Healthy"


def _status(situation: Situation, message: str, weakened: str | None = None) -> Json:
    report = status.Report(GENERATION, situation, message, policies=(POLICY,), weakened=weakened)
    return _told(status.manifest(report, {}, TIME))


def _told(found: Json) -> Json:
    """As it is stored after a merge patch, in which None removes."""
    return {key: value for key, value in found.items() if value is not None}


def _object(kind: str, found: Json | None, generation: int = GENERATION) -> Json:
    meta: Json = {"name": "default", "generation": generation}
    if not kind.startswith("Cluster"):
        meta["namespace"] = "shop"
    content: Json = {"apiVersion": API_VERSION, "kind": kind, "metadata": meta, "spec": {}}
    return content if found is None else {**content, "status": found}


def _dashed(reason: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in reason).lstrip("-")
