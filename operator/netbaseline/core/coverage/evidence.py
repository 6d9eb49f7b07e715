"""What an auditor asks of segmentation: the segments, who may pass into and out of them and by which policy, and what
is not closed.

A segment is a namespace. Who may pass is read from the rules of its policies, which add up: what no rule says is denied
for the pods that a policy selects. Pods for which that isn't the whole truth are the exceptions.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.coverage.states import CLOSED_STATES, NamespaceCoverage
from netbaseline.core.coverage.survey import Survey
from netbaseline.core.coverage.told import why
from netbaseline.core.coverage.words import pods_text, rules_text
from netbaseline.core.inventory import Inventory, Policy
from netbaseline.core.names import ANNOTATION_DESCRIPTION, ANNOTATION_OWNER, ANNOTATION_REVIEWED
from netbaseline.core.reach.matrix import rules_in


@dataclass(frozen=True, slots=True)
class Passage:
    """Who may pass, one way. `others`: from whom (Ingress) or to whom (Egress); `pods`: those of the segment."""

    direction: Direction
    others: str
    pods: str
    ports: str
    policy: str


@dataclass(frozen=True, slots=True)
class Control:
    """One policy: what it isolates, and who answers for it."""

    policy: str
    pods: str
    isolates: str
    baseline: str
    owner: str
    reviewed: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """Some pods that aren't closed in a direction, and why."""

    direction: Direction
    state: str
    workload: str
    pods: int
    why: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One namespace."""

    coverage: NamespaceCoverage
    controls: tuple[Control, ...]
    passages: tuple[Passage, ...]
    exemptions: tuple[Exemption, ...]


def segments(found: Survey, inventory: Inventory) -> tuple[Segment, ...]:
    """The namespaces of a survey, in the order of their names."""
    policies: dict[str, list[Policy]] = defaultdict(list)
    for policy in inventory.policies:
        policies[policy.namespace].append(policy)
    return tuple(
        Segment(
            one,
            tuple(map(_control, policies[one.namespace])),
            tuple(_passages(policies[one.namespace])),
            tuple(_exemptions(one)),
        )
        for one in sorted(found.namespaces, key=lambda one: one.namespace)
    )


def _control(policy: Policy) -> Control:
    sides = [direction.value for direction in Direction if rules_in(policy, direction) is not None]
    notes = policy.annotations
    return Control(
        policy=policy.name,
        pods=pods_text(policy.spec.pods),
        isolates=" and ".join(sides),
        baseline=policy.baseline or "",
        owner=notes.get(ANNOTATION_OWNER, ""),
        reviewed=notes.get(ANNOTATION_REVIEWED, ""),
        purpose=notes.get(ANNOTATION_DESCRIPTION, ""),
    )


def _passages(policies: Iterable[Policy]) -> Iterable[Passage]:
    for direction in Direction:
        for policy in policies:
            for others, ports in rules_text(rules_in(policy, direction) or ()):
                yield Passage(direction, others, pods_text(policy.spec.pods), ports, policy.name)


def _exemptions(one: NamespaceCoverage) -> Iterable[Exemption]:
    counted: dict[tuple[Direction, str, str, str], int] = defaultdict(int)
    for group in one.groups:
        for direction in Direction:
            side = group.side(direction)
            if side.state not in CLOSED_STATES:
                for pod in group.pods:
                    counted[direction, side.state.value, f"{pod.workload.name}[{pod.workload.kind}]", why(side)] += 1
    for (direction, state, workload, reason), pods in counted.items():
        yield Exemption(direction, state, workload, pods, reason)
