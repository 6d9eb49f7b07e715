"""One spelling for one meaning: order, repeats, API defaults, nil versus empty, host bits of addresses.

Both sides of a comparison go through here, so that a plan compares meanings. Selectors are canonical by construction.
"""

import hashlib
import json
from typing import TypeVar

from netbaseline.api.fields import network
from netbaseline.core.netpol import IPBlock, Peer, Policy, Port, Rule, Rules, Spec, to_manifest
from netbaseline.core.selectors import EVERYTHING

DIGEST_LENGTH = 16

T = TypeVar("T")


def normalized(spec: Spec) -> Spec:
    """The same meaning in canonical form; idempotent."""
    return Spec(
        spec.pods,
        None if spec.ingress is None else rules(spec.ingress),
        None if spec.egress is None else rules(spec.egress),
    )


def rules(given: Rules) -> Rules:
    """Rules in canonical form."""
    return _ordered(tuple(Rule(_peers(rule.peers), _ports(rule.ports)) for rule in given))


def _peers(peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
    return _ordered(tuple(map(_peer, peers)))


def _peer(peer: Peer) -> Peer:
    if peer.block is not None:
        return Peer(block=_block(peer.block))
    if peer.namespaces is not None and peer.pods == EVERYTHING:
        return Peer(namespaces=peer.namespaces)
    return peer


def _block(block: IPBlock) -> IPBlock:
    return IPBlock(canonical_cidr(block.cidr), tuple(sorted({canonical_cidr(item) for item in block.except_})))


def canonical_cidr(text: str) -> str:
    """`10.0.0.5/24` as `10.0.0.0/24`; what isn't a range stays as it is, for its owner to be told."""
    found = network(text)
    return text if found is None else str(found)


def _ports(ports: tuple[Port, ...]) -> tuple[Port, ...]:
    return tuple(sorted(set(map(_port, ports)), key=_port_order))


def _port_order(port: Port) -> tuple[str, bool, int, str, int]:
    """Numbers by size before names, as a reader expects."""
    named = isinstance(port.port, str)
    return port.protocol, named, 0 if isinstance(port.port, str) else port.port or 0, str(port.port), port.end or 0


def _port(port: Port) -> Port:
    return Port(port.protocol, port.port, None if port.end == port.port else port.end)


def _ordered(items: tuple[T, ...]) -> tuple[T, ...]:
    return items if len(items) < 2 else tuple(sorted(set(items), key=repr))


def digest(policy: Policy) -> str:
    """A fingerprint of everything we would apply: 16 hexadecimal characters."""
    text = json.dumps(to_manifest(policy), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
