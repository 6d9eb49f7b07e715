"""The status of a NetworkBaseline, as the manifest to write: what a turn found, decided and did."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from netbaseline.api import status as api
from netbaseline.core import findings
from netbaseline.core.compile import Source
from netbaseline.core.conditions import PROGRAMMED, READY, WEAKENED, Situation, conditions
from netbaseline.core.coverage.share import Share
from netbaseline.core.coverage.states import Counts, State
from netbaseline.core.findings import Finding

PolicyPhase = api.PolicyState

AsBefore = Literal["as before"]
AS_BEFORE: Final[AsBefore] = "as before"
"""For coverage that isn't judged yet: what an earlier operator left in the status stands until then."""

MAX_BYTES = 16 * 1024
"""Of a whole status as JSON: it is stored, sent and watched each time that any of it changes."""


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
    weakened: str | None = None
    """What policies of others open of the covered pods."""
    coverage: Share | AsBefore | None = AS_BEFORE
    """What the covered pods are open to; None where that isn't known."""


def manifest(report: Report, before: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The whole status. `before` is the one on the object, `now` an RFC 3339 time for conditions that change.

    Every key is there, None where there is nothing to say, so that a JSON merge patch leaves nothing of the old status.
    """
    report = _with_openings_as_told(report, before)
    applied = sum(policy.state is PolicyPhase.APPLIED for policy in report.policies)
    pending = report.pending_removal
    whole = api.NetworkBaselineStatus(
        observed_generation=report.generation,
        conditions=_conditions(report, before, now),
        policies=tuple(_policy(policy) for policy in report.policies[: api.MAX_POLICIES]),
        policy_summary=f"{applied}/{len(report.policies)}" if report.policies else None,
        findings=tuple(_finding(item) for item in sorted(report.findings)[: api.MAX_FINDINGS]),
        sources=tuple(api.Source(part=item.part, from_=item.origin) for item in report.sources[: api.MAX_SOURCES]),
        forecast=None if report.forecast is None else _forecast(report.forecast),
        pending_removal=None
        if pending is None
        else api.PendingRemoval(hash=pending.hash, policies=pending.policies[: api.MAX_NAMES]),
        last_handled_reconcile_at=None if report.reconcile_at is None else report.reconcile_at[: api.MAX_RECONCILE_AT],
        coverage=_coverage(report.coverage),
    ).merge_patch()
    if report.coverage == AS_BEFORE:
        whole["coverage"] = before.get("coverage")
    return _within(MAX_BYTES, whole)


def _with_openings_as_told(report: Report, before: Mapping[str, Any]) -> Report:
    """Some openings are seen only once coverage is judged: until then, what was told of them stands beside any new."""
    told = {item["type"]: item for item in before.get("conditions") or ()}
    same = told.get(READY, {}).get("reason") == report.situation.value
    if report.coverage != AS_BEFORE or WEAKENED not in told or not same:
        return report
    openings = {
        Finding(item["id"], item.get("path", ""), item["message"], api.Severity(item["severity"]))
        for item in before.get("findings") or ()
        if item["id"] == findings.WEAKENED
    }
    new = any(item.id == findings.WEAKENED and item not in openings for item in report.findings)
    weakened = report.weakened if new else told[WEAKENED]["message"]
    return replace(report, weakened=weakened, findings=tuple({*report.findings, *openings}))


def _within(limit: int, found: dict[str, Any]) -> dict[str, Any]:
    """The status without what can be spared first, until it fits; the policies with their digests always stay."""
    for shorter in _SHORTER:
        if len(json.dumps(found, ensure_ascii=False).encode()) <= limit:
            break
        found = shorter(found)
    return found


def _with_few_policy_messages(found: dict[str, Any]) -> dict[str, Any]:
    told = [item for item in found["policies"] or () if "message" in item][:1]
    short = [
        item if item in told else {key: item[key] for key in item if key != "message"}
        for item in found["policies"] or ()
    ]
    return {**found, "policies": short or None}


def _with_few_names(found: dict[str, Any]) -> dict[str, Any]:
    return found | {
        key: {**found[key], "policies": found[key]["policies"][:3]}
        for key in ("forecast", "pendingRemoval")
        if found[key] is not None and found[key].get("policies")
    }


def _with_messages(length: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda found: {
        **found,
        "conditions": [{**item, "message": _cut(item["message"], length)} for item in found["conditions"]],
    }


def _with_findings(count: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda found: {**found, "findings": (found["findings"] or [])[:count] or None}


_SHORTER: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (
    _with_few_policy_messages,
    _with_findings(10),
    _with_few_names,
    _with_findings(3),
    _with_messages(160),
    _with_findings(0),
    lambda found: {**found, "sources": None},
    _with_messages(40),
)


def changed(wanted: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether there is anything to write: an unchanged world writes no status."""
    return any(wanted[key] != before.get(key) for key in wanted)


def _conditions(report: Report, before: Mapping[str, Any], now: str) -> tuple[api.Condition, ...]:
    old = {item["type"]: item for item in before.get("conditions") or ()}
    programmed = api.ConditionStatus(old.get(PROGRAMMED, {}).get("status", "False"))
    found: list[api.Condition] = []
    for condition in conditions(report.situation, report.message, programmed, report.weakened):
        previous = old.get(condition.type)
        # The schema's default conditions have a status but no observation behind it, and 1970 for a time.
        same = previous is not None and previous["status"] == condition.status and "observedGeneration" in previous
        found.append(
            api.Condition(
                type=condition.type,
                status=condition.status,
                observed_generation=report.generation,
                last_transition_time=previous["lastTransitionTime"] if same and previous is not None else now,
                reason=condition.reason,
                message=_cut(condition.message, api.MAX_MESSAGE),
            )
        )
    return tuple(found)


def _policy(policy: PolicyState) -> api.PolicyStatus:
    message = _cut(policy.message, api.MAX_POLICY_MESSAGE)
    return api.PolicyStatus(name=policy.name, state=policy.state, digest=policy.digest or None, message=message or None)


def _finding(item: Finding) -> api.Finding:
    message = _cut(item.message, api.MAX_FINDING_MESSAGE)
    return api.Finding(id=item.id, severity=item.severity, message=message, path=item.path or None)


def _forecast(forecast: Forecast) -> api.Forecast:
    named = (*forecast.create, *forecast.update, *forecast.delete)
    return api.Forecast(
        create=len(forecast.create),
        update=len(forecast.update),
        delete=len(forecast.delete),
        policies=named[: api.MAX_NAMES],
    )


def tells(status: Mapping[str, Any], found: Share) -> bool:
    """Whether a status says all of `found` already. Openings it may say in part: those are for a turn to look at."""
    coverage = _coverage(found)
    if is_weakened(status) or found.opened or coverage is None:
        return False
    return bool(status.get("coverage") == coverage.model_dump(mode="json", by_alias=True, exclude_none=True))


def is_weakened(status: Mapping[str, Any]) -> bool:
    """Whether a status tells of openings."""
    return any(item["type"] == WEAKENED for item in status.get("conditions") or ())


def _coverage(found: Share | AsBefore | None) -> api.Coverage | None:
    if not isinstance(found, Share):
        return None
    return api.Coverage(
        summary=f"{found.covered}/{found.pods}",
        pods=found.pods,
        covered=found.covered,
        ingress=_counts(found.ingress),
        egress=_counts(found.egress),
        depends_known=found.depends_known,
    )


def _counts(counts: Counts) -> api.CoverageCounts:
    return api.CoverageCounts(
        open=counts.get(State.OPEN, 0),
        allow_all=counts.get(State.ALLOW_ALL, 0),
        isolated=counts.get(State.ISOLATED, 0),
        conformant=counts.get(State.CONFORMANT, 0),
        waived=counts.get(State.WAIVED, 0),
        depends=counts.get(State.DEPENDS, 0),
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def programmed_digests(status: Mapping[str, Any]) -> dict[str, str]:
    """What an earlier operator wrote, as its status remembers: policy name to digest."""
    policies: Iterable[Mapping[str, Any]] = status.get("policies") or ()
    return {item["name"]: item["digest"] for item in policies if item.get("digest")}


def newly_programmed(wanted: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether this status is the first to say that the policies are in place."""
    return is_programmed(wanted) and not is_programmed(before)


def is_programmed(status: Mapping[str, Any]) -> bool:
    """Whether a status says that the policies are in place."""
    return any(item["type"] == PROGRAMMED and item["status"] == "True" for item in status.get("conditions") or ())
