"""NetworkBaselines of the input, compiled as if the operator had applied them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netbaseline.api.group import GROUP, KIND
from netbaseline.api.v1alpha1 import Mode, NetworkBaseline
from netbaseline.core import inventory, names
from netbaseline.core.compile import Compiled, Denial, compile_baseline, denial
from netbaseline.core.findings import NOTHING_DISCOVERED, Finding
from netbaseline.core.manifests.given import Given, Remark, reading
from netbaseline.core.netpol import Policy, to_manifest
from netbaseline.core.platform import Platform

API_SERVER = "spec.allow.kubeAPIServer"
"""The one allowance that only a cluster can fill: files know no addresses of the API server."""


def is_baseline(content: Mapping[str, Any]) -> bool:
    """Whether an object is of our kind, of whatever version."""
    return content.get("kind") == KIND and str(content.get("apiVersion", "")).startswith(f"{GROUP}/")


def baseline_of(given: Given, content: Mapping[str, Any]) -> NetworkBaseline:
    """A valid baseline. Raises Refused."""
    with reading(given):
        return NetworkBaseline.parse(dict(content))


def denials_beside(baseline: NetworkBaseline, others: Iterable[NetworkBaseline]) -> list[Denial]:
    """What the other enforced baselines of the same namespace deny: a rule counts there too."""
    return [
        denial(other.spec)
        for other in others
        if other is not baseline and _namespace(other) == _namespace(baseline) and other.spec.mode is Mode.ENFORCE
    ]


def _namespace(baseline: NetworkBaseline) -> str:
    return baseline.metadata.namespace or inventory.DEFAULT_NAMESPACE


@dataclass(frozen=True, slots=True)
class Declared:
    """A valid baseline, and where it stands."""

    given: Given
    baseline: NetworkBaseline

    @property
    def counts(self) -> bool:
        """Whether it says what its policies are: in Audit it writes none, and suspended it leaves them as they are."""
        return self.baseline.spec.mode is Mode.ENFORCE and not self.baseline.spec.suspend


@dataclass(frozen=True, slots=True)
class Applied:
    """What is there once the operator has had its turn."""

    policies: tuple[inventory.Policy, ...]
    notes: tuple[Remark, ...] = ()
    problems: tuple[Remark, ...] = ()


def applied(declared: Sequence[Declared], standing: Sequence[inventory.Policy], platform: Platform) -> Applied:
    """`standing` with the policies of the baselines in place: those of the same name are replaced, where they stand.

    A baseline that isn't accepted as declared writes nothing, as with the operator, and is a problem.
    """
    problems: list[Remark] = []
    counted: list[Declared] = []
    for item in declared:
        if not item.counts:
            continue
        refusals = _refusals(item, compile_baseline(item.baseline, platform))
        problems.extend(refusals)
        if not refusals:
            counted.append(item)
    among: dict[str, list[NetworkBaseline]] = {}
    for item in counted:
        among.setdefault(_namespace(item.baseline), []).append(item.baseline)
    held = _denials_of_suspended(declared, standing)
    wanted: dict[tuple[str, str], inventory.Policy] = {}
    notes: list[Remark] = []
    for item in counted:
        namespace = _namespace(item.baseline)
        beside = [*denials_beside(item.baseline, among[namespace]), *held.get(namespace, ())]
        compiled = compile_baseline(item.baseline, platform, beside)
        notes.extend(_note(item, finding) for finding in compiled.findings)
        wanted |= {(policy.namespace, policy.name): _policy(item, policy) for policy in compiled.policies}
    kept = [wanted.pop((policy.namespace, policy.name), policy) for policy in standing]
    return Applied((*kept, *wanted.values()), tuple(notes), tuple(problems))


def _policy(item: Declared, policy: Policy) -> inventory.Policy:
    return inventory.Policy(
        policy.namespace,
        policy.name,
        policy.spec,
        policy.labels,
        policy.annotations,
        to_manifest(policy),
        item.baseline.metadata.name,
        item.given.origin,
    )


def _refusals(item: Declared, compiled: Compiled) -> list[Remark]:
    return [Remark(found.message, item.given, found.path) for found in compiled.refusals if found.path != API_SERVER]


def _note(item: Declared, finding: Finding) -> Remark:
    message = f"{finding.id}: {finding.message}"
    if (finding.path, finding.id) == (API_SERVER, NOTHING_DISCOVERED):
        message += "; the rest of this baseline is counted"
    return Remark(message, item.given, finding.path)


def _denials_of_suspended(
    declared: Iterable[Declared], standing: Iterable[inventory.Policy]
) -> dict[str, list[Denial]]:
    """What a suspended baseline denies is what stands of it."""
    suspended = {
        (_namespace(item.baseline), names.policy_name(item.baseline.metadata.name, names.ROLE_DENY))
        for item in declared
        if item.baseline.spec.suspend
    }
    found: dict[str, list[Denial]] = {}
    for policy in standing:
        if (policy.namespace, policy.name) in suspended:
            spec = policy.spec
            found.setdefault(policy.namespace, []).append(
                Denial(spec.pods, spec.ingress is not None, spec.egress is not None)
            )
    return found


def with_namespace(baseline: NetworkBaseline, namespace: str) -> NetworkBaseline:
    """The baseline in the namespace that it doesn't name itself."""
    metadata = baseline.metadata.model_copy(update={"namespace": namespace})
    return baseline.model_copy(update={"metadata": metadata})
