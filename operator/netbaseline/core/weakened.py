"""Which policies of others take back what a baseline denies.

Policies only add, so nobody can forbid this from within NetworkPolicy: it can only be seen, and told.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from netbaseline.api.fields import network
from netbaseline.core.compile import Denial
from netbaseline.core.live import Live
from netbaseline.core.netpol import Peer, Rule, Rules
from netbaseline.core.selectors import EVERYTHING, satisfiable


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """A policy that opens covered pods. `direction` as in policyTypes, `to` who may pass, for a person to read."""

    policy: str
    uid: str
    direction: str
    to: str

    def __str__(self) -> str:
        towards = "from" if self.direction == "Ingress" else "to"
        return f"NetworkPolicy {self.policy} opens pods of this baseline {towards} {self.to}"


def openings(denied: Denial, foreign: Iterable[Live]) -> tuple[Opening, ...]:
    """What `foreign` policies of the namespace open of the pods that `denied` covers, to everybody of some kind.

    Judged by selectors, not by the pods that exist: an opening that waits for its first pod is one already.
    """
    found = {
        Opening(live.name, live.uid, direction, to)
        for live in foreign
        if satisfiable(live.spec.pods & denied.pods)
        for direction, closed, rules in (
            ("Ingress", denied.ingress, live.spec.ingress),
            ("Egress", denied.egress, live.spec.egress),
        )
        if closed
        for to in _to_whom(rules)
    }
    return tuple(sorted(found))


def _to_whom(rules: Rules | None) -> set[str]:
    return {to for rule in rules or () for to in _of_rule(rule)}


def _of_rule(rule: Rule) -> set[str]:
    if not rule.peers:
        return {"everybody"}
    return {to for peer in rule.peers if (to := _of_peer(peer)) is not None}


def _of_peer(peer: Peer) -> str | None:
    if peer.block is not None:
        block = network(peer.block.cidr)
        return "every address" if block is not None and block.prefixlen == 0 else None
    anywhere = peer.namespaces == EVERYTHING and peer.pods in {None, EVERYTHING}
    return "every namespace" if anywhere else None
