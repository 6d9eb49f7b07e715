"""The coverage of a whole inventory: every namespace by itself, worst first, and added up."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.compile import Denial
from netbaseline.core.coverage.judge import Scene, judge, touches
from netbaseline.core.coverage.states import OPEN_STATES, Counts, NamespaceCoverage, NamespaceState, State, ratio
from netbaseline.core.inventory import Inventory, Pod, Policy
from netbaseline.core.names import ROLE_DENY, policy_name
from netbaseline.core.reach.cases import OPEN, Semantics


@dataclass(frozen=True, slots=True)
class Survey:
    """All namespaces, worst first: by the part of both directions that is covered, then by how many pods are open."""

    namespaces: tuple[NamespaceCoverage, ...]

    def counts(self, direction: Direction) -> Counts:
        """Pods of all namespaces by state."""
        found: Counter[State] = Counter()
        for one in self.namespaces:
            found.update(one.counts(direction))
        return found

    @property
    def pods(self) -> int:
        return sum(one.pods for one in self.namespaces)

    @property
    def states(self) -> dict[NamespaceState, int]:
        """Namespaces by state."""
        return dict(Counter(one.state for one in self.namespaces))

    def percentage(self) -> float | None:
        """Of all pods and both directions, what is covered, 0 to 100; None where there are no pods."""
        return _percentage(self)


def coverage_of(namespace: NamespaceCoverage) -> float | None:
    """Of a namespace's pods and both directions, what is covered, 0 to 100; None where there are no pods."""
    return _percentage(namespace)


def _percentage(found: "Survey | NamespaceCoverage") -> float | None:
    together = Counter(found.counts(Direction.INGRESS))
    together.update(found.counts(Direction.EGRESS))
    part = ratio(together)
    return None if part is None else 100 * part


def survey(judged: Iterable[NamespaceCoverage]) -> Survey:
    """In order. A namespace without pods comes after those with pods that are covered as little."""
    return Survey(tuple(sorted(judged, key=_badness)))


def _badness(one: NamespaceCoverage) -> tuple[float, int, int, str]:
    part = coverage_of(one)
    if part is None:
        part = {NamespaceState.OPEN: 0.0, NamespaceState.PARTIAL: 50.0}.get(one.state, 100.0)
    opened = sum(count for side in Direction for state, count in one.counts(side).items() if state in OPEN_STATES)
    return part, -opened, -one.pods, one.namespace


def judged(inventory: Inventory, semantics: Semantics = OPEN) -> Iterator[NamespaceCoverage]:
    """Every namespace of an inventory, as it comes, so that progress can be told."""
    pods: dict[str, list[Pod]] = defaultdict(list)
    policies: dict[str, list[Policy]] = defaultdict(list)
    for pod in inventory.pods:
        pods[pod.namespace].append(pod)
    for policy in inventory.policies:
        policies[policy.namespace].append(policy)
    for name, place in inventory.namespaces.items():
        yield judge(
            Scene(
                place,
                pods[name],
                policies[name],
                [foreign for foreign in inventory.foreign if touches(foreign, place)],
                [found for policy in policies[name] if (found := denial_of(policy)) is not None],
            ),
            semantics,
        )


def denial_of(policy: Policy) -> Denial | None:
    """What a baseline denies, from its deny policy as compiled; None for any other policy."""
    if policy.baseline is None or policy.name != policy_name(policy.baseline, ROLE_DENY):
        return None
    return Denial(policy.spec.pods, policy.spec.ingress is not None, policy.spec.egress is not None)
