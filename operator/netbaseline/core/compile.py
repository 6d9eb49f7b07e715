"""From a NetworkBaseline to the NetworkPolicies that mean it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netbaseline.api import v1alpha1 as api
from netbaseline.core import names
from netbaseline.core.allow import IN_ORDER, Grant
from netbaseline.core.allow.grant import selector
from netbaseline.core.findings import NOTHING_DISCOVERED, RULE_IDLE, Finding
from netbaseline.core.netpol import OwnerReference, Policy, Rules, Spec
from netbaseline.core.normalize import normalized
from netbaseline.core.platform import Platform
from netbaseline.core.selectors import Selector, satisfiable


@dataclass(frozen=True, slots=True)
class Denial:
    """Pods of the namespace that some enforced baseline denies, per direction."""

    pods: Selector
    ingress: bool
    egress: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where a part came from that the user didn't spell out."""

    part: str
    origin: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a baseline means: policies sorted by name, findings, and the origin of defaulted or discovered parts."""

    policies: tuple[Policy, ...]
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Findings that stop the baseline from being accepted as declared."""
        return tuple(finding for finding in self.findings if finding.id == NOTHING_DISCOVERED)


def denial(spec: api.NetworkBaselineSpec) -> Denial:
    """What a baseline denies."""
    return Denial(
        selector(spec.pod_selector),
        ingress=api.Direction.INGRESS in spec.default_deny,
        egress=api.Direction.EGRESS in spec.default_deny,
    )


def compile_baseline(baseline: api.NetworkBaseline, platform: Platform, others: Iterable[Denial] = ()) -> Compiled:
    """The policies of one baseline; `others` are the denials of further enforced baselines in its namespace.

    A rule counts only where its pods are denied already: a policy isolates what it selects, so an allowance beyond the
    denial would close what the baseline left open.
    """
    covered = selector(baseline.spec.pod_selector)
    denials = (denial(baseline.spec), *others)
    policies = [_policy(baseline, names.ROLE_DENY, _deny(baseline.spec, covered), {})]
    findings: list[Finding] = []
    sources: list[Source] = []
    for allowance in IN_ORDER:
        for outcome in allowance(baseline.spec, platform):
            if isinstance(outcome, Finding):
                findings.append(outcome)
                continue
            spec = _effective(outcome, covered, denials)
            if spec is None:
                if not outcome.implied:
                    findings.append(_idle(outcome, covered))
                continue
            policies.append(_policy(baseline, outcome.role, spec, _notes(baseline, outcome)))
            if outcome.source is not None:
                sources.append(Source(outcome.part, outcome.source))
    return Compiled(tuple(sorted(policies, key=lambda policy: policy.name)), tuple(findings), tuple(sources))


def _deny(spec: api.NetworkBaselineSpec, covered: Selector) -> Spec:
    denied = denial(spec)
    return Spec(covered, ingress=() if denied.ingress else None, egress=() if denied.egress else None)


def _effective(grant: Grant, covered: Selector, denials: tuple[Denial, ...]) -> Spec | None:
    """The grant over the covered pods, in the directions that are denied for all of them; None if there is none."""
    pods = covered & grant.pods
    ingress: Rules | None = grant.ingress or None
    egress: Rules | None = grant.egress or None
    if not any(denied.ingress and pods.implies(denied.pods) for denied in denials):
        ingress = None
    if not any(denied.egress and pods.implies(denied.pods) for denied in denials):
        egress = None
    return None if ingress is None and egress is None else Spec(pods, ingress, egress)


def _idle(grant: Grant, covered: Selector) -> Finding:
    if not satisfiable(covered & grant.pods):
        return Finding(RULE_IDLE, grant.part, "selects no pod: its pods and spec.podSelector exclude each other")
    direction = "Ingress" if grant.ingress else "Egress"
    return Finding(
        RULE_IDLE,
        grant.part,
        f"does nothing, because {direction} is not denied for these pods; add {direction} to spec.defaultDeny, or"
        " remove it",
    )


def _policy(baseline: api.NetworkBaseline, role: str, spec: Spec, notes: Mapping[str, str]) -> Policy:
    meta = baseline.metadata
    told = {
        names.ANNOTATION_BASELINE_UID: meta.uid,
        names.ANNOTATION_OWNER: baseline.spec.owner,
        names.ANNOTATION_DESCRIPTION: baseline.spec.description,
        names.ANNOTATION_REVIEWED: baseline.spec.reviewed,
        names.ANNOTATION_SOURCES: "spec.defaultDeny",
    }
    annotations = {key: value for key, value in told.items() if value}
    owned = baseline.spec.deletion_policy is api.DeletionPolicy.DELETE and bool(meta.uid)
    return Policy(
        namespace=meta.namespace or "default",
        name=names.policy_name(meta.name, role),
        spec=normalized(spec),
        labels={names.LABEL_MANAGED_BY: names.MANAGED_BY, names.LABEL_BASELINE: meta.name},
        annotations={**annotations, **notes},
        owner=OwnerReference(meta.name, meta.uid) if owned else None,
    )


def _notes(baseline: api.NetworkBaseline, grant: Grant) -> dict[str, str]:
    """A rule's own description goes before the baseline's; the source says which field asked for the policy."""
    part = grant.label or grant.part
    notes = {names.ANNOTATION_SOURCES: part if grant.source is None else f"{part} ({grant.source})"}
    if grant.description:
        whole = f"{grant.description} ({baseline.spec.description})" if baseline.spec.description else grant.description
        notes[names.ANNOTATION_DESCRIPTION] = whole
    return notes
