"""Whether a row lets in, or out to, everybody: judged by what may pass, not by how the rules are spelled.

Open is what a stranger may use, a pod in a namespace and with labels that no policy names, or else the internet of IPv4
or of IPv6. So `namespaceSelector: {}`, an `Exists` on the automatic label and two halves of the address space are all
the same. An `except` for private ranges or for one address closes nothing: nine tenths of the addresses are enough.

It takes all ports of one protocol, not of all three: a workload speaks one protocol, and who has all of it has left
nothing denied. A list of ports, however long, is a decision that somebody took.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final

from pyroaring import BitMap

from netbaseline.core.inventory import Pod, Workload
from netbaseline.core.reach.addresses import Piece
from netbaseline.core.reach.matrix import Reachability
from netbaseline.core.reach.ports import ALL_PORTS, PROTOCOLS, PortSet
from netbaseline.core.reach.rows import Row

STRANGERS: Final = "\0"
"""The stranger's namespace: no namespace can be called that, so no policy can name it."""
STRANGER: Final = Pod(STRANGERS, STRANGERS, {}, Workload(STRANGERS, STRANGERS, "Pod"))

EVERY_NAMESPACE: Final = "every namespace"
INTERNET: Final = {4: "the IPv4 internet", 6: "the IPv6 internet"}

UNICAST: Final = {
    4: (0, int(ipaddress.IPv4Address("223.255.255.255"))),
    6: (int(ipaddress.IPv6Address("2000::")), int(ipaddress.IPv6Address("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))),
}
"""First and last address: classes A to C, and the global unicast range that IANA hands out."""
NINE_TENTHS: Final = 0.9


@dataclass(frozen=True, slots=True)
class Everybody:
    """The nodes that stand for all of their kind. `internet`: by version, the addresses that each node holds."""

    stranger: int
    internet: dict[int, dict[int, int]]

    def may_use(self, row: Row) -> tuple[str, ...]:
        """To whom of everybody a row is open."""
        found: set[str] = set()
        for protocol in range(len(PROTOCOLS)):
            free = BitMap().union(*(nodes for nodes, given in row if _whole(given.allowed, protocol)))
            if self.stranger in free:
                found.add(EVERY_NAMESPACE)
            for version, held in self.internet.items():
                reached = sum(addresses for node, addresses in held.items() if node in free)
                if reached >= NINE_TENTHS * sum(held.values()):
                    found.add(INTERNET[version])
        return tuple(kind for kind in (EVERY_NAMESPACE, *INTERNET.values()) if kind in found)


def _whole(ports: PortSet, protocol: int) -> bool:
    return ports.intervals[protocol] == ALL_PORTS.intervals[protocol]


def everybody(reach: Reachability, stranger: int) -> Everybody:
    """The nodes of everybody in `reach`; `stranger` is the position of STRANGER in its inventory."""
    internet: dict[int, dict[int, int]] = {4: {}, 6: {}}
    for node, piece in enumerate(reach.space.pieces, start=reach.numbering.pods):
        internet[piece.version][node] = _unicast(piece)
    return Everybody(reach.node_of_pod(stranger), internet)


def _unicast(piece: Piece) -> int:
    """How many addresses of a piece the internet can have."""
    first, last = UNICAST[piece.version]
    return max(0, min(piece.last, last) - max(piece.first, first) + 1)
