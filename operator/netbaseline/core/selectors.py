"""Label selectors as sets of requirements, and the logic that ordering writes needs: and, not, implies.

A selector is a conjunction; `matchLabels` is the same as `In` with one value (LabelSelector, meta/v1), so both have one
spelling here. `NotIn` and `DoesNotExist` also match where the label is missing (labels.Requirement.Matches), which
makes each operator the exact complement of another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist"]

_COMPLEMENT: dict[Operator, Operator] = {
    "In": "NotIn",
    "NotIn": "In",
    "Exists": "DoesNotExist",
    "DoesNotExist": "Exists",
}


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """One condition on one label; `values` sorted, empty for Exists and DoesNotExist."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        if self.operator == "In":
            return self.key in labels and labels[self.key] in self.values
        if self.operator == "NotIn":
            return self.key not in labels or labels[self.key] not in self.values
        return (self.key in labels) == (self.operator == "Exists")

    def complement(self) -> "Requirement":
        return Requirement(self.key, _COMPLEMENT[self.operator], self.values)

    def implies(self, other: "Requirement") -> bool:
        """Whether every label set that matches this one matches `other`; sound, and complete for one key."""
        if self.key != other.key:
            return False
        if other.operator == "Exists":
            return self.operator in {"In", "Exists"}
        if other.operator == "DoesNotExist":
            return self.operator == "DoesNotExist"
        mine, theirs = set(self.values), set(other.values)
        if other.operator == "In":
            return self.operator == "In" and mine <= theirs
        return (
            self.operator == "DoesNotExist"
            or (self.operator == "In" and not mine & theirs)
            or (self.operator == "NotIn" and theirs <= mine)
        )


@dataclass(frozen=True, slots=True, order=True)
class Selector:
    """A conjunction of requirements, sorted, without repeats. Empty selects everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __and__(self, other: "Selector") -> "Selector":
        return selector((*self.requirements, *other.requirements))

    def implies(self, other: "Selector") -> bool:
        """Whether every pod selected here is selected by `other`. Sound; may miss what takes several requirements."""
        return all(any(mine.implies(theirs) for mine in self.requirements) for theirs in other.requirements)


EVERYTHING = Selector()


def selector(requirements: Iterable[Requirement]) -> Selector:
    """The selector of all `requirements`, in canonical form: what several of them say of one key is said once."""
    keys: dict[str, set[Requirement]] = {}
    for item in requirements:
        canonical = Requirement(item.key, item.operator, tuple(sorted(set(item.values))))
        keys.setdefault(item.key, set()).add(canonical)
    return Selector(tuple(sorted(one for key, found in keys.items() for one in _of_one_key(key, found))))


def _of_one_key(key: str, found: set[Requirement]) -> set[Requirement]:
    """The fewest requirements on `key` that mean the same, one form for every contradiction (In can't be empty)."""
    if len(found) == 1:
        return found
    nothing = {Requirement(key, "Exists"), Requirement(key, "DoesNotExist")}
    operators = {item.operator for item in found}
    wanted = [set(item.values) for item in found if item.operator == "In"]
    excluded = {value for item in found if item.operator == "NotIn" for value in item.values}
    if wanted:
        left = set.intersection(*wanted) - excluded
        return {Requirement(key, "In", tuple(sorted(left)))} if left and "DoesNotExist" not in operators else nothing
    if "DoesNotExist" in operators:
        return nothing if "Exists" in operators else {Requirement(key, "DoesNotExist")}
    merged = {Requirement(key, "NotIn", tuple(sorted(excluded)))} if excluded else set()
    return merged | {item for item in found if item.operator == "Exists"}


def equal(labels: Mapping[str, str]) -> Selector:
    """The selector of pods that have exactly these values."""
    return selector(Requirement(key, "In", (value,)) for key, value in labels.items())


def from_manifest(manifest: Mapping[str, Any] | None) -> Selector:
    """A LabelSelector as the API gives it; the caller tells empty from absent."""
    manifest = manifest or {}
    requirements = [Requirement(key, "In", (value,)) for key, value in (manifest.get("matchLabels") or {}).items()]
    requirements += [
        Requirement(item["key"], item["operator"], tuple(item.get("values") or ()))
        for item in manifest.get("matchExpressions") or ()
    ]
    return selector(requirements)


def to_manifest(chosen: Selector) -> dict[str, Any]:
    """The LabelSelector, with `matchLabels` for what it can say and `matchExpressions` for the rest."""
    labels: dict[str, str] = {}
    expressions: list[dict[str, Any]] = []
    for requirement in chosen.requirements:
        if requirement.operator == "In" and len(requirement.values) == 1:
            labels[requirement.key] = requirement.values[0]
            continue
        expression: dict[str, Any] = {"key": requirement.key, "operator": requirement.operator}
        if requirement.values:
            expression["values"] = list(requirement.values)
        expressions.append(expression)
    manifest: dict[str, Any] = {}
    if labels:
        manifest["matchLabels"] = labels
    if expressions:
        manifest["matchExpressions"] = expressions
    return manifest


MOST_TERMS = 1024
"""Selectors to look at in one step of `outside`; policies of others may have thousands of requirements."""


def outside(base: Selector, covered: Iterable[Selector], limit: int) -> tuple[Selector, ...] | None:
    """Selectors whose union is `base` without every pod that one of `covered` selects, or None above `limit` of them.

    Not (a and b) is (not a or not b), so each covered selector multiplies the terms by its requirements; terms inside
    another one are dropped at every step, which keeps the usual case (several policies over one label) at one term.
    """
    terms: list[Selector] = [base]
    for other in covered:
        if base.implies(other):
            return ()
        if len(terms) * len(other.requirements) > MOST_TERMS:
            return None
        grown = [
            term if term_excludes(term, requirement) else selector((*term.requirements, requirement.complement()))
            for term in terms
            for requirement in other.requirements
        ]
        terms = _without_contained(term for term in grown if satisfiable(term))
        if len(terms) > limit:
            return None
    return tuple(sorted(terms))


def term_excludes(term: Selector, requirement: Requirement) -> bool:
    """Whether `term` already excludes everything that `requirement` matches."""
    return any(mine.implies(requirement.complement()) for mine in term.requirements)


def satisfiable(chosen: Selector) -> bool:
    """False only where no label set can match; checked per key, which is exact, since keys are independent."""
    keys: dict[str, list[Requirement]] = {}
    for requirement in chosen.requirements:
        keys.setdefault(requirement.key, []).append(requirement)
    return all(_key_satisfiable(requirements) for requirements in keys.values())


def _key_satisfiable(requirements: list[Requirement]) -> bool:
    missing: dict[str, str] = {}
    if all(requirement.matches(missing) for requirement in requirements):
        return True
    wanted = [set(requirement.values) for requirement in requirements if requirement.operator == "In"]
    if not wanted:
        # Exists with NotIn is always satisfiable: there is no end to label values. With DoesNotExist it is not.
        return not any(requirement.operator == "DoesNotExist" for requirement in requirements)
    key = requirements[0].key
    return any(
        all(requirement.matches({key: value}) for requirement in requirements) for value in set.intersection(*wanted)
    )


def _without_contained(terms: Iterable[Selector]) -> list[Selector]:
    kept: list[Selector] = []
    for term in sorted(set(terms), key=lambda item: len(item.requirements)):
        if not any(term.implies(other) for other in kept):
            kept.append(term)
    return kept
