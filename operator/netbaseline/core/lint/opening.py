"""Which rules and peers are open to everybody."""

from netbaseline.api.fields import network
from netbaseline.core.netpol import Peer, Rule
from netbaseline.core.selectors import EVERYTHING


def allows_all(rule: Rule) -> bool:
    """Whether everybody passes on every port."""
    return not rule.ports and opened_to(rule) == "everybody"


def opened_to(rule: Rule) -> str | None:
    """Everybody of which kind may pass: `everybody`, `every pod of the cluster`, `every address`, or None."""
    if not rule.peers:
        return "everybody"
    found = {to for peer in rule.peers if (to := of_peer(peer)) is not None}
    if len(found) > 1:
        return "everybody"
    return next(iter(found), None)


def of_peer(peer: Peer) -> str | None:
    """As `opened_to`, of one peer."""
    if peer.block is not None:
        block = network(peer.block.cidr)
        return "every address" if block is not None and block.prefixlen == 0 and not peer.block.except_ else None
    return "every pod of the cluster" if peer.namespaces == EVERYTHING and peer.pods in {None, EVERYTHING} else None
