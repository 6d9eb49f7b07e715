"""Whether one rule allows all that another does. Sound: a yes is certain; a no may be for want of looking harder."""

from netbaseline.api.fields import network
from netbaseline.core import selectors
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule, Rules
from netbaseline.core.selectors import EVERYTHING


def all_in(inner: Rules, outer: Rules, namespace: str) -> bool:
    """Whether each rule of `inner` is within one of `outer`, for policies of `namespace`."""
    return all(any(_rule_in(rule, other, namespace) for other in outer) for rule in inner)


def _rule_in(inner: Rule, outer: Rule, namespace: str) -> bool:
    if inner == outer:
        return True
    peers = not outer.peers or (
        bool(inner.peers)
        and all(any(_peer_in(peer, other, namespace) for other in outer.peers) for peer in inner.peers)
    )
    return peers and (
        not outer.ports
        or (bool(inner.ports) and all(any(_port_in(port, other) for other in outer.ports) for port in inner.ports))
    )


def _peer_in(inner: Peer, outer: Peer, namespace: str) -> bool:
    if inner.block is not None or outer.block is not None:
        return inner.block is not None and outer.block is not None and _block_in(inner.block, outer.block)
    if inner.namespaces is not None or outer.namespaces is not None:
        own = selectors.equal({LABEL_NAMESPACE_NAME: namespace})
        mine = own if inner.namespaces is None else inner.namespaces
        if not mine.implies(own if outer.namespaces is None else outer.namespaces):
            return False
    return outer.pods is None or (EVERYTHING if inner.pods is None else inner.pods).implies(outer.pods)


def _block_in(inner: IPBlock, outer: IPBlock) -> bool:
    mine, theirs = network(inner.cidr), network(outer.cidr)
    holes, gaps = ([network(text) for text in block.except_] for block in (inner, outer))
    if mine is None or theirs is None or None in gaps:
        return inner == outer
    if mine.version != theirs.version or mine.prefixlen < theirs.prefixlen or mine.network_address not in theirs:
        return False
    return all(
        not gap.overlaps(mine)
        or any(hole and gap.network_address in hole and gap.prefixlen >= hole.prefixlen for hole in holes)
        for gap in gaps
        if gap is not None
    )


def _port_in(inner: Port, outer: Port) -> bool:
    if inner.protocol != outer.protocol:
        return False
    if outer.port is None or inner == outer:
        return True
    if not isinstance(inner.port, int) or not isinstance(outer.port, int):
        return False
    return outer.port <= inner.port and (inner.end or inner.port) <= (outer.end or outer.port)
