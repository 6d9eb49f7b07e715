"""Runs in a virtual environment of its own: reads one world as JSON a line, and says what network-config-analyzer says.

The answer is a digit for each source, destination and port, in this order: 1 where it lets the connection pass. Its
sets of peers are compared by its own numbers for them, so that all of its arithmetic is its own.
"""

import contextlib
import ipaddress
import json
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from nca.CoreDS.Peer import BasePeerSet, IpBlock, PeerSet  # type: ignore[import-not-found]  # of the other environment
from nca.NetworkConfig.ResourcesHandler import ResourcesHandler  # type: ignore[import-not-found]  # likewise

PROTOCOLS = {"TCP": 6, "UDP": 17, "SCTP": 132}


def number_of(end: str, pods: dict[str, Any]) -> int:
    """The analyzer's number for a pod, by name, or for an address."""
    if end in pods:
        peer = PeerSet({pods[end]})
    else:
        peer = IpBlock(f"{end}/{ipaddress.ip_address(end).max_prefixlen}").get_peer_set()
    return int(next(iter(BasePeerSet().get_peer_interval_of(peer))).start)


def judge(asked: dict[str, Any], folder: Path) -> str:
    """The digits for one world."""
    BasePeerSet.reset()
    BasePeerSet()
    (folder / "world.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": asked["objects"]}))
    config = ResourcesHandler().get_network_config(None, None, None, [str(folder)], config_name="world")
    allowed = config.filter_conns_by_peer_types(config.allowed_connections().all_allowed_conns)
    pods = {peer.full_name(): peer for peer in config.peer_container.peer_set}
    ends = [number_of(end, pods) for end in asked["ends"]]
    cubes = [allowed.get_connectivity_cube(cube) for cube in allowed]
    parts = [
        [cube.get_dim_directly(name) for name in ("src_peers", "dst_peers", "protocols", "dst_ports")] for cube in cubes
    ]
    return "".join(
        "1" if any(passes(part, source, destination, port) for part in parts) else "0"
        for source, destination, port in product(ends, ends, asked["ports"])
    )


def passes(part: list[Any], source: int, destination: int, port: dict[str, Any]) -> bool:
    """Whether one of its hypercubes holds the connection."""
    sources, destinations, protocols, ports = part
    return (
        holds(sources, source)
        and holds(destinations, destination)
        and holds(protocols, PROTOCOLS[port["protocol"]])
        and holds(ports, port["number"])
    )


def holds(intervals: Any, number: int) -> bool:
    """Whether a number is in one of the intervals."""
    return any(interval.start <= number <= interval.end for interval in intervals)


def main() -> None:
    """Answers go to the real stdout; what the analyzer prints goes nowhere."""
    answers = sys.stdout
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
                found = judge(json.loads(line), Path(folder))
            answers.write(found + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
