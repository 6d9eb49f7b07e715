"""One flow, judged and reasoned: each policy and rule that decided, or what is missing and the smallest change.

The verdict is the matrix' own; this module only says why, with the same sets of nodes, so that the two can't disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.inventory import Pod, Policy
from netbaseline.core.netpol import Port, Rule
from netbaseline.core.reach import rows
from netbaseline.core.reach.allowance import Allowance
from netbaseline.core.reach.cases import QUESTIONS, Case
from netbaseline.core.reach.matrix import Reachability, port_numbers, rules_in
from netbaseline.core.reach.ports import ALL_PORTS


class Verdict(StrEnum):
    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Place:
    """One end: a pod by its position in the inventory, or an address outside."""

    pod: int | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that lets the flow pass: its policy, its position, and the peers that match (none given: all match)."""

    policy: Policy
    direction: Direction
    rule: int
    peers: tuple[int, ...]
    depends: tuple[Case, ...] = ()

    @property
    def path(self) -> str:
        """The field path of the rule in its policy."""
        return f"spec.{self.direction.value.lower()}[{self.rule}]"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that lets the other end pass, but not on this port; or this port, but not the other end."""

    policy: Policy
    direction: Direction
    rule: int
    wrong: str
    """`peer` or `port`."""


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of a flow, and why."""

    direction: Direction
    verdict: Verdict
    isolating: tuple[Policy, ...]
    matches: tuple[Match, ...]
    misses: tuple[NearMiss, ...]
    depends: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict on a flow and both its sides; `depends` names what it hangs on."""

    verdict: Verdict
    egress: Side
    ingress: Side
    depends: tuple[Case, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the verdict hangs on, in words."""
        return tuple(QUESTIONS[case] for case in self.depends)


def explain(reach: Reachability, source: Place, destination: Place, port: int, protocol: str) -> Explanation:
    """Judge a new connection from `source` to `port` of `destination`, after any Service translation.

    Raises ValueError where an address is none, or both ends are outside.
    """
    if source.pod is None and destination.pod is None:
        raise ValueError("both ends are outside of the cluster, where no NetworkPolicy applies")
    out = _side(reach, Direction.EGRESS, source, destination, (port, protocol))
    into = _side(reach, Direction.INGRESS, destination, source, (port, protocol))
    own = _own_ground(reach, source, destination)
    given = _pair(reach, source, destination)
    if own is not None:
        answer = reach.semantics.answer(own)
        if answer:
            return Explanation(Verdict.ALLOWED, out, into)
        if answer is None and not given.allowed.contains(port, protocol):
            return Explanation(Verdict.DEPENDS, out, into, (own, *given.cases(port, protocol)))
    verdict, depends = _verdict(given, port, protocol)
    return Explanation(verdict, out, into, depends)


def _own_ground(reach: Reachability, source: Place, destination: Place) -> Case | None:
    """The cases that no rule speaks of: a pod to itself, and a pod's own node to the pod."""
    pods = reach.inventory.pods
    if source.pod is not None and source.pod == destination.pod:
        return Case.SELF
    if destination.pod is not None and source.address is not None and source.address in pods[destination.pod].host_ips:
        return Case.OWN_NODE
    return None


def _node(reach: Reachability, place: Place) -> int:
    if place.pod is not None:
        return reach.node_of_pod(place.pod)
    return reach.node_of_address(place.address or "")


def _pair(reach: Reachability, source: Place, destination: Place) -> Allowance:
    return reach.between(_node(reach, source), _node(reach, destination))


def _verdict(given: Allowance, port: int, protocol: str) -> tuple[Verdict, tuple[Case, ...]]:
    if given.allowed.contains(port, protocol):
        return Verdict.ALLOWED, ()
    cases = given.cases(port, protocol)
    return (Verdict.DEPENDS, cases) if cases else (Verdict.DENIED, ())


def _side(reach: Reachability, direction: Direction, near: Place, far: Place, asked: tuple[int, str]) -> Side:
    here, there = _node(reach, near), _node(reach, far)
    isolating = [reach.policies[number] for number in reach.isolating(here, direction)]
    verdict, depends = (
        (Verdict.ALLOWED, ()) if not isolating else _verdict(rows.at(reach.row(here, direction), there), *asked)
    )
    holder = near if direction is Direction.INGRESS else far
    pod = None if holder.pod is None else reach.inventory.pods[holder.pod]
    matches: list[Match] = []
    misses: list[NearMiss] = []
    for policy in isolating:
        for position, rule in enumerate(rules_in(policy, direction) or ()):
            peers = tuple(_peers(reach, rule, policy.namespace, there))
            meets_port = not rule.ports or any(_port_meets(one, *asked, pod) for one in rule.ports)
            if (peers or not rule.peers) and meets_port:
                certain = not rule.peers or any(case is None for _, case in peers)
                hangs = () if certain else tuple(sorted({case for _, case in peers if case is not None}))
                matches.append(Match(policy, direction, position, tuple(number for number, _ in peers), hangs))
            elif meets_port or peers or not rule.peers:
                misses.append(NearMiss(policy, direction, position, "peer" if meets_port else "port"))
    return Side(direction, verdict, tuple(isolating), tuple(matches), tuple(misses), depends)


def _peers(reach: Reachability, rule: Rule, namespace: str, node: int) -> Iterator[tuple[int, Case | None]]:
    """The peers of a rule that mean `node`, each for certain (None) or by the case that it hangs on."""
    for number, peer in enumerate(rule.peers):
        meant = reach.peers.meant(peer, namespace)
        if node in meant.nodes:
            yield number, None
        else:
            yield from ((number, case) for case, nodes in meant.depends.items() if node in nodes)


def _port_meets(asked: Port, port: int, protocol: str, destination: Pod | None) -> bool:
    if asked.protocol != protocol:
        return False
    if isinstance(asked.port, str):
        return destination is not None and any(
            (one.name, one.protocol, one.number) == (asked.port, protocol, port) for one in destination.ports
        )
    return (port_numbers(asked) & ALL_PORTS).contains(port, protocol)


def describe(found: Side) -> dict[str, Any]:
    """One side as JSON."""
    return {
        "verdict": found.verdict.value,
        "isolatedBy": [str(policy) for policy in found.isolating],
        "allowedBy": [
            {
                "policy": str(match.policy),
                "rule": match.path,
                "peers": list(match.peers),
                **({"depends": [case.value for case in match.depends]} if match.depends else {}),
            }
            for match in found.matches
        ],
        "closeBy": [
            {
                "policy": str(miss.policy),
                "rule": f"spec.{miss.direction.value.lower()}[{miss.rule}]",
                "butNot": miss.wrong,
            }
            for miss in found.misses
        ],
        **({"depends": [case.value for case in found.depends]} if found.depends else {}),
    }
