"""A survey as plain data: what JSON, YAML, tables and pages show of it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.coverage.states import Counts, Group, NamespaceCoverage, NamespaceState, Side, State
from netbaseline.core.coverage.survey import Survey, coverage_of
from netbaseline.core.inventory import Pod


def rounded(percentage: float | None) -> float | None:
    """To one decimal, and never up to a whole that isn't one: 99.96 is 99.9."""
    return None if percentage is None else int(percentage * 10 + 1e-9) / 10


def counts_told(counts: Counts) -> dict[str, int]:
    """Pods by state in the order of the vocabulary, states without any left out."""
    return {state.value: counts[state] for state in State if counts.get(state)}


def described(found: Survey, *, by_pod: bool) -> dict[str, Any]:
    """All of it; the pods one by one where they are asked for."""
    states = found.states
    told: dict[str, Any] = {
        "coverage": rounded(found.percentage()),
        "pods": found.pods,
        "ingress": counts_told(found.counts(Direction.INGRESS)),
        "egress": counts_told(found.counts(Direction.EGRESS)),
        "namespaceStates": {state.value: states[state] for state in NamespaceState if states.get(state)},
        "namespaces": [_namespace(one) for one in found.namespaces],
    }
    if by_pod:
        told["byPod"] = [_pod_told(pod, group) for group in by_badness(found) for pod in group.pods]
    return told


def _namespace(one: NamespaceCoverage) -> dict[str, Any]:
    return {
        "namespace": one.namespace,
        "state": one.state.value,
        "pods": one.pods,
        "coverage": rounded(coverage_of(one)),
        "ingress": counts_told(one.counts(Direction.INGRESS)),
        "egress": counts_told(one.counts(Direction.EGRESS)),
    }


_BADNESS = {
    State.OPEN: 0,
    State.ALLOW_ALL: 1,
    State.DEPENDS: 2,
    State.WAIVED: 3,
    State.ISOLATED: 4,
    State.CONFORMANT: 5,
}


def by_badness(found: Survey) -> Iterator[Group]:
    """The groups of the worst namespace first, and the worst of each namespace first."""
    for one in found.namespaces:
        yield from sorted(one.groups, key=_group_badness)


def _pod_told(pod: Pod, group: Group) -> dict[str, Any]:
    return {
        "namespace": pod.namespace,
        "pod": pod.name,
        "workload": str(pod.workload),
        "ingress": _side(group.ingress),
        "egress": _side(group.egress),
    }


def _group_badness(group: Group) -> tuple[int, int, str]:
    both = sorted(_BADNESS[side.state] for side in (group.ingress, group.egress))
    return both[0], both[1], group.pods[0].name


def reasons(group: Group) -> Iterator[str]:
    """Why the pods aren't covered, direction by direction; both in one where they are the same."""
    if (text := why(group.ingress)) and text == why(group.egress):
        yield text
        return
    for direction in Direction:
        if text := why(group.side(direction)):
            yield f"{direction.value}: {text}"


def _side(side: Side) -> dict[str, Any]:
    told: dict[str, Any] = {"state": side.state.value, "policies": list(side.policies)}
    if side.open_to:
        told |= {"openTo": list(side.open_to), "openedBy": list(side.opened_by)}
    if side.reasons:
        told["reasons"] = list(side.reasons)
    return told


def why(side: Side) -> str:
    """What there is to say of a direction that isn't covered."""
    if side.state is State.OPEN:
        return "no policy selects it"
    if side.state is State.ALLOW_ALL:
        return (
            f"{', '.join(side.opened_by)} open{'s' if len(side.opened_by) == 1 else ''} it to {_listed(side.open_to)}"
        )
    return "; ".join(side.reasons)


def _listed(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def workloads_told(found: Survey) -> dict[str, list[dict[str, Any]]]:
    """By namespace, its workloads with their states, worst first; pods of one workload that differ are apart."""
    told: dict[str, list[dict[str, Any]]] = {}
    for group in by_badness(found):
        for workload, pods in Counter(pod.workload for pod in group.pods).items():
            told.setdefault(workload.namespace, []).append(
                {
                    "workload": f"{workload.name}[{workload.kind}]",
                    "pods": pods,
                    "ingress": group.ingress.state.value,
                    "egress": group.egress.state.value,
                    "why": "; ".join(reasons(group)),
                }
            )
    return told
