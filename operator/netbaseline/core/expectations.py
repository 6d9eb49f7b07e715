"""What a team expects of its policies, as a test: flows that must pass and flows that must not.

An expectation holds only where the verdict is certain: one that depends on the network plugin, or that differs between
the pods of a workload, meets neither `allowed: true` nor `allowed: false`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from netbaseline.core.analysis.explain import Side, Verdict
from netbaseline.core.analysis.judgement import Judged, Judgement, judge
from netbaseline.core.analysis.places import Unknown, find, port_of
from netbaseline.core.manifests.given import Given, Refused, Remark, called, reading
from netbaseline.core.reach.cases import QUESTIONS
from netbaseline.core.reach.matrix import Reachability

EXPECTATIONS = "expectations"
DIFFERS = "differs"
UNKNOWN = "unknown"


def _printable(value: str) -> str:
    if not value.isprintable() or not value:
        raise ValueError("must be text that can be printed")
    return value


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _port(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_Text = Annotated[str, AfterValidator(_printable)]
_Ends = Annotated[list[_Text], BeforeValidator(_listed), Field(min_length=1)]
_Ports = Annotated[list[Annotated[_Text, BeforeValidator(_port)]], BeforeValidator(_listed), Field(min_length=1)]


class _Expectation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_: _Ends = Field(alias="from")
    to: _Ends
    port: _Ports
    allowed: Annotated[bool, Field(strict=True)]
    name: _Text | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expectations: list[_Expectation]


@dataclass(frozen=True, slots=True)
class Expectation:
    """One flow, and whether it must pass. `path` is where it stands in what it was read from."""

    source: str
    to: str
    port: str
    allowed: bool
    name: str
    given: Given
    path: str

    @property
    def flow(self) -> str:
        return f"{self.source} -> {self.to} {self.port}"

    @property
    def wanted(self) -> str:
        return (Verdict.ALLOWED if self.allowed else Verdict.DENIED).value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an expectation: the verdict, or `differs`, or `unknown` where it names what isn't there; and why."""

    expectation: Expectation
    verdict: str
    why: str

    @property
    def holds(self) -> bool:
        return self.verdict == self.expectation.wanted


FIELDS = ("allowed", "expectations", "from", "name", "port", "to")


def expectations(given: Given) -> list[Expectation]:
    """Those of a document: a list, or an object with the list `expectations`. Raises Refused.

    `from`, `to` and `port` may be lists: then every combination is expected.
    """
    content = given.content
    listed = isinstance(content, list)
    if not listed and not isinstance(content, dict):
        raise Refused(Remark(f"expected a list of expectations, not {called(content)}", given))
    try:
        with reading(given, FIELDS):
            found = _File.model_validate({EXPECTATIONS: content} if listed else content)
    except Refused as refused:
        if not listed:
            raise
        raise Refused(*(replace(one, path=one.path.removeprefix(EXPECTATIONS)) for one in refused.remarks)) from None
    above = "" if listed else EXPECTATIONS
    return [
        Expectation(source, to, port, item.allowed, item.name or "", given, f"{above}[{number}]")
        for number, item in enumerate(found.expectations)
        for source, to, port in product(item.from_, item.to, item.port)
    ]


def met(reach: Reachability, expected: Expectation) -> Outcome:
    """Judge one expectation."""
    inventory = reach.inventory
    try:
        asked = port_of(expected.port)
        found = judge(reach, find(inventory, expected.source), find(inventory, expected.to), asked)
    except (Unknown, ValueError) as error:
        return Outcome(expected, UNKNOWN, str(error))
    verdict = DIFFERS if found.verdict is None else found.verdict.value
    return Outcome(expected, verdict, "; ".join(dict.fromkeys(_reasons(reach, found))))


def _reasons(reach: Reachability, found: Judgement) -> Iterator[str]:
    if found.verdict is Verdict.DEPENDS:
        yield from (QUESTIONS[case] for case in found.depends)
        return
    for item in found.judged:
        told = " and ".join(_why(reach, item))
        yield f"{_name(reach, item)} {item.explanation.verdict.value}: {told}" if found.verdict is None else told


def _why(reach: Reachability, item: Judged) -> Iterator[str]:
    """Both sides of what is allowed; of what is denied, those that deny it."""
    denied = item.explanation.verdict is Verdict.DENIED
    for side in (item.explanation.egress, item.explanation.ingress):
        if side.verdict is Verdict.DENIED or not denied:
            yield _of_side(side)


def _of_side(side: Side) -> str:
    direction = side.direction.value.lower()
    if not side.isolating:
        return f"nothing isolates the {direction} side"
    if side.matches:
        return f"{direction} allowed by " + ", ".join(f"{match.policy} {match.path}" for match in side.matches)
    return f"{direction} isolated by {', '.join(map(str, side.isolating))}, and no rule of them lets it pass"


def _name(reach: Reachability, item: Judged) -> str:
    ends = (item.source, item.destination)
    names = [place.address if place.pod is None else str(reach.inventory.pods[place.pod].name) for place in ends]
    return " -> ".join(name or "" for name in names)


def described(outcomes: list[Outcome]) -> Mapping[str, object]:
    """All of it, for programs."""
    return {
        "expectations": [
            {
                "from": item.expectation.source,
                "to": item.expectation.to,
                "port": item.expectation.port,
                "name": item.expectation.name,
                "expected": item.expectation.wanted,
                "verdict": item.verdict,
                "holds": item.holds,
                "why": item.why,
            }
            for item in outcomes
        ],
        "failed": sum(not item.holds for item in outcomes),
    }
