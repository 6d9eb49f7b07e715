"""Which policies of others take back what a baseline denies.

Policies only add, so nobody can forbid this from within NetworkPolicy: it can only be seen, and told.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from netbaseline.api.fields import network
from netbaseline.core.compile import Denial
from netbaseline.core.coverage.share import Opened
from netbaseline.core.coverage.words import pods_text, ports_text
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
    pods: str = "pods"
    ports: str = "all ports"

    def __str__(self) -> str:
        towards = "from" if self.direction == "Ingress" else "to"
        return f"NetworkPolicy {self.policy} opens {self.pods} of this baseline {towards} {self.to} on {self.ports}"


def openings(denied: Denial, foreign: Iterable[Live], opened: Iterable[Opened] = ()) -> tuple[Opening, ...]:
    """What `foreign` policies of the namespace open of the pods that `denied` covers, to everybody of some kind.

    Judged by selectors, not by the pods that exist: an opening that waits for its first pod is one already. What no
    rule shows by itself, since several do it together or by a selector that everybody meets, coverage saw by
    connectivity: `opened` is that, for pods that exist.
    """
    foreign = tuple(foreign)
    found = {
        Opening(live.name, live.uid, direction, to, pods_text(live.spec.pods), ports)
        for live in foreign
        if satisfiable(live.spec.pods & denied.pods)
        for direction, closed, rules in (
            ("Ingress", denied.ingress, live.spec.ingress),
            ("Egress", denied.egress, live.spec.egress),
        )
        if closed
        for to, ports in _to_whom(rules)
    }
    told = {(item.policy, item.direction) for item in found}
    there = {live.name: live for live in foreign}
    for item in opened:
        live = there.get(item.policy)
        if live is not None and (item.policy, item.direction.value) not in told:
            found.add(Opening(item.policy, live.uid, item.direction.value, item.to, pods_text(live.spec.pods)))
    return tuple(sorted(found))


def _to_whom(rules: Rules | None) -> Iterable[tuple[str, str]]:
    """To whom, and on which ports: those of all rules together."""
    ports: dict[str, dict[str, None]] = {}
    for rule in rules or ():
        for to in _of_rule(rule):
            ports.setdefault(to, {})[ports_text(rule)] = None
    return [(to, ", ".join(found)) for to, found in ports.items()]


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
