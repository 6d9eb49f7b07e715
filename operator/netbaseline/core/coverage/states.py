"""The words of coverage, and the values in which it is told."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.inventory import Pod


class State(StrEnum):
    """What one direction of a pod is in."""

    OPEN = "open"
    """No policy selects it."""
    ALLOW_ALL = "allow-all"
    """Selected, and open all the same."""
    ISOLATED = "isolated"
    """Selected, and open neither to every namespace nor to the internet."""
    CONFORMANT = "conformant"
    """Isolated, and a NetworkBaseline whose policies are in place denies this direction."""
    WAIVED = "waived"
    """Open by a waiver that holds."""
    DEPENDS = "depends"
    """Other APIs' policies select it too, or whether policies apply to it is the network plugin's choice."""


OPEN_STATES: Final = frozenset({State.OPEN, State.ALLOW_ALL})
CLOSED_STATES: Final = frozenset({State.ISOLATED, State.CONFORMANT, State.WAIVED})
"""Those that count as covered. What depends is promised to nobody: neither open nor covered."""


class NamespaceState(StrEnum):
    """A namespace in one word."""

    PROTECTED = "protected"
    """Every pod is covered in both directions."""
    PARTIAL = "partial"
    OPEN = "open"
    """Every pod is open in both directions."""
    UNKNOWN = "unknown"
    """Its pods aren't known."""


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of some pods. `policies`: names of those of the namespace that select them in this direction."""

    state: State
    policies: tuple[str, ...] = ()
    open_to: tuple[str, ...] = ()
    """In `allow-all`: every namespace, the IPv4 internet, the IPv6 internet."""
    opened_by: tuple[str, ...] = ()
    """In `allow-all`: the policies that open it alone; all of `policies` where only several together do."""
    reasons: tuple[str, ...] = ()
    """In `depends`: the foreign policies, and what is the plugin's choice."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pods of one namespace that are alike in all of this."""

    pods: tuple[Pod, ...]
    ingress: Side
    egress: Side

    def side(self, direction: Direction) -> Side:
        """One of the two."""
        return self.ingress if direction is Direction.INGRESS else self.egress


Counts = Mapping[State, int]
"""Pods by state; states without any left out."""


def ratio(counts: Counts) -> float | None:
    """The part of the pods that is covered, 0 to 1; None where there are no pods."""
    total = sum(counts.values())
    return sum(counts.get(state, 0) for state in CLOSED_STATES) / total if total else None


@dataclass(frozen=True, slots=True)
class NamespaceCoverage:
    """One namespace. `unborn`: what a pod without labels would be in, which speaks for a namespace without pods."""

    namespace: str
    groups: tuple[Group, ...]
    unborn: Group

    @property
    def pods(self) -> int:
        return sum(len(group.pods) for group in self.groups)

    def counts(self, direction: Direction) -> Counts:
        """Pods by state in one direction."""
        found: Counter[State] = Counter()
        for group in self.groups:
            found[group.side(direction).state] += len(group.pods)
        return found

    @property
    def state(self) -> NamespaceState:
        groups = self.groups or (self.unborn,)
        states = {group.side(direction).state for group in groups for direction in Direction}
        if states <= CLOSED_STATES:
            return NamespaceState.PROTECTED
        return NamespaceState.OPEN if states <= OPEN_STATES else NamespaceState.PARTIAL
