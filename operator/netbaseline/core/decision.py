"""What to do about one namespace, from all that was observed of it: a turn without its reads and writes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netbaseline.api import v1alpha1 as api
from netbaseline.api.errors import Problem
from netbaseline.core import names
from netbaseline.core.compile import Compiled, Denial, compile_baseline, denial
from netbaseline.core.conditions import Situation
from netbaseline.core.coverage.share import Opened
from netbaseline.core.drift import Drift, drifts
from netbaseline.core.findings import FORGED_OWNERSHIP, WEAKENED, Finding
from netbaseline.core.live import Live
from netbaseline.core.netpol import Policy
from netbaseline.core.plan import Conflict, Owner, Plan, plan, without_conflicting, without_removals
from netbaseline.core.platform import Platform
from netbaseline.core.sequence import Stage, Step, sequence
from netbaseline.core.status import Forecast, PendingRemoval
from netbaseline.core.weakened import Opening, openings

HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Baseline:
    """A NetworkBaseline as it was last seen. `parsed` is None where it is invalid; then `problems` says why."""

    namespace: str
    name: str
    uid: str
    generation: int
    parsed: api.NetworkBaseline | None
    problems: tuple[Problem, ...] = ()
    status: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    leaving: bool = False
    """It has a deletionTimestamp: its policies are the garbage collector's now."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One namespace: its baselines, its policies by name, and what is remembered of our own writes."""

    namespace: str
    baselines: tuple[Baseline, ...]
    live: Mapping[str, Live]
    platform: Platform
    programmed: Mapping[str, str]
    """Policies that we wrote, with the digest of what we wrote."""
    known: Mapping[str, str]
    """Policies that we wrote, with the UID they had then."""
    removal_limit: int
    opened: Mapping[str, tuple[Opened, ...]] = field(default_factory=dict)
    """By baseline, the policies that pods were last seen to be opened by."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one baseline stands before anything is written."""

    baseline: Baseline
    situation: Situation
    message: str
    wanted: tuple[Policy, ...] = ()
    """What it declares, whether or not it is to be written."""
    compiled: Compiled | None = None
    findings: tuple[Finding, ...] = ()
    forecast: Forecast | None = None
    pending_removal: PendingRemoval | None = None
    conflicts: tuple[Conflict, ...] = ()
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written, what of it is drift, and where each baseline stands."""

    namespace: str
    plan: Plan
    drifts: tuple[Drift, ...]
    standings: tuple[Standing, ...]
    live: Mapping[str, Live]

    @property
    def writes(self) -> int:
        """How many policies are to be written or removed."""
        return len(self.plan.create) + len(self.plan.update) + len(self.plan.delete)

    @property
    def needs_to_know_of_pods(self) -> bool:
        """Whether the order of writes depends on there being pods: one write is right in any case."""
        return self.writes > 1

    def stages(self, *, has_pods: bool) -> tuple[Stage, ...]:
        """The writes in order; see `netbaseline.core.sequence`."""
        writing = {policy.name: policy for policy in (*self.plan.create, *(policy for policy, _ in self.plan.update))}
        going = {there.name for there in self.plan.delete}
        before = {name: there.spec for name, there in self.live.items() if name in writing or name in going}
        after = {name: policy.spec for name, policy in writing.items()}
        fixed = {name: there.spec for name, there in self.live.items() if name not in before}
        moved = sequence(before, after, fixed, namespace=self.namespace, has_pods=has_pods)
        touched = {step.name for stage in moved for step in stage}
        return (*moved, *self._metadata_only(touched))

    def _metadata_only(self, touched: set[str]) -> tuple[Stage, ...]:
        """Updates that change no traffic (labels, annotations, owner) come last, in one stage."""
        rest = tuple(Step(policy.name, policy.spec) for policy, _ in self.plan.update if policy.name not in touched)
        return (rest,) if rest else ()


def decide(seen: Observation) -> Decision:
    """The decision on one namespace."""
    standings = _standings(seen)
    planned = _planned(standings, seen)
    standings = [_with_conflicts(item, planned) for item in standings]
    planned = without_conflicting(planned)
    standings = [_with_removal(item, planned, seen.removal_limit) for item in standings]
    standings = [_with_openings(item, seen) for item in standings]
    planned = without_removals(planned, [item.baseline.name for item in standings if item.pending_removal is not None])
    return Decision(seen.namespace, planned, drifts(planned, seen.programmed), tuple(standings), seen.live)


def _standings(seen: Observation) -> list[Standing]:
    """Each baseline's standing. A rule counts where others deny too, so who is written comes first, and alone."""
    present = [baseline for baseline in seen.baselines if not baseline.leaving]
    alone = [_standing(baseline, seen, ()) for baseline in present]
    if len(alone) < 2:
        return alone
    blocked = {conflict.baseline for conflict in _planned(alone, seen).conflicts}
    denials = {item.baseline.name: _denies(item, item.baseline.name in blocked, seen) for item in alone}
    return [
        _standing(baseline, seen, tuple(found for name, found in denials.items() if found and name != baseline.name))
        for baseline in present
    ]


