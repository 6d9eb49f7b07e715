"""Sets of ports, per protocol, as disjoint intervals: exact, small, and compared by value."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

PROTOCOLS = ("TCP", "UDP", "SCTP")
"""Those that NetworkPolicyPort.protocol knows. No policy speaks of any other."""
FIRST, LAST = 1, 65535

Intervals = tuple[tuple[int, int], ...]
"""Inclusive, sorted, neither overlapping nor adjacent."""

_EVERY: Intervals = ((FIRST, LAST),)


@dataclass(frozen=True, slots=True)
class PortSet:
    """Intervals in the order of PROTOCOLS."""

    intervals: tuple[Intervals, Intervals, Intervals] = ((), (), ())

    def __bool__(self) -> bool:
        return any(self.intervals)

    def __or__(self, other: "PortSet") -> "PortSet":
        return _union(self, other)

    def __and__(self, other: "PortSet") -> "PortSet":
        return _intersection(self, other)

    def __sub__(self, other: "PortSet") -> "PortSet":
        return _difference(self, other)

    def contains(self, port: int, protocol: str) -> bool:
        """Whether one port is in it."""
        return any(low <= port <= high for low, high in self.intervals[PROTOCOLS.index(protocol)])

    def describe(self) -> dict[str, str]:
        """`{"TCP": "80,8000-8010"}`, protocols with none left out."""
        return {
            protocol: ",".join(str(low) if low == high else f"{low}-{high}" for low, high in intervals)
            for protocol, intervals in zip(PROTOCOLS, self.intervals, strict=True)
            if intervals
        }

    def __str__(self) -> str:
        if self == ALL_PORTS:
            return "all ports"
        parts = [
            f"{protocol} {'1-65535' if text == f'{FIRST}-{LAST}' else text}"
            for protocol, text in self.describe().items()
        ]
        return ", ".join(parts) or "no ports"


NO_PORTS = PortSet()
ALL_PORTS = PortSet((_EVERY, _EVERY, _EVERY))


def ports(protocol: str, first: int = FIRST, last: int | None = None) -> PortSet:
    """One interval: a port alone, `first` to `last`, or every port of the protocol."""
    interval = ((first, (LAST if first == FIRST else first) if last is None else last),)
    return _of(tuple(interval if name == protocol else () for name in PROTOCOLS))


def one_port(protocol: str, number: int) -> PortSet:
    """Just one port."""
    return ports(protocol, number, number)


def _of(intervals: tuple[Intervals, ...]) -> PortSet:
    tcp, udp, sctp = intervals
    return PortSet((tcp, udp, sctp))


@lru_cache(maxsize=65536)
def _union(one: PortSet, other: PortSet) -> PortSet:
    pairs = zip(one.intervals, other.intervals, strict=True)
    return _of(tuple(_merged((*mine, *theirs)) for mine, theirs in pairs))


@lru_cache(maxsize=65536)
def _intersection(one: PortSet, other: PortSet) -> PortSet:
    pairs = zip(one.intervals, other.intervals, strict=True)
    return _of(tuple(_common(mine, theirs) for mine, theirs in pairs))


@lru_cache(maxsize=65536)
def _difference(one: PortSet, other: PortSet) -> PortSet:
    pairs = zip(one.intervals, other.intervals, strict=True)
    return _of(tuple(_common(mine, _complement(theirs)) for mine, theirs in pairs))


def _merged(intervals: Iterable[tuple[int, int]]) -> Intervals:
    found: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def _common(one: Intervals, other: Intervals) -> Intervals:
    return tuple(
        (max(low, first), min(high, last))
        for low, high in one
        for first, last in other
        if max(low, first) <= min(high, last)
    )


def _complement(intervals: Intervals) -> Intervals:
    gaps: list[tuple[int, int]] = []
    start = FIRST
    for low, high in intervals:
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        gaps.append((start, LAST))
    return tuple(gaps)
