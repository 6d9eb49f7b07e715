"""Desired policies against live ones: what to create, update and delete, and what stands in the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from netbaseline.core import names
from netbaseline.core.live import Live, agrees
from netbaseline.core.netpol import Policy


@dataclass(frozen=True, slots=True)
class Owner:
    """A baseline of the namespace, as far as ownership goes. `known` maps policies we wrote to their UIDs."""

    name: str
    uid: str
    adopts: bool = False
    known: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A policy that somebody else has under one of our names."""

    baseline: str
    name: str
    former: bool
    """It belongs to an earlier baseline of the same name; the garbage collector is about to remove it."""
    writer: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The writes of a namespace, unordered. A policy is in exactly one of the first four."""

    create: tuple[Policy, ...] = ()
    update: tuple[tuple[Policy, Live], ...] = ()
    unchanged: tuple[Policy, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    delete: tuple[Live, ...] = ()
    forged: tuple[Live, ...] = ()
    """Policies that carry our label and our owner's UID, but that we never applied: left alone, and told."""

    @property
    def quiet(self) -> bool:
        return not (self.create or self.update or self.delete)


def plan(
    desired: Iterable[Policy],
    live: Mapping[str, Live],
    owners: Iterable[Owner],
    living: frozenset[str] = frozenset(),
) -> Plan:
    """What to write so that `live` (one namespace, by name) becomes `desired`, for the baselines in `owners`.

    `living`: UIDs of all baselines of the namespace; a policy of any other UID is about to be collected.

    Policies of baselines that aren't among the owners are left as they are, whatever they look like.
    """
    by_name = {owner.name: owner for owner in owners}
    wanted = {policy.name: policy for policy in desired}
    create: list[Policy] = []
    update: list[tuple[Policy, Live]] = []
    unchanged: list[Policy] = []
    conflicts: list[Conflict] = []
    for name, policy in sorted(wanted.items()):
        mine = by_name[names.baseline_of(name) or ""]
        there = live.get(name)
        if there is None:
            create.append(policy)
        elif not (_is_ours(there, mine) or mine.adopts):
            former = bool(there.owner_uids) and not there.owner_uids & (living | {mine.uid})
            conflicts.append(Conflict(mine.name, name, former, there.last_writer))
        elif agrees(there, policy):
            unchanged.append(policy)
        else:
            update.append((policy, there))
    leftover = [
        (there, owner)
        for name, there in sorted(live.items())
        if name not in wanted
        and (owner := by_name.get(names.baseline_of(name) or "")) is not None
        and there.owned_by(owner.uid)
        and there.labels.get(names.LABEL_MANAGED_BY) == names.MANAGED_BY
    ]
    return Plan(
        create=tuple(create),
        update=tuple(update),
        unchanged=tuple(unchanged),
        conflicts=tuple(conflicts),
        delete=tuple(there for there, _ in leftover if there.applied_by_us),
        forged=tuple(there for there, _ in leftover if not there.applied_by_us),
    )


def _is_ours(there: Live, owner: Owner) -> bool:
    """By our owner's UID, or, where somebody stripped that off, by being the very object that we wrote."""
    return there.owned_by(owner.uid) or (owner.known or {}).get(there.name) == there.uid


def without_conflicting(planned: Plan) -> Plan:
    """A baseline with a conflict is left as it is: a deny without the allowance in question would cut."""
    blocked = {conflict.baseline for conflict in planned.conflicts}
    if not blocked:
        return planned
    return replace(
        planned,
        create=tuple(policy for policy in planned.create if names.baseline_of(policy.name) not in blocked),
        update=tuple(pair for pair in planned.update if names.baseline_of(pair[0].name) not in blocked),
        delete=tuple(there for there in planned.delete if names.baseline_of(there.name) not in blocked),
    )


def without_removals(planned: Plan, baselines: Iterable[str]) -> Plan:
    """The plan while the removals of some baselines wait for a confirmation."""
    waiting = set(baselines)
    if not waiting:
        return planned
    kept = tuple(there for there in planned.delete if names.baseline_of(there.name) not in waiting)
    return replace(planned, delete=kept)
