"""In which order to write, so that no moment between two right states is a wrong one.

The rule, for every flow and after every single write of a turn: what was allowed before the turn and is allowed after
it stays allowed, and what was denied before and after stays denied.

Every policy isolates the pods it selects, so the first one to be written cuts all that the later ones will allow, and
the last one to be removed does the same on the way back. Three means, each only where it is needed:

- A *bridge* allows everything to exactly those pods that become isolated, or cease to be, while others are written.
- A *leg* writes what widens before what narrows, and carries the old text of policies that do both in a copy.
- A flow has two ends, so a turn that widens one direction and narrows the other narrows first; where both directions
  do both, the turn goes by way of what the old and the new ingress rules have in common.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from netbaseline.core import contains, intersect, names, normalize, selectors
from netbaseline.core.netpol import Rule, Rules, Spec
from netbaseline.core.selectors import Selector
from netbaseline.core.waypoints import (
    DIRECTIONS,
    Direction,
    State,
    halfway,
    ingress_emptied,
    ingress_pending,
    only,
    part,
    rules_of,
)

ALLOW_ALL: Rules = (Rule(),)

MOST_EFFORT = 40_000
"""Above this a turn goes straight: nothing is cut, but for a moment a flow between two of its pods may pass that will
not. Computing the way round it would hold up every other namespace for seconds."""
MAX_BRIDGES = 64
"""More bridges than this for one selector are not worth it: all its pods get one, a moment too open for some."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write: the policy `name` gets `spec`, or goes away when it is None."""

    name: str
    spec: Spec | None


Stage = tuple[Step, ...]
"""Writes of which any order is right, also at the same time. One stage is complete before the next begins."""


def sequence(before: State, after: State, fixed: State, *, namespace: str, has_pods: bool = True) -> tuple[Stage, ...]:
    """The writes that lead from `before` to `after`, beside `fixed` policies that nobody touches in this turn.

    `before` and `after` hold the policies that are ours to write. Without pods there is nothing to cut: just write.
    All of them are normalized, as `live` and `compile` give them, and so is every spec that is written: what an
    unfinished turn left behind is known again by its text, and taken from there.
    """
    if not has_pods:
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        return (tuple(Step(name, after.get(name)) for name in changed),) if changed else ()
    turn = _Turn(tuple(fixed.values()), namespace, _Helpers(before, {*before, *after, *fixed}))
    stages: list[Stage] = []
    current = dict(before)
    for target in turn.waypoints(before, after):
        stages += [stage for stage in turn.leg(current, target) if stage]
        current = dict(target)
    return tuple(stages)


class _Helpers:
    """Names for policies that live only during a turn. What an unfinished turn left behind is used again."""

    def __init__(self, before: State, taken: Container[str]) -> None:
        self._taken = taken
        self._counters: dict[str, int] = {}
        self._names: dict[tuple[str, Spec], str] = {
            (_baseline(name), spec): name for name, spec in sorted(before.items()) if names.is_bridge(name)
        }

    def name(self, policy: str, spec: Spec) -> str:
        """The name of a helper that says `spec`, of the baseline of `policy`; the same for the same text."""
        baseline = _baseline(policy)
        if (baseline, spec) not in self._names:
            self._names[(baseline, spec)] = self._fresh(baseline)
        return self._names[(baseline, spec)]

    def _fresh(self, baseline: str) -> str:
        while True:
            self._counters[baseline] = self._counters.get(baseline, 0) + 1
            name = names.bridge_name(baseline, self._counters[baseline])
            if name not in self._taken:
                return name


