"""Which of a plan's writes undo somebody else's doing, rather than follow a change of what is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from netbaseline.core import names
from netbaseline.core.netpol import Policy
from netbaseline.core.normalize import digest
from netbaseline.core.plan import Plan


class DriftType(StrEnum):
    MISSING = "missing"
    MODIFIED = "modified"
    ORPHANED = "orphaned"
    WEAKENED = "weakened"
    """A policy of somebody else's opens covered pods: seen and told, not ours to undo."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One policy that is not as we left it. `writer`: the field manager that did it, where the API tells."""

    type: DriftType
    policy: str
    baseline: str
    writer: str | None = None


def drifts(planned: Plan, programmed: Mapping[str, str]) -> tuple[Drift, ...]:
    """The drift in `planned`; `programmed` maps each policy that we wrote to its digest at the time.

    What we meant to write is what we wrote before, and still it has to be written: then somebody else did it. A policy
    that ought to go and that we didn't write is an orphan; bridges of a turn that died are neither.
    """

    def as_before(policy: Policy) -> bool:
        return policy.name in programmed and programmed[policy.name] == digest(policy)

    found = [
        Drift(DriftType.MISSING, policy.name, names.baseline_of(policy.name) or "")
        for policy in planned.create
        if as_before(policy)
    ]
    found += [
        Drift(DriftType.MODIFIED, policy.name, names.baseline_of(policy.name) or "", there.last_writer)
        for policy, there in planned.update
        if as_before(policy)
    ]
    found += [
        Drift(DriftType.ORPHANED, there.name, names.baseline_of(there.name) or "", there.last_writer)
        for there in planned.delete
        if there.name not in programmed and not names.is_bridge(there.name)
    ]
    return tuple(found)
