"""States on the way from one set of policies to another, where going straight would move a flow's two ends apart.

A policy says something of each direction; these functions mix the directions of two states. Where the selector of a
policy changes, what waits for its turn moves into a helper policy with the old selector.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from netbaseline.core.netpol import Rules, Spec
from netbaseline.core.selectors import Selector

Direction = Literal["ingress", "egress"]
DIRECTIONS: tuple[Direction, Direction] = ("ingress", "egress")

State = Mapping[str, Spec]
"""Policies of one namespace by name."""

NameFor = Callable[[str, Spec], str]
"""The name of a helper that says a spec, of the same baseline as a policy."""


def halfway(before: State, after: State, first: Direction, name_for: NameFor) -> dict[str, Spec]:
    """`first` as in `after`, the other direction as in `before`."""
    state: dict[str, Spec] = {}
    for name in {*before, *after}:
        old, new = before.get(name), after.get(name)
        done = None if new is None else only(new, first)
        waiting = None if old is None else _without(old, first)
        if done is not None and waiting is not None and done.pods == waiting.pods:
            state[name] = _joined(done, waiting)
        elif done is not None:
            state[name] = done
            if waiting is not None:
                state[name_for(name, waiting)] = waiting
        elif waiting is not None:
            state[name] = waiting
    return state


def ingress_emptied(before: State, after: State, name_for: NameFor) -> dict[str, Spec]:
    """Egress as in `before`; ingress isolates as in `after` with no rules yet, but where it doesn't change at all."""
    skeleton = {name: _skeleton(before, after, name) for name in before}
    return halfway(before, {name: spec for name, spec in skeleton.items() if spec is not None}, "ingress", name_for)


def ingress_pending(before: State, after: State) -> dict[str, Spec]:
    """Egress as in `after`; ingress as in `_ingress_emptied`."""
    state: dict[str, Spec] = {}
    for name, spec in after.items():
        skeleton = _skeleton(before, after, name) if name in before else None
        pending = replace(spec, ingress=None if skeleton is None else skeleton.ingress)
        if pending.ingress is not None or pending.egress is not None:
            state[name] = pending
    return state


def _skeleton(before: State, after: State, name: str) -> Spec | None:
    new = after.get(name)
    if new is None or new.ingress is None:
        return None
    unchanged = part(before.get(name), "ingress") == part(new, "ingress")
    return Spec(new.pods, ingress=new.ingress if unchanged else ())


def rules_of(spec: Spec, direction: Direction) -> Rules | None:
    return spec.ingress if direction == "ingress" else spec.egress


def part(spec: Spec | None, direction: Direction) -> tuple[Selector, Rules] | None:
    """What a policy says of one direction, None where it says nothing."""
    rules = None if spec is None else rules_of(spec, direction)
    return None if spec is None or rules is None else (spec.pods, rules)


def only(spec: Spec, direction: Direction) -> Spec | None:
    rules = rules_of(spec, direction)
    if rules is None:
        return None
    return Spec(spec.pods, ingress=rules) if direction == "ingress" else Spec(spec.pods, egress=rules)


def _without(spec: Spec, direction: Direction) -> Spec | None:
    return only(spec, "egress" if direction == "ingress" else "ingress")


def _joined(one: Spec, other: Spec) -> Spec:
    return Spec(
        one.pods,
        ingress=one.ingress if one.ingress is not None else other.ingress,
        egress=one.egress if one.egress is not None else other.egress,
    )
