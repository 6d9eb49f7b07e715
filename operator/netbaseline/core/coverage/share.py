"""A baseline's share of its namespace's coverage: the pods that it covers, and who opens them."""

from collections import Counter
from dataclasses import dataclass, field

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.compile import Denial
from netbaseline.core.coverage.states import CLOSED_STATES, Counts, NamespaceCoverage, State


@dataclass(frozen=True, slots=True, order=True)
class Opened:
    """A policy that leaves pods open, and to whom."""

    policy: str
    direction: Direction
    to: str


@dataclass(frozen=True, slots=True)
class Share:
    """`covered`: pods that are covered in every direction that the baseline denies."""

    pods: int = 0
    covered: int = 0
    ingress: Counts = field(default_factory=dict)
    egress: Counts = field(default_factory=dict)
    opened: tuple[Opened, ...] = ()
    depends_known: bool = True
    """False where there may be policies of other APIs that nobody could read."""


def share(denied: Denial, coverage: NamespaceCoverage, *, depends_known: bool = True) -> Share:
    """What of `coverage` is about the pods that a baseline covers."""
    closing = [
        direction
        for direction, closed in ((Direction.INGRESS, denied.ingress), (Direction.EGRESS, denied.egress))
        if closed
    ]
    counts: dict[Direction, Counter[State]] = {direction: Counter() for direction in Direction}
    opened: set[Opened] = set()
    pods = covered = 0
    for group in coverage.groups:
        mine = sum(denied.pods.matches(pod.labels) for pod in group.pods)
        if not mine:
            continue
        pods += mine
        covered += mine if all(group.side(direction).state in CLOSED_STATES for direction in closing) else 0
        for direction in Direction:
            side = group.side(direction)
            counts[direction][side.state] += mine
            if direction in closing:
                opened |= {Opened(policy, direction, to) for policy in side.opened_by for to in side.open_to}
    ingress, egress = dict(counts[Direction.INGRESS]), dict(counts[Direction.EGRESS])
    return Share(pods, covered, ingress, egress, tuple(sorted(opened)), depends_known)
