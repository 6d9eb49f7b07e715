"""The addresses of the world, cut where some ipBlock begins or ends: within a piece, all addresses are alike.

A piece is an interval; the pieces of IPv4 come first, then those of IPv6, in the order of their addresses.
"""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from pyroaring import BitMap

from netbaseline.api.fields import IPNetwork, network
from netbaseline.core.netpol import IPBlock

PRIVATE = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
"""Where pods have their addresses (RFC 1918, RFC 4193): a pod whose address isn't known is taken to be here. Not
RFC 6598 (100.64.0.0/10): "the world except RFC 1918" is how people spell "no pods", and is read as such."""

_MOST = {4: 2**32, 6: 2**128}


@dataclass(frozen=True, slots=True)
class Piece:
    """An inclusive interval of addresses of one family."""

    version: int
    first: int
    last: int

    def __str__(self) -> str:
        kind = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address
        return f"{kind(self.first)}-{kind(self.last)}"


class AddressSpace:
    """All addresses of both families, numbered from 0 by piece."""

    def __init__(self, blocks: Iterable[IPBlock]) -> None:
        cuts: dict[int, set[int]] = {4: {0}, 6: {0}}
        for block in blocks:
            for text in (block.cidr, *block.except_):
                found = network(text)
                if found is not None:
                    first, end = _interval(found)
                    cuts[found.version] |= {first, end} - {_MOST[found.version]}
        self._starts = {version: sorted(found) for version, found in cuts.items()}
        self._offset = {4: 0, 6: len(self._starts[4])}
        self.pieces = tuple(
            Piece(version, first, last - 1)
            for version, starts in self._starts.items()
            for first, last in zip(starts, [*starts[1:], _MOST[version]], strict=True)
        )

    def __len__(self) -> int:
        return len(self.pieces)

    def piece_of(self, address: str) -> int:
        """The number of the piece that an address is in. Raises ValueError where it is none."""
        found = ipaddress.ip_address(address)
        return self._offset[found.version] + bisect_right(self._starts[found.version], int(found)) - 1

    def covered(self, block: IPBlock) -> BitMap:
        """The pieces of a block without its exceptions. A range that is none covers nothing, as at the API server."""
        found = self._range(block.cidr)
        for gap in block.except_:
            found -= self._range(gap)
        return found

    def _range(self, cidr: str) -> BitMap:
        found = network(cidr)
        if found is None:
            return BitMap()
        first, end = _interval(found)
        starts, offset = self._starts[found.version], self._offset[found.version]
        return BitMap(range(offset + bisect_right(starts, first) - 1, offset + bisect_right(starts, end - 1)))


def _interval(found: IPNetwork) -> tuple[int, int]:
    """First address, and the one behind the last."""
    first = int(found.network_address)
    return first, first + found.num_addresses


def version_of(block: IPBlock) -> int | None:
    """4 or 6; None where its range is none."""
    found = network(block.cidr)
    return None if found is None else found.version


def covers_private(block: IPBlock) -> bool | None:
    """Whether all private addresses of the block's family are in it (True), some (None), or none at all (False)."""
    within = network(block.cidr)
    if within is None:
        return False
    gaps = [gap for gap in map(network, block.except_) if gap is not None and gap.version == within.version]
    private = [found for found in PRIVATE if found.version == within.version]
    whole = [found for found in private if _inside(found, within)]
    if len(whole) == len(private) and not any(found.overlaps(gap) for found in private for gap in gaps):
        return True
    touched = [found for found in private if found.overlaps(within)]
    return None if any(not any(_inside(_common(found, within), gap) for gap in gaps) for found in touched) else False


def _common(one: IPNetwork, other: IPNetwork) -> IPNetwork:
    """What two overlapping ranges have in common: the smaller one, since ranges are nested or apart."""
    return one if one.prefixlen >= other.prefixlen else other


def _inside(inner: IPNetwork, outer: IPNetwork) -> bool:
    return inner.version == outer.version and inner.prefixlen >= outer.prefixlen and inner.network_address in outer