def _planned(standings: list[Standing], seen: Observation) -> Plan:
    active = [item for item in standings if item.situation in {Situation.ENFORCED, Situation.AUDITED}]
    desired = [policy for item in active if item.situation is Situation.ENFORCED for policy in item.wanted]
    living = frozenset(baseline.uid for baseline in seen.baselines)
    return plan(desired, seen.live, [_owner(item.baseline, seen) for item in active], living)


def _denies(item: Standing, blocked: bool, seen: Observation) -> Denial | None:
    """What a baseline denies once the turn is over: what it declares if it is written, else what stands of it."""
    baseline = item.baseline
    if item.situation is Situation.AUDITED:
        return None
    if item.situation is Situation.ENFORCED and baseline.parsed is not None and not blocked:
        return denial(baseline.parsed.spec)
    there = seen.live.get(names.policy_name(baseline.name, names.ROLE_DENY))
    if there is None or not there.owned_by(baseline.uid):
        return None
    return Denial(there.spec.pods, there.spec.ingress is not None, there.spec.egress is not None)


def _standing(baseline: Baseline, seen: Observation, others: tuple[Denial, ...]) -> Standing:
    parsed = baseline.parsed
    if parsed is None:
        return Standing(baseline, Situation.INVALID, "; ".join(str(problem) for problem in baseline.problems))
    compiled = compile_baseline(parsed, seen.platform, others)
    found = Standing(
        baseline, Situation.ENFORCED, "", wanted=compiled.policies, compiled=compiled, findings=compiled.findings
    )
    if parsed.spec.suspend:
        return replace(
            found, situation=Situation.SUSPENDED, message="spec.suspend is true: everything is left as it is"
        )
    if compiled.refusals:
        told = "; ".join(f"{finding.path}: {finding.message}" for finding in compiled.refusals)
        return replace(found, situation=Situation.NOTHING_DISCOVERED, message=told)
    if parsed.spec.mode is api.Mode.AUDIT:
        # What is ours now goes in this very turn, so enforcing would create it anew.
        foreign = {name: there for name, there in seen.live.items() if not there.owned_by(baseline.uid)}
        forecast = _forecast(plan(compiled.policies, foreign, [_owner(baseline, seen)]))
        return replace(
            found,
            situation=Situation.AUDITED,
            forecast=forecast,
            message=f"audit: Enforce would create {len(forecast.create)} policies, update {len(forecast.update)} and"
            f" delete {len(forecast.delete)}",
        )
    return replace(found, message=f"{len(compiled.policies)} policies are in place as declared")


def _owner(baseline: Baseline, seen: Observation) -> Owner:
    adopts = baseline.parsed is not None and baseline.parsed.spec.adoption_policy is api.AdoptionPolicy.ADOPT
    return Owner(baseline.name, baseline.uid, adopts, seen.known)


