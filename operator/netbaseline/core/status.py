"""The status of a NetworkBaseline, as the manifest to write: what a turn found, decided and did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from netbaseline.core.compile import Source
from netbaseline.core.conditions import PROGRAMMED, ConditionStatus, Situation, conditions
from netbaseline.core.findings import Finding

MAX_LISTED = 20
MAX_POLICIES = 160
MAX_POLICY_MESSAGE = 256

PolicyPhase = Literal["Applied", "Pending", "Conflict", "Failed", "Removing"]


@dataclass(frozen=True, slots=True)
class PolicyState:
    """One policy of the baseline; `digest` of what was last applied, empty before."""

    name: str
    state: PolicyPhase
    digest: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What Audit would write."""

    create: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingRemoval:
    """A removal above the limit, and the hash that confirms exactly this one."""

    hash: str
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that a status says."""

    generation: int
    situation: Situation
    message: str
    policies: tuple[PolicyState, ...] = ()
    findings: tuple[Finding, ...] = ()
    sources: tuple[Source, ...] = ()
    forecast: Forecast | None = None
    pending_removal: PendingRemoval | None = None
    reconcile_at: str | None = None


def manifest(report: Report, before: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The whole status. `before` is the one on the object, `now` an RFC 3339 time for conditions that change.

    Every key is there, None where there is nothing to say, so that a JSON merge patch leaves nothing of the old status.
    """
    applied = sum(policy.state == "Applied" for policy in report.policies)
    return {
        "observedGeneration": report.generation,
        "conditions": _conditions(report, before, now),
        "policies": [_policy(policy) for policy in report.policies[:MAX_POLICIES]] or None,
        "policySummary": f"{applied}/{len(report.policies)}" if report.policies else None,
        "findings": [
            {"id": item.id, "severity": item.severity.value, "path": item.path, "message": item.message}
            for item in sorted(report.findings)[:MAX_LISTED]
        ]
        or None,
        "sources": [{"part": item.part, "from": item.origin} for item in report.sources[:MAX_LISTED]] or None,
        "forecast": None if report.forecast is None else _forecast(report.forecast),
        "pendingRemoval": None
        if report.pending_removal is None
        else {"hash": report.pending_removal.hash, "policies": list(report.pending_removal.policies[:MAX_LISTED])},
        "lastHandledReconcileAt": report.reconcile_at,
    }


def changed(wanted: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether there is anything to write: an unchanged world writes no status."""
    return any(wanted[key] != before.get(key) for key in wanted)


def _conditions(report: Report, before: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    old = {item["type"]: item for item in before.get("conditions") or ()}
    programmed: ConditionStatus = old.get(PROGRAMMED, {}).get("status", "False")
    found: list[dict[str, Any]] = []
    for condition in conditions(report.situation, report.message, programmed):
        previous = old.get(condition.type)
        # The schema's default conditions have a status but no observation behind it, and 1970 for a time.
        same = previous is not None and previous.get("status") == condition.status and "observedGeneration" in previous
        found.append(
            {
                "type": condition.type,
                "status": condition.status,
                "observedGeneration": report.generation,
                "lastTransitionTime": previous["lastTransitionTime"] if same and previous is not None else now,
                "reason": condition.reason,
                "message": condition.message,
            }
        )
    return found


def _policy(policy: PolicyState) -> dict[str, Any]:
    found = {"name": policy.name, "state": policy.state}
    if policy.digest:
        found["digest"] = policy.digest
    if policy.message:
        found["message"] = policy.message[:MAX_POLICY_MESSAGE]
    return found


def _forecast(forecast: Forecast) -> dict[str, Any]:
    named = (*forecast.create, *forecast.update, *forecast.delete)
    return {
        "create": len(forecast.create),
        "update": len(forecast.update),
        "delete": len(forecast.delete),
        "policies": list(named[:MAX_LISTED]),
    }


def programmed_digests(status: Mapping[str, Any]) -> dict[str, str]:
    """What an earlier operator wrote, as its status remembers: policy name to digest."""
    policies: Iterable[Mapping[str, Any]] = status.get("policies") or ()
    return {item["name"]: item["digest"] for item in policies if item.get("digest")}


def newly_programmed(wanted: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether this status is the first to say that the policies are in place."""
    return _is_programmed(wanted) and not _is_programmed(before)


def _is_programmed(status: Mapping[str, Any]) -> bool:
    return any(item["type"] == PROGRAMMED and item["status"] == "True" for item in status.get("conditions") or ())
