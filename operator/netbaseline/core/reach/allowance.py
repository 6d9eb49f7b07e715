"""What may pass from one node to another: ports for certain, and ports that hang on the network plugin.

Three values, since the API leaves some cases open: allowed, denied, and depends with the case it depends on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from netbaseline.core.reach.cases import Case
from netbaseline.core.reach.ports import ALL_PORTS, NO_PORTS, PortSet

Depends = tuple[tuple[Case, PortSet], ...]
"""Sorted by case; a port may hang on several. None of these ports is allowed for certain."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """`allowed` passes whatever the plugin; `depends` passes with some answers and not with others."""

    allowed: PortSet = NO_PORTS
    depends: Depends = ()

    def __bool__(self) -> bool:
        return bool(self.allowed) or bool(self.depends)

    def __or__(self, other: "Allowance") -> "Allowance":
        """Both are granted, as rules and policies add up."""
        return _union(self, other)

    def __and__(self, other: "Allowance") -> "Allowance":
        """Both are needed, as the egress of one end and the ingress of the other."""
        return _intersection(self, other)

    @property
    def possible(self) -> PortSet:
        """All that some plugin lets pass."""
        found = self.allowed
        for _, ports in self.depends:
            found = found | ports
        return found

    def cases(self, port: int, protocol: str) -> tuple[Case, ...]:
        """What one port hangs on."""
        return tuple(case for case, ports in self.depends if ports.contains(port, protocol))


NOTHING = Allowance()
EVERYTHING = Allowance(ALL_PORTS)


def allowance(allowed: PortSet, depends: Mapping[Case, PortSet]) -> Allowance:
    """In canonical form: what is allowed anyway hangs on nothing."""
    left = ((case, ports - allowed) for case, ports in sorted(depends.items()))
    return Allowance(allowed, tuple((case, ports) for case, ports in left if ports))


@lru_cache(maxsize=65536)
def _union(one: Allowance, other: Allowance) -> Allowance:
    allowed = one.allowed | other.allowed
    if not one.depends and not other.depends:
        return Allowance(allowed)
    depends: dict[Case, PortSet] = {}
    for case, ports in (*one.depends, *other.depends):
        depends[case] = depends.get(case, NO_PORTS) | ports
    return allowance(allowed, depends)


@lru_cache(maxsize=65536)
def _intersection(one: Allowance, other: Allowance) -> Allowance:
    allowed = one.allowed & other.allowed
    if not one.depends and not other.depends:
        return Allowance(allowed)
    depends: dict[Case, PortSet] = {}
    for mine, theirs in ((one, other), (other, one)):
        possible = theirs.possible
        for case, ports in mine.depends:
            depends[case] = depends.get(case, NO_PORTS) | (ports & possible)
    return allowance(allowed, depends)
