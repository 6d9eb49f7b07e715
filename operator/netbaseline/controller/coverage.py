"""What the pods of each namespace are open to, kept up to date beside the turns and never in their way.

A change marks its namespace, be it news or a write of our own; a single task judges the marked ones, the same once
however often they changed meanwhile, gives way to turns that are due, and rests as long as it has worked. What a status
shows of it is published at most once in half a minute for each namespace, so that pods that come and go don't write a
status each. What a turn has changed is published once the turn is over: else its status would say `Enforced` and tell
of the pods as they were before, or of the bridge in the middle of it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from netbaseline.cluster.foreign import ForeignStore
from netbaseline.cluster.pods import PodStore
from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.controller.baselines import BaselineStore
from netbaseline.core import names
from netbaseline.core.compile import Denial, denial
from netbaseline.core.coverage.judge import Scene, judge
from netbaseline.core.coverage.share import Share, share
from netbaseline.core.coverage.states import NamespaceCoverage
from netbaseline.core.decision import Baseline
from netbaseline.core.inventory import Policy, namespace
from netbaseline.core.live import Live
from netbaseline.core.reach.cases import Semantics
from netbaseline.core.status import AS_BEFORE, AsBefore, is_programmed, tells

log = logging.getLogger(__name__)

COALESCE: Final = 0.2
"""Seconds to wait for more news of the same kind."""
GIVE_WAY: Final = 0.05
"""Seconds between two looks at whether turns are still due."""
LONGEST_WAY: Final = 20
"""Looks after which one namespace is judged all the same."""


@dataclass(slots=True)
class _Told:
    """What was last published of a namespace, by UID of its baselines, and when (monotonic seconds)."""

    shares: Mapping[str, Share] = field(default_factory=dict)
    at: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Stores:
    """What coverage is judged from."""

    namespaces: NamespaceStore
    baselines: BaselineStore
    policies: PolicyStore
    watched: tuple[str, ...] = ()
    """The namespaces of a restricted install; empty for all there are."""


class CoverageBook:
    """`publish` is told the namespaces whose statuses have something new to show, every `interval` seconds at most
    for what others have changed."""

    def __init__(
        self,
        stores: Stores,
        *,
        clock: Callable[[], float],
        busy: Callable[[], bool],
        enforced: Callable[[], bool],
        publish: Callable[[str], None],
        interval: float,
        turning: Callable[[str], bool],
    ) -> None:
        """`turning` says whether a turn of a namespace is under way: what it leaves is published when it is over."""
        self._stores, self._clock, self._busy, self._turning = stores, clock, busy, turning
        self._enforced, self._publish, self._interval = enforced, publish, interval
        self.pods = PodStore(self.changed, self._listed)
        self.foreign = ForeignStore(self._changed_somewhere)
        self.marked: dict[str, None] = {}
        """Namespaces that are to be judged."""
        self._news = asyncio.Event()
        self._judged: dict[str, NamespaceCoverage] = {}
        self._shares: dict[str, Mapping[str, Share]] = {}
        self._told: dict[str, _Told] = {}
        self._untold: dict[str, None] = {}
        """Namespaces whose shares aren't what was told: usually few of all there are."""
        self._ours: set[str] = set()
        """Namespaces that we have written to since they were judged to be as was told."""
        self._refused: set[str | None] = set()
        """Namespaces, or None for all, whose pods there is no right to see: their coverage is unknown."""

    # --- news -------------------------------------------------------------------------------------------------------

    def changed(self, name: str) -> None:
        """Something that coverage may hang on changed in a namespace."""
        self.marked[name] = None
        self._news.set()

    def changed_by_us(self, name: str) -> None:
        """A write of ours: what follows from it waits for no interval."""
        self._ours.add(name)
        self.changed(name)

    def all_changed(self) -> None:
        """Every namespace has to be judged."""
        self._all_of(None)

    def _changed_somewhere(self, name: str | None) -> None:
        if name is None:
            self.all_changed()
        else:
            self.changed(name)

    def _listed(self, scope: str | None, first: bool) -> None:
        if first:
            self._all_of(scope)

    def _all_of(self, scope: str | None) -> None:
        for name in self._known() if scope is None else {scope}:
            self.changed(name)

    def right_is_there(self, scope: str | None) -> None:
        """The pods of a namespace, or of all, are watched (again)."""
        if scope in self._refused:
            self._refused.discard(scope)
            self._all_of(scope)

    def no_right(self, scope: str | None) -> None:
        """The pods of a namespace, or of all, can't be seen. Statuses that tell of coverage are put right."""
        if scope in self._refused:
            return
        self._refused.add(scope)
        where = "" if scope is None else f" in {scope}"
        log.warning("coverage is unknown: the right to list and watch pods%s is missing", where)
        for name in self._known() if scope is None else {scope}:
            self._forget(name)
            if any(item.status.get("coverage") for item in self._stores.baselines.of(name)):
                self._publish(name)

    def _is_refused(self, name: str) -> bool:
        return None in self._refused or name in self._refused

    def _forget(self, name: str) -> None:
        for kept in (self._judged, self._shares, self._told, self._untold):
            kept.pop(name, None)
        self._ours.discard(name)

    def _known(self) -> set[str]:
        there = self._stores
        return {*there.namespaces.names(), *there.watched} | (
            set() if there.namespaces.complete else set(there.baselines.namespaces())
        )

    def _is_known(self, name: str) -> bool:
        """`name in _known()`, without going through all there are for each one that is judged."""
        there = self._stores
        if name in there.namespaces or name in there.watched:
            return True
        return not there.namespaces.complete and bool(there.baselines.of(name))

    # --- answers ----------------------------------------------------------------------------------------------------

    def of(self, baseline: Baseline) -> Share | AsBefore | None:
        """What the status of a baseline shows; None where nothing is known."""
        if self._is_refused(baseline.namespace):
            return None
        told = self._told.get(baseline.namespace)
        return AS_BEFORE if told is None else told.shares.get(baseline.uid, AS_BEFORE)

    @property
    def pods_known(self) -> bool:
        """Whether some namespace was judged, and none is closed to us."""
        return bool(self._judged) and None not in self._refused

    def depends_known(self, name: str | None = None) -> bool:
        """Whether all policies of other APIs are seen that may select pods of a namespace, or of any."""
        return self.foreign.sees(name)

    def judged(self, name: str) -> NamespaceCoverage | None:
        """The namespace as it was last judged; None where it wasn't."""
        return self._judged.get(name)

    # --- work -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Never returns."""
        while True:
            await self._wait()
            for name in list(self.marked):
                await self._give_way()
                self.marked.pop(name, None)  # not before: what changes while it waits is judged with the rest
                began = self._clock()
                self.judge(name)
                await asyncio.sleep(self._clock() - began)
            self.publish_due()

    async def _wait(self) -> None:
        """Until there is news, or something that waited may be published."""
        due = min(self._waiting(), default=None)
        try:
            async with asyncio.timeout(None if due is None else max(due - self._clock(), 0.0)):
                await self._news.wait()
        except TimeoutError:
            return
        await asyncio.sleep(COALESCE)
        self._news.clear()

    async def _give_way(self) -> None:
        for _ in range(LONGEST_WAY):
            if not self._busy():
                return
            await asyncio.sleep(GIVE_WAY)

    def _waiting(self) -> Iterator[float]:
        """When each namespace with something new to show may show it."""
        for name in self._untold:
            yield self._clock() + COALESCE if self._turning(name) else self._due(name)

    def _due(self, name: str) -> float:
        told = self._told.get(name)
        return float("-inf") if told is None or name in self._ours else told.at + self._interval

    def publish_due(self) -> None:
        """Have statuses written that may be written."""
        now = self._clock()
        for name in list(self._untold):
            told, shares = self._told.get(name), self._shares[name]
            if now >= self._due(name) and not self._turning(name):
                self._told[name] = _Told(shares, now)
                del self._untold[name]
                self._ours.discard(name)
                # After a start nearly all that is judged stands in the statuses already, and is worth no turn.
                if told is not None or not self._stands(name, shares):
                    self._publish(name)

    def _stands(self, name: str, shares: Mapping[str, Share]) -> bool:
        return all(
            item.uid not in shares or tells(item.status, shares[item.uid]) for item in self._stores.baselines.of(name)
        )

    def judge(self, name: str) -> None:
        """Judge one namespace, or forget it where it is gone."""
        if not self._is_known(name):
            self._forget(name)
            return
        heard = self.pods.complete(name) and self._stores.policies.complete(name) and self.foreign.complete
        if self._is_refused(name) or not heard:
            return
        baselines = self._stores.baselines.of(name)
        live = self._stores.policies.of(name)
        holding = {item.uid: found for item in baselines if (found := _denied(item, live)) is not None}
        scene = Scene(
            namespace(name),
            self.pods.of(name),
            list(map(_policy, live.values())),
            self.foreign.of(name),
            list(holding.values()),
        )
        judged = self._judged[name] = judge(scene, Semantics(enforces=self._enforced()))
        shares = {
            item.uid: share(
                holding.get(item.uid) or denial(item.parsed.spec), judged, depends_known=self.depends_known(name)
            )
            for item in baselines
            if item.parsed is not None
        }
        if not shares:
            for kept in (self._shares, self._told, self._untold):
                kept.pop(name, None)
            self._ours.discard(name)
            return
        self._shares[name] = shares
        told = self._told.get(name)
        if told is None or told.shares != shares:
            self._untold[name] = None
        else:
            self._untold.pop(name, None)
            self._ours.discard(name)


def _denied(baseline: Baseline, live: Mapping[str, Live]) -> Denial | None:
    """What a baseline denies whose policies are in place; None where they aren't, or not any more."""
    deny = live.get(names.policy_name(baseline.name, names.ROLE_DENY))
    if baseline.leaving or deny is None or not deny.owned_by(baseline.uid):
        return None
    if not is_programmed(baseline.status):
        return None
    return Denial(deny.spec.pods, deny.spec.ingress is not None, deny.spec.egress is not None)


def _policy(live: Live) -> Policy:
    return Policy(live.namespace, live.name, live.spec)