@dataclass(frozen=True, slots=True)
class _Turn:
    fixed: tuple[Spec, ...]
    namespace: str
    helpers: _Helpers

    # --- from one state to another in one leg ---------------------------------------------------------------------

    def leg(self, before: State, after: State) -> Iterator[Stage]:
        """Widen, change, narrow, between bridges. Right as long as no flow's two ends move in opposite ways."""
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        helpers = self._bridges(before, after, changed)
        leftover = [name for name in changed if names.is_bridge(name) and name not in after]
        changed = [name for name in changed if name not in leftover]
        widening = [name for name in changed if self._grows(before.get(name), after.get(name))]
        narrowing = [
            name for name in changed if name not in widening and self._grows(after.get(name), before.get(name))
        ]
        turning = [name for name in changed if name not in widening and name not in narrowing]
        if len(turning) > 1:
            helpers += [(name, before[name]) for name in turning]
        standing = [before[name] for name in leftover]
        written = {
            self.helpers.name(name, spec): spec
            for name, spec in helpers
            if not any(self._serves(there, spec) for there in standing)
        }
        yield tuple(Step(name, spec) for name, spec in written.items() if before.get(name) != spec)
        for group in (widening, turning, narrowing):
            yield tuple(Step(name, after.get(name)) for name in group if name not in written)
        # Bridges go last: until then they keep apart from their pods what copies of old rules no longer allow.
        temporary = [name for name in (*written, *leftover) if name not in after]
        bridging = {name for name in temporary if _allows_all(written.get(name) or before[name])}
        yield tuple(Step(name, None) for name in temporary if name not in bridging)
        yield tuple(Step(name, None) for name in temporary if name in bridging)

    def _serves(self, there: Spec, wanted: Spec) -> bool:
        """Whether a policy does all that a helper is wanted for: selects its pods, and allows what it allows."""
        return wanted.pods.implies(there.pods) and all(
            (mine := rules_of(there, direction)) is not None and contains.all_in(rules, mine, self.namespace)
            for direction in DIRECTIONS
            if (rules := rules_of(wanted, direction)) is not None
        )

    def _grows(self, old: Spec | None, new: Spec | None) -> bool:
        """Whether writing `new` over `old` takes away nothing: no rule, no selected pod, no direction."""
        return old is None or (new is not None and new.pods == old.pods and self._serves(new, old))

    def _bridges(self, before: State, after: State, changed: list[str]) -> list[tuple[str, Spec]]:
        """A bridge for pods whose isolation changes while more than one policy is written, beside its baseline."""
        regions: dict[tuple[str, Selector], set[Direction]] = {}
        for direction in DIRECTIONS:
            if sum(part(before.get(name), direction) != part(after.get(name), direction) for name in changed) < 2:
                continue
            for name, region in (*self._opened(before, after, direction), *self._opened(after, before, direction)):
                regions.setdefault((_baseline(name), region), set()).add(direction)
        return [
            (
                names.bridge_name(baseline, 1),
                Spec(
                    region,
                    ingress=ALLOW_ALL if "ingress" in directions else None,
                    egress=ALLOW_ALL if "egress" in directions else None,
                ),
            )
            for (baseline, region), directions in sorted(regions.items(), key=lambda item: item[0])
        ]

    def _opened(self, without: State, with_: State, direction: Direction) -> list[tuple[str, Selector]]:
        """Pods that a policy in `with_` isolates and none in `without` does, as selectors beside the policy's name."""
        isolating = [spec.pods for spec in (*self.fixed, *without.values()) if rules_of(spec, direction) is not None]
        found: dict[tuple[str, Selector], None] = {}
        selecting = {
            (_baseline(name), spec.pods): name
            for name, spec in sorted(with_.items())
            if rules_of(spec, direction) is not None
        }
        for (baseline, pods), name in selecting.items():
            if any(other != pods and owner == baseline and pods.implies(other) for owner, other in selecting):
                continue
            terms = selectors.outside(pods, isolating, MAX_BRIDGES)
            for term in (pods,) if terms is None else terms:
                found[(name, term)] = None
        return list(found)

    # --- which states to pass through -----------------------------------------------------------------------------

    def waypoints(self, before: State, after: State) -> list[State]:
        """The states to reach one after the other, the last one being `after`."""
        narrows = {direction: self._narrows(before, after, direction) for direction in DIRECTIONS}
        widens = {direction: self._narrows(after, before, direction) for direction in DIRECTIONS}
        opposed = any(narrows[one] and widens[other] for one, other in (DIRECTIONS, DIRECTIONS[::-1]))
        if not opposed:
            return [after]
        if all(narrows.values()) and all(widens.values()):
            if self._effort(before, after) > MOST_EFFORT:
                return [after]
            common = self._common_ingress(before, after)
            return [
                {**ingress_emptied(before, after, self.helpers.name), **common},
                {**ingress_pending(before, after), **common},
                after,
            ]
        # What only narrows goes first, what only widens goes last; one of the two is so, or both directions do both.
        first: Direction = next(
            direction
            for direction, other in (DIRECTIONS, DIRECTIONS[::-1])
            if (narrows[direction] and not widens[direction]) or (widens[other] and not narrows[other])
        )
        return [halfway(before, after, first, self.helpers.name), after]

    @staticmethod
    def _effort(before: State, after: State) -> int:
        """Pairs of peers and ports that the way by common ingress would have to look at."""
        sizes = [
            sum(1 + len(rule.peers) + len(rule.ports) for spec in state.values() for rule in spec.ingress or ())
            for state in (before, after)
        ]
        return sizes[0] * sizes[1]

    def _narrows(self, before: State, after: State, direction: Direction) -> bool:
        """Whether going from `before` to `after` may deny in this direction what was allowed; never wrongly False."""
        if self._opened(before, after, direction):
            return True
        isolating = [spec for spec in (*self.fixed, *after.values()) if rules_of(spec, direction) is not None]
        return bool(isolating) and not all(
            any(self._serves(other, side) for other in isolating)
            for spec in before.values()
            if (side := only(spec, direction)) is not None and rules_of(side, direction)
        )

    def _common_ingress(self, before: State, after: State) -> dict[str, Spec]:
        """Policies for what the changed ingress rules of both states allow in common, under bridge names."""
        kept = {name for name in before if part(before[name], "ingress") == part(after.get(name), "ingress")}
        arriving = self._atoms(after, before, kept)  # once: with many selectors it takes most of a turn
        found = {
            (_baseline(old), Spec(pods, ingress=normalize.rules(intersect.rules(rules, others, self.namespace)))): None
            for old, mine, rules in self._atoms(before, after, kept)
            for _, theirs, others in arriving
            if selectors.satisfiable(pods := mine & theirs)
        }
        needed: list[tuple[str, Spec]] = []
        # The largest first, so that what is within another one is found out.
        for baseline, spec in sorted(found, key=lambda item: (len(item[1].pods.requirements), repr(item[1]))):
            if not any(self._serves(other, spec) for _, other in needed):
                needed = [item for item in needed if not self._serves(spec, item[1])]
                needed.append((baseline, spec))
        return {self.helpers.name(names.bridge_name(baseline, 1), spec): spec for baseline, spec in needed}

    def _atoms(self, state: State, other: State, kept: set[str]) -> list[tuple[str, Selector, Rules]]:
        """Changed ingress parts of `state`, and what it leaves open that `other` isolates, as if allowed by a rule."""
        changed = [
            (name, spec.pods, rules)
            for name, spec in state.items()
            if name not in kept and (rules := spec.ingress) is not None
        ]
        return changed + [(name, region, ALLOW_ALL) for name, region in self._opened(state, other, "ingress")]


def _allows_all(spec: Spec) -> bool:
    return any(Rule() in (rules or ()) for rules in (spec.ingress, spec.egress))


def _baseline(policy: str) -> str:
    return names.baseline_of(policy) or policy
