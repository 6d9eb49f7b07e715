"""The verdict on a flow as it was asked for, between ends that may be several pods, or a Service.

A Service's address is seen by some network plugins before it is resolved and by others after, which is one more case
that a verdict can hang on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from netbaseline.core.analysis.explain import Explanation, Place, Verdict, explain
from netbaseline.core.analysis.places import Named, container_port
from netbaseline.core.reach.cases import Case
from netbaseline.core.reach.matrix import Reachability


@dataclass(frozen=True, slots=True)
class Judged:
    """One flow between two places, on the port that its packets carry."""

    source: Place
    destination: Place
    port: int
    protocol: str
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on all flows that were meant; `judged` has those that differ in their reasons, each once."""

    verdict: Verdict | None
    """None where it is allowed for some pods and denied for others."""
    judged: tuple[Judged, ...]
    depends: tuple[Case, ...] = ()


Asked = tuple[int | str, str]
"""A port by number or name, and the protocol."""


def judge(reach: Reachability, source: Named, to: Named, asked: Asked) -> Judgement:
    """Judge everything that `source` and `to` may mean. Raises Unknown and ValueError as `find` and `explain` do."""
    judged = tuple(_one(reach, near, far, to, asked) for near, far in _pairs(reach, source, to, asked))
    if to.service is not None and to.address is not None:
        return _before_or_after(reach, judged, source, to.address, asked)
    return Judgement(_common({item.explanation.verdict for item in judged}), judged, _depends(judged))


def _pairs(reach: Reachability, source: Named, to: Named, asked: Asked) -> list[tuple[Place, Place]]:
    """Two places for all that have the same verdict. A pod's talk with itself counts only where nothing else is asked.

    Pods that no policy can tell apart may still give another number to the port of a Service.
    """
    sources = _alike(source.places, lambda place: _node(reach, place))
    targets = _alike(to.places, lambda place: (_node(reach, place), container_port(reach.inventory, to, place, *asked)))
    alone = len(source.places) == len(to.places) == 1
    every = ([(near, far) for near in some for far in others] for some in sources for others in targets)
    apart = ([(near, far) for near, far in pairs if near != far or alone] for pairs in every)
    return [pairs[0] for pairs in apart if pairs]


def _alike(places: Iterable[Place], meaning: Callable[[Place], object]) -> list[list[Place]]:
    """The places by what they mean, two of each: where one is the other end too, the second stands for its like."""
    found: dict[object, list[Place]] = {}
    for place in places:
        same = found.setdefault(meaning(place), [])
        if len(same) < 2:
            same.append(place)
    return list(found.values())


def _node(reach: Reachability, place: Place) -> int | None:
    return None if place.pod is None else reach.node_of_pod(place.pod)


def _common(verdicts: set[Verdict]) -> Verdict | None:
    return next(iter(verdicts)) if len(verdicts) == 1 else None


def _depends(judged: tuple[Judged, ...]) -> tuple[Case, ...]:
    return tuple(sorted({case for item in judged for case in item.explanation.depends}))


def _one(reach: Reachability, near: Place, far: Place, to: Named, asked: Asked) -> Judged:
    number = container_port(reach.inventory, to, far, *asked)
    return Judged(near, far, number, asked[1], explain(reach, near, far, number, asked[1]))


def _before_or_after(
    reach: Reachability, after: tuple[Judged, ...], source: Named, address: str, asked: Asked
) -> Judgement:
    """A Service by its address: what its pods say, unless a plugin compares ranges with the Service's own address."""
    resolved, depends = _common({item.explanation.verdict for item in after}), _depends(after)
    answer, (port, protocol) = reach.semantics.answer(Case.SERVICE_ADDRESS), asked
    out = {item.explanation.egress.verdict for item in after}
    if not isinstance(port, int) or answer is False or not source.pods:
        return Judgement(resolved, after, depends)
    unresolved = Place(address=address)
    by_address = {
        explain(reach, near, unresolved, port, protocol).egress.verdict
        for near, *_ in _alike(source.places, lambda place: _node(reach, place))
    }
    if by_address == out:
        return Judgement(resolved, after, depends)
    if answer:
        both = by_address | {item.explanation.ingress.verdict for item in after}
        worst = next((one for one in (Verdict.DENIED, Verdict.DEPENDS) if one in both), Verdict.ALLOWED)
        return Judgement(worst, after, depends)
    return Judgement(Verdict.DEPENDS, after, tuple(sorted({*depends, Case.SERVICE_ADDRESS})))
