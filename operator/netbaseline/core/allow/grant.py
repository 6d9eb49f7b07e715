"""What an allowance gives back, and the translation of peers and ports that all of them share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from netbaseline.api import v1alpha1 as api
from netbaseline.core import selectors
from netbaseline.core.findings import Finding
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule
from netbaseline.core.platform import Platform
from netbaseline.core.selectors import EVERYTHING, Requirement, Selector


@dataclass(frozen=True, slots=True)
class Grant:
    """One policy's worth of openings for `pods` (to be ANDed with the baseline's own pods)."""

    role: str
    part: str
    """Field path of what asked for it, such as `spec.allow.dns`."""
    pods: Selector = EVERYTHING
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    description: str | None = None
    implied: bool = False
    """On by default rather than asked for: silent where it has nothing to do."""
    source: str | None = None
    """Where a part that the user did not spell out comes from."""
    label: str | None = None
    """How the policy's annotation names `part`, where that would change with the order of a list."""


Allowance = Callable[[api.NetworkBaselineSpec, Platform], Iterable[Grant | Finding]]


def selector(chosen: api.LabelSelector | None) -> Selector:
    """A selector of the API; absent selects everything."""
    if chosen is None:
        return EVERYTHING
    return selectors.selector(
        [
            *(Requirement(key, "In", (value,)) for key, value in chosen.match_labels.items()),
            *(Requirement(item.key, item.operator.value, item.values) for item in chosen.match_expressions),
        ]
    )


def peers(chosen: Iterable[api.Peer]) -> tuple[Peer, ...]:
    """Peers of the API; a namespace by name is the label that nobody can set by hand."""
    return tuple(_peer(peer) for peer in chosen)


def _peer(peer: api.Peer) -> Peer:
    if peer.cidr is not None:
        return Peer(block=IPBlock(peer.cidr, peer.except_))
    namespaces = None
    if peer.namespace is not None:
        namespaces = selectors.equal({LABEL_NAMESPACE_NAME: peer.namespace})
    elif peer.namespace_selector is not None:
        namespaces = selector(peer.namespace_selector)
    return Peer(pods=None if peer.pod_selector is None else selector(peer.pod_selector), namespaces=namespaces)


def ports(chosen: Iterable[api.Port] | None) -> tuple[Port, ...]:
    """Ports of the API; absent is all of them, as in NetworkPolicy."""
    return tuple(Port(port.protocol.value, port.port, port.end_port) for port in chosen or ())
