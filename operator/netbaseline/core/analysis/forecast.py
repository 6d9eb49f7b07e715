"""What applying something would do: to NetworkPolicies as objects, to connectivity, and to flows that were seen."""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import yaml

from netbaseline.core.analysis.changes import Change, Comparison, compare, meaning
from netbaseline.core.analysis.explain import Place, Verdict, explain
from netbaseline.core.analysis.places import Named, Unknown, find
from netbaseline.core.flows.observed import Flow, Party
from netbaseline.core.inventory import Inventory, Policy
from netbaseline.core.netpol import spec_to_manifest
from netbaseline.core.normalize import normalized
from netbaseline.core.reach.cases import OPEN, Semantics
from netbaseline.core.reach.matrix import Reachability

Action = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A NetworkPolicy that would be written or taken away; `diff` in unified form, without file headers."""

    action: Action
    namespace: str
    name: str
    baseline: str | None
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowCut:
    """An observed flow that passes now and would not any more; `seen` counts how often it was observed."""

    flow: Flow
    seen: int
    after: Verdict


@dataclass(frozen=True, slots=True)
class Forecast:
    """Everything that would change. `unplaced`: observed flows with an end that isn't in the input."""

    policies: tuple[PolicyChange, ...]
    comparison: Comparison
    cut: tuple[FlowCut, ...] = ()
    unplaced: int = 0

    @property
    def narrowed(self) -> tuple[Change, ...]:
        return tuple(change for change in self.comparison.changes if change.narrowed)

    @property
    def widened(self) -> tuple[Change, ...]:
        return tuple(change for change in self.comparison.changes if change.widened)

    @property
    def anything(self) -> bool:
        """Whether applying would change anything at all."""
        return bool(self.policies or self.comparison.changes)


def forecast(
    before: Inventory,
    after: Inventory,
    flows: Iterable[Flow] = (),
    semantics: Semantics = OPEN,
    versions: tuple[int, ...] = (4, 6),
) -> Forecast:
    """Compare two worlds, and judge each observed flow in both."""
    comparison = compare(before, after, semantics, versions)
    cut, unplaced = _cut(Counter(flows), comparison, (before, after))
    return Forecast(policy_changes(before.policies, after.policies), comparison, cut, unplaced)


def policy_changes(before: Iterable[Policy], after: Iterable[Policy]) -> tuple[PolicyChange, ...]:
    """By meaning, not by spelling: a policy that only says the same in other words is no change."""
    old, new = _by_name(before), _by_name(after)
    found: list[PolicyChange] = []
    for key in sorted({*old, *new}):
        was, will = old.get(key), new.get(key)
        if was is not None and will is not None and normalized(was.spec) == normalized(will.spec):
            continue
        action: Action = "create" if was is None else "delete" if will is None else "update"
        known = will or was
        baseline = None if known is None else known.baseline
        found.append(PolicyChange(action, *key, baseline, tuple(_diff(was, will))))
    return tuple(found)


def _by_name(policies: Iterable[Policy]) -> Mapping[tuple[str, str], Policy]:
    return {(policy.namespace, policy.name): policy for policy in policies}


def _diff(before: Policy | None, after: Policy | None) -> Iterable[str]:
    one, other = _spelled(before), _spelled(after)
    lines = difflib.unified_diff(one, other, lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _spelled(policy: Policy | None) -> list[str]:
    if policy is None:
        return []
    return yaml.safe_dump(spec_to_manifest(normalized(policy.spec)), sort_keys=False).splitlines()


def _cut(
    flows: Counter[Flow], comparison: Comparison, worlds: tuple[Inventory, Inventory]
) -> tuple[tuple[FlowCut, ...], int]:
    found: list[FlowCut] = []
    unplaced = 0
    before, after = (
        _Judge(reach, world) for reach, world in zip((comparison.before, comparison.after), worlds, strict=True)
    )
    for flow, seen in sorted(flows.items()):
        was, will = before.verdict(flow), after.verdict(flow)
        if flow.passed and will is None:
            unplaced += 1
        elif flow.passed and will is not None and was is not Verdict.DENIED and will not in {Verdict.ALLOWED, was}:
            found.append(FlowCut(flow, seen, will))
    return tuple(found), unplaced


class _Judge:
    """Judges observed flows in one of the two worlds, over a matrix that has the pods of both."""

    def __init__(self, reach: Reachability, world: Inventory) -> None:
        self._reach, self._world = reach, world
        self._places: dict[Party, Place | None] = {}
        self._positions = {meaning(pod): number for number, pod in enumerate(reach.inventory.pods)}

    def verdict(self, flow: Flow) -> Verdict | None:
        """None where an end isn't there, or both are outside."""
        source, destination = self._place(flow.source), self._place(flow.destination)
        if source is None or destination is None or (source.pod is None and destination.pod is None):
            return None
        return explain(self._reach, source, destination, flow.port, flow.protocol).verdict

    def _place(self, party: Party) -> Place | None:
        if party not in self._places:
            named = next(filter(None, map(self._found, _names(party))), None)
            self._places[party] = None if named is None else self._in_matrix(named)
        return self._places[party]

    def _found(self, text: str) -> Named | None:
        try:
            return find(self._world, text)
        except Unknown:
            return None

    def _in_matrix(self, named: Named) -> Place:
        if not named.pods:
            return Place(address=named.address)
        return Place(pod=self._positions[meaning(self._world.pods[named.pods[0]])])


def _names(party: Party) -> Iterable[str]:
    """What a party may be called in the input: the workload rather than the pod, which may be gone by now."""
    home, pod, workload = party.namespace, party.pod, party.workload
    if home and workload:
        yield f"{home}/{party.kind}/{workload}" if party.kind else f"{home}/{workload}"
    if home and pod:
        parts = pod.split("-")
        yield from (f"{home}/{'-'.join(parts[: len(parts) - cut])}" for cut in range(min(3, len(parts))))
    if party.address and not home:
        yield party.address
