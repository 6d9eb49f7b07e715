"""What two rules both allow, written as a rule again.

Exact but for two things that no single rule can say. Pods that also lie in an address range: all of them where the
range is the whole family, none otherwise, as the API means ipBlock for addresses outside the cluster (IPBlock). A named
port that may be a given number: the first operand is kept, which never allows more than the first rule did.
"""

from itertools import product

from netbaseline.api.fields import network
from netbaseline.core import selectors
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule, Rules
from netbaseline.core.selectors import Selector


def rules(first: Rules, second: Rules, namespace: str) -> Rules:
    """Rules that allow what `first` and `second` both allow, for policies of `namespace`."""
    found = (_rule(one, other, namespace) for one, other in product(first, second))
    return tuple(rule for rule in found if rule is not None)


def _rule(first: Rule, second: Rule, namespace: str) -> Rule | None:
    peers, ports = first.peers or second.peers, first.ports or second.ports
    if first.peers and second.peers:
        both = (_peer(one, other, namespace) for one, other in product(first.peers, second.peers))
        peers = tuple(peer for peer in both if peer is not None)
        if not peers:
            return None
    if first.ports and second.ports:
        common = (_port(one, other) for one, other in product(first.ports, second.ports))
        ports = tuple(port for port in common if port is not None)
        if not ports:
            return None
    return Rule(peers, ports)


def _peer(first: Peer, second: Peer, namespace: str) -> Peer | None:
    if first.block is not None and second.block is not None:
        block = _block(first.block, second.block)
        return None if block is None else Peer(block=block)
    if first.block is not None:
        return second if _whole_family(first.block) else None
    if second.block is not None:
        return first if _whole_family(second.block) else None
    namespaces = _namespaces(first.namespaces, second.namespaces, namespace)
    pods = first.pods if second.pods is None else second.pods if first.pods is None else first.pods & second.pods
    if any(chosen is not None and not selectors.satisfiable(chosen) for chosen in (namespaces, pods)):
        return None
    if namespaces is None and pods is None:
        return Peer(pods=selectors.EVERYTHING)
    return Peer(pods=pods, namespaces=namespaces)


def _namespaces(first: Selector | None, second: Selector | None, namespace: str) -> Selector | None:
    if first is None and second is None:
        return None
    own = selectors.equal({LABEL_NAMESPACE_NAME: namespace})
    return (own if first is None else first) & (own if second is None else second)


def _whole_family(block: IPBlock) -> bool:
    found = network(block.cidr)
    return found is not None and found.prefixlen == 0


def _block(first: IPBlock, second: IPBlock) -> IPBlock | None:
    one, other = network(first.cidr), network(second.cidr)
    if one is None or other is None:
        return first if first == second else None
    if one.version != other.version or not one.overlaps(other):
        return None
    inner = one if one.prefixlen >= other.prefixlen else other
    excluded = [gap for text in {*first.except_, *second.except_} if (gap := network(text)) is not None]
    if any(
        item.version == inner.version and inner.network_address in item and item.prefixlen <= inner.prefixlen
        for item in excluded
    ):
        return None
    kept = sorted(str(item) for item in excluded if item.version == inner.version and item.overlaps(inner))
    return IPBlock(str(inner), tuple(kept))


def _port(first: Port, second: Port) -> Port | None:
    if first.protocol != second.protocol:
        return None
    if first.port is None or second.port is None:
        return second if first.port is None else first
    if isinstance(first.port, str) or isinstance(second.port, str):
        return first
    low = max(first.port, second.port)
    high = min(first.end or first.port, second.end or second.port)
    if low > high:
        return None
    return Port(first.protocol, low, high if high > low else None)
