"""What a turn remembers of a namespace from the one before. Everything else is observed anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from netbaseline.controller.contest import Contest
from netbaseline.core.drift import Drift, DriftType
from netbaseline.core.live import Live
from netbaseline.core.names import baseline_of
from netbaseline.core.netpol import Policy
from netbaseline.core.normalize import digest


@dataclass(frozen=True, slots=True)
class Tried:
    """Which object was wished to be what (`writing.mark`), and when (monotonic seconds)."""

    mark: str
    at: float


@dataclass(slots=True)
class Memory:
    """`programmed`: policies we wrote, with their digest; `known`: the same with their UID."""

    contest: Contest
    programmed: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    stubborn: dict[str, Tried] = field(default_factory=dict)
    """Policies that differ from what we applied although the API server took it."""
    asked_for_pods: bool = False
    """Asked once, when the namespace is first enforced; afterwards pods are taken to be there."""
    counted: set[tuple[DriftType, str]] = field(default_factory=set)
    """Drift that was counted and isn't healed yet: trying again is no new drift."""
    seeded: set[str] = field(default_factory=set)
    """UIDs of baselines whose status has told what an earlier operator wrote."""

    untold: list[Drift] = field(default_factory=list)
    """What was healed and no Event has told of yet."""

    def keep_only(self, baselines: Mapping[str, str]) -> None:
        """Forget what belonged to baselines that are gone, by name and UID.

        One that was deleted and made again before any turn noticed takes over the very objects that we wrote for its
        predecessor, so that its namespace is not opened in between.
        """
        self.seeded &= set(baselines.values())
        for kept in (self.programmed, self.known, self.stubborn):
            for policy in [name for name in kept if baseline_of(name) not in baselines]:
                del kept[policy]

    def wrote(self, policy: Policy, answer: Live) -> None:
        self.programmed[policy.name] = digest(policy)
        self.known[policy.name] = answer.uid

    def removed(self, name: str) -> None:
        for kept in (self.programmed, self.known, self.stubborn):
            kept.pop(name, None)


class Memories:
    """The memory of each namespace."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._by_namespace: dict[str, Memory] = {}

    def of(self, namespace: str) -> Memory:
        if namespace not in self._by_namespace:
            self._by_namespace[namespace] = Memory(Contest(self._clock))
        return self._by_namespace[namespace]

    def forget(self, namespace: str) -> None:
        self._by_namespace.pop(namespace, None)
