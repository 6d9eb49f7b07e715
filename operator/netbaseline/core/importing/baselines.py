"""The NetworkBaselines of one namespace, made from the policies that stand in it.

What some policy isolates, a baseline denies: one baseline for each widest selector, which for most namespaces is all
pods and so one baseline. What the policies allow becomes its named rules, each over the pods of its policy.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pydantic import ValidationError

from netbaseline.api.errors import problems
from netbaseline.api.fields import MAX_RULES
from netbaseline.api.group import API_VERSION, KIND
from netbaseline.api.v1alpha1 import Direction, NetworkBaseline
from netbaseline.core import names, selectors
from netbaseline.core.allow.dns import DEFAULT, DNS_PORTS
from netbaseline.core.importing import words
from netbaseline.core.inventory import Policy
from netbaseline.core.netpol import Peer, Rule, Rules, Spec
from netbaseline.core.normalize import normalized, rules
from netbaseline.core.selectors import EVERYTHING, Selector

DEFAULT_NAME = "default"


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A policy that stays as it is, and why."""

    policy: Policy
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """`manifests` replace `replaced`; `unsaid` stay beside them."""

    manifests: tuple[dict[str, Any], ...]
    replaced: tuple[Policy, ...]
    unsaid: tuple[Unsaid, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opening:
    """One rule of one policy."""

    policy: str
    pods: Selector
    direction: Direction
    rule: Rule


@dataclass(slots=True)
class _Draft:
    """A baseline in the making."""

    pods: Selector
    denied: list[Direction] = field(default_factory=list)
    openings: list[_Opening] = field(default_factory=list)


def import_namespace(namespace: str, policies: Sequence[Policy], taken: Container[str] = ()) -> Imported:
    """The baselines that mean what `policies`, all of one namespace, mean together.

    `taken`: names of baselines that stand in the namespace. Applying an import must not replace any of them.
    """
    sayable: list[Policy] = []
    unsaid: list[Unsaid] = []
    for policy in policies:
        reason = _unsayable(policy)
        if reason is None:
            sayable.append(policy)
        else:
            unsaid.append(Unsaid(policy, reason))
    drafts = _drafts(sayable)
    stems = (name for number in count(1) if (name := _numbered(DEFAULT_NAME, number)) not in taken)
    manifests = [
        manifest
        for stem, draft in zip(stems, drafts, strict=False)
        for manifest in _written(namespace, stem, draft, drafts, taken)
    ]
    return Imported(tuple(manifests), tuple(sayable), tuple(unsaid))


def _unsayable(policy: Policy) -> str | None:
    """Why no baseline can say it: a bound of our API that NetworkPolicy hasn't."""
    chosen = {"podSelector": selectors.to_manifest(policy.spec.pods)}
    rules_alone = [
        {"allow": {direction.value.lower(): [words.rule("trial", direction, EVERYTHING, piece)]}}
        for direction, given in _directions(policy.spec)
        for piece in given
    ]
    for spec in (chosen, *rules_alone):
        try:
            NetworkBaseline.parse(_manifest(policy.namespace, "trial", spec))
        except ValidationError as error:
            return str(problems(error)[0])
    return None


def _directions(spec: Spec) -> Iterable[tuple[Direction, Rules]]:
    found = ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress))
    return [(direction, given) for direction, given in found if given is not None]


def _drafts(policies: Iterable[Policy]) -> list[_Draft]:
    specs = [(policy.name, normalized(policy.spec)) for policy in policies]
    drafts: dict[Selector, _Draft] = {}
    for direction in Direction:
        isolated = {spec.pods for _, spec in specs if direction in dict(_directions(spec))}
        for pods in sorted(_widest(isolated)):
            drafts.setdefault(pods, _Draft(pods)).denied.append(direction)
    for name, spec in specs:
        for direction, given in _directions(spec):
            home = next(
                draft for draft in drafts.values() if direction in draft.denied and spec.pods.implies(draft.pods)
            )
            home.openings += [_Opening(name, spec.pods, direction, piece) for piece in given]
    return sorted(drafts.values(), key=lambda draft: draft.pods)


def _widest(isolated: set[Selector]) -> set[Selector]:
    return {
        pods for pods in isolated if not any(pods.implies(other) for other in isolated if other != pods)
    } or isolated


def _written(
    namespace: str, stem: str, draft: _Draft, drafts: Sequence[_Draft], there: Container[str]
) -> Iterable[dict[str, Any]]:
    """One baseline, or several where it has more rules than one may have."""
    openings, allow = _with_allowances(draft, drafts)
    named: dict[Direction, list[dict[str, Any]]] = {direction: [] for direction in Direction}
    taken: set[str] = set()
    for opening in openings:
        name = _rule_name(opening, taken)
        pods = EVERYTHING if opening.pods == draft.pods else opening.pods
        named[opening.direction].append(words.rule(name, opening.direction, pods, opening.rule))
    parts = max(1, *(-(-len(found) // MAX_RULES) for found in named.values()))
    further = (name for number in count(2) if (name := f"{stem}-part-{number}") not in there)
    for part in range(parts):
        spec: dict[str, Any] = {}
        if draft.pods != EVERYTHING:
            spec["podSelector"] = selectors.to_manifest(draft.pods)
        spec["defaultDeny"] = [direction.value for direction in draft.denied]
        mine = dict(allow) if part == 0 else _no_dns(draft, drafts)
        for direction, found in named.items():
            piece = found[part * MAX_RULES : (part + 1) * MAX_RULES]
            if piece:
                mine[direction.value.lower()] = piece
        if mine:
            spec["allow"] = mine
        yield _manifest(namespace, stem if part == 0 else next(further), spec)


def _manifest(namespace: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": meta, "spec": spec}


def _denied_for(draft: _Draft, drafts: Sequence[_Draft]) -> set[Direction]:
    """The directions in which all pods of a draft are denied, by whichever baseline: an allowance counts in them."""
    return {direction for other in drafts if draft.pods.implies(other.pods) for direction in other.denied}


_DNS = Rule(peers=DEFAULT, ports=DNS_PORTS)


def _with_allowances(draft: _Draft, drafts: Sequence[_Draft]) -> tuple[list[_Opening], dict[str, Any]]:
    """What the baseline has a word of its own for is said by that word, and no longer by a rule."""
    openings, denied = list(draft.openings), _denied_for(draft, drafts)
    allow: dict[str, Any] = {}
    own = rules((Rule(peers=(Peer(pods=draft.pods),)),))
    same = [item for item in openings if item.pods == draft.pods and rules((item.rule,)) == own]
    if denied and {item.direction for item in same} == denied:
        allow["sameNamespace"] = {}
        openings = [item for item in openings if item not in same]
    if Direction.EGRESS in denied:
        dns = [
            item
            for item in openings
            if item.direction is Direction.EGRESS and item.pods == draft.pods and rules((item.rule,)) == rules((_DNS,))
        ]
        openings = [item for item in openings if item not in dns]
        allow |= {} if dns else {"dns": {"enabled": False}}
    return openings, allow


def _no_dns(draft: _Draft, drafts: Sequence[_Draft]) -> dict[str, Any]:
    return {"dns": {"enabled": False}} if Direction.EGRESS in _denied_for(draft, drafts) else {}


MAX_NAME = 63


def _rule_name(opening: _Opening, taken: set[str]) -> str:
    """The policy's name as a DNS label, with a number where it has been given."""
    stem = names.dns_label(opening.policy, MAX_NAME - 4) or "rule"
    name = next(name for number in count(1) if (name := _numbered(stem, number)) not in taken)
    taken.add(name)
    return name


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"