def _forecast(planned: Plan) -> Forecast:
    return Forecast(
        create=tuple(policy.name for policy in planned.create),
        update=tuple(policy.name for policy, _ in planned.update),
        delete=tuple(there.name for there in planned.delete),
    )


def _with_conflicts(item: Standing, planned: Plan) -> Standing:
    mine = tuple(conflict for conflict in planned.conflicts if conflict.baseline == item.baseline.name)
    forged = tuple(
        Finding(
            FORGED_OWNERSHIP,
            "",
            f"NetworkPolicy {there.name} claims to be ours (label and UID) but we never applied it; it is left alone",
        )
        for there in planned.forged
        if names.baseline_of(there.name) == item.baseline.name
    )
    item = replace(item, findings=(*item.findings, *forged))
    if not mine:
        return item
    if all(conflict.former for conflict in mine):
        return replace(
            item,
            situation=Situation.WAITING_FOR_COLLECTOR,
            conflicts=mine,
            message=f"{_listed(mine)} belongs to an earlier NetworkBaseline of this name; waiting for the garbage"
            " collector to remove it",
        )
    writers = sorted({conflict.writer for conflict in mine if conflict.writer and not conflict.former})
    by = f" (written by {', '.join(writers)})" if writers else ""
    return replace(
        item,
        situation=Situation.NAME_TAKEN,
        conflicts=mine,
        message=f"{_listed(mine)} exists and isn't ours{by}, so nothing is written for this baseline; rename or delete"
        " it, or take it over with spec.adoptionPolicy: Adopt",
    )


def _with_openings(item: Standing, seen: Observation) -> Standing:
    """What others open of the pods of a baseline that is enforced."""
    if item.situation is not Situation.ENFORCED or item.baseline.parsed is None:
        return item
    uids = {baseline.name: baseline.uid for baseline in seen.baselines}
    foreign = [
        there
        for name, there in seen.live.items()
        if not any(policy.name == name for policy in item.wanted)
        and not (there.applied_by_us and there.owned_by(uids.get(names.baseline_of(name) or "", "")))
    ]
    found = openings(denial(item.baseline.parsed.spec), foreign, seen.opened.get(item.baseline.name, ()))
    told = tuple(Finding(WEAKENED, "", f"{opening}; remove or narrow it") for opening in found)
    item = replace(item, openings=found, findings=(*item.findings, *told))
    if seen.platform.enforcement.enforces is False:
        return replace(
            item,
            situation=Situation.NOT_ENFORCED,
            message=f"the policies are in place but nothing enforces them: {seen.platform.enforcement.by} knows no"
            " NetworkPolicies; install a CNI or an add-on that enforces them",
        )
    return item


def _listed(conflicts: tuple[Conflict, ...]) -> str:
    shown = ", ".join(conflict.name for conflict in conflicts[:3])
    more = f" and {len(conflicts) - 3} more" if len(conflicts) > 3 else ""
    return f"NetworkPolicy {shown}{more}"


def _with_removal(item: Standing, planned: Plan, limit: int) -> Standing:
    going = [
        there
        for there in planned.delete
        if names.baseline_of(there.name) == item.baseline.name and not names.is_bridge(there.name)
    ]
    if len(going) <= limit:
        return item
    code = hashlib.sha256("\n".join(sorted(f"{there.name} {there.uid}" for there in going)).encode()).hexdigest()[
        :HASH_LENGTH
    ]
    if item.baseline.annotations.get(names.ANNOTATION_CONFIRM_REMOVAL) == code:
        return item
    return replace(
        item,
        situation=Situation.REMOVAL_HELD,
        pending_removal=PendingRemoval(code, tuple(sorted(there.name for there in going))),
        message=f"{len(going)} policies would be removed at once, more than the limit of {limit}; to go on:"
        f" kubectl annotate nbl {item.baseline.name} -n {item.baseline.namespace} --overwrite"
        f" {names.ANNOTATION_CONFIRM_REMOVAL}={code}",
    )
