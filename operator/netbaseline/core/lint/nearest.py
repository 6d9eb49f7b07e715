"""The real label that a selector which matches nothing was probably meant to have."""

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from netbaseline.core.selectors import Requirement, Selector

CLOSE = 0.7
"""Similarity above which two words are taken for one with a slip in it; difflib's own default is 0.6."""
FEW = 3
"""As many values of a key as are all named where none is close: a slip in a short word makes another word of it."""


def shown(requirement: Requirement) -> str:
    """A requirement as `kubectl get -l` has it."""
    values = ", ".join(requirement.values)
    match requirement.operator:
        case "In" if len(requirement.values) == 1:
            return f"{requirement.key}={values}"
        case "In":
            return f"{requirement.key} in ({values})"
        case "NotIn":
            return f"{requirement.key} notin ({values})"
        case "Exists":
            return requirement.key
        case _:
            return f"!{requirement.key}"


def shown_all(chosen: Selector) -> str:
    """A selector as `kubectl get -l` has it."""
    return ",".join(map(shown, chosen.requirements)) or "everything"


def advice(chosen: Selector, labels: Iterable[Mapping[str, str]], things: str) -> str:
    """What to do about a selector that matches none of `things`, whose labels these are."""
    found = list(labels)
    for requirement in chosen.requirements:
        if any(requirement.matches(item) for item in found):
            continue
        near = nearest(requirement, found)
        if near is not None:
            return f"did you mean {near}?"
        there = sorted({item[requirement.key] for item in found if requirement.key in item})
        rather = f" ({requirement.key} is {' or '.join(there)} here)" if 0 < len(there) <= FEW else ""
        return f"none of these {things} has {shown(requirement)}{rather}; correct it, or remove what nobody needs"
    return f"each of its conditions holds somewhere, all of them together for no one of these {things}"


def nearest(requirement: Requirement, labels: Iterable[Mapping[str, str]]) -> str | None:
    """The label `key=value` that resembles most what a requirement asks for, or None where none does."""
    if requirement.operator not in {"In", "Exists"}:
        return None
    pairs = sorted({(key, value) for item in labels for key, value in item.items()})
    scored = [(_likeness(requirement, key, value), f"{key}={value}") for key, value in pairs]
    best = max(scored, key=lambda item: item[0], default=(0.0, ""))
    return best[1] if best[0] >= CLOSE else None


def _likeness(requirement: Requirement, key: str, value: str) -> float:
    """Between 0 and 1. The same value under another key counts as much as another value under the same key; where both
    are others, each must resemble more."""
    keys = _ratio(requirement.key, key)
    if not requirement.values:
        return keys
    values = max(_ratio(asked, value) for asked in requirement.values)
    if requirement.key == key:
        return values
    return (keys + 2) / 3 if values == 1 else keys * values


@lru_cache(maxsize=1 << 16)
def _ratio(one: str, other: str) -> float:
    """Likeness, or 0 where it is below CLOSE, which the two upper bounds tell a hundred times faster."""
    if one == other:
        return 1.0
    matcher = difflib.SequenceMatcher(None, one.lower(), other.lower())
    if matcher.real_quick_ratio() < CLOSE or matcher.quick_ratio() < CLOSE:
        return 0.0
    return matcher.ratio()
