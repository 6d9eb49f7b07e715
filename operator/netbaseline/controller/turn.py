"""One turn for one namespace: observe, decide, write, report. The same for every cause."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from netbaseline.api.status import MAX_RECONCILE_AT
from netbaseline.cluster.errors import ApiError, Conflict, Forbidden, NamespaceLeaving, NotFound
from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.controller import reporting, telling
from netbaseline.controller.baselines import BaselineStore
from netbaseline.controller.contest import WINDOW, Opponent
from netbaseline.controller.doubts import Doubts
from netbaseline.controller.memory import Memories, Memory, Tried
from netbaseline.controller.port import Cluster, Post
from netbaseline.controller.writing import LeaseLost, Scribe, Written, mark
from netbaseline.core import names, status
from netbaseline.core.coverage.share import Share
from netbaseline.core.decision import Baseline, Decision, Observation, decide
from netbaseline.core.drift import Drift, DriftType
from netbaseline.core.live import agrees
from netbaseline.core.platform import Platform
from netbaseline.core.status import AS_BEFORE, AsBefore
from netbaseline.exporter.metrics import Metrics

log = logging.getLogger(__name__)

TRY_AGAIN = 300.0
"""Seconds before writing again what the API server took and then didn't keep."""
MANY_WRITES = 16
"""More than this are put in order beside the event loop: with selectors of many values it takes seconds, in which the
lease would not be renewed and no other namespace be healed."""
TOLD_CONFLICTS = 4
"""Conflicts in a row after which the status tells: until then observing again is all it takes."""


class Result(StrEnum):
    UNCHANGED = "unchanged"
    WRITTEN = "written"
    CONFLICT = "conflict"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended. `again`: seconds after which to come back although nothing failed; None: not before news."""

    result: Result
    again: float | None = None
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a turn decided and did, on its way to the report."""

    decision: Decision
    written: Written
    memory: Memory
    opponents: dict[str, Opponent]


@dataclass(frozen=True, slots=True)
class Turns:
    """Everything a turn reads and writes, injected."""

    cluster: Cluster
    policies: PolicyStore
    namespaces: NamespaceStore
    baselines: BaselineStore
    memories: Memories
    platform: Callable[[], Platform]
    post: Post
    metrics: Metrics
    holds_lease: Callable[[], bool]
    clock: Callable[[], float]
    now: Callable[[], str]
    """The time as RFC 3339, for conditions."""
    removal_limit: int
    coverage: Callable[[Baseline], Share | AsBefore | None] = lambda _: AS_BEFORE
    """What is known of the pods that a baseline covers."""

    @property
    def _doubts(self) -> Doubts:
        return Doubts(self.cluster, self.baselines, self.namespaces)

    async def take(self, namespace: str, since: float, failures: int = 0) -> Outcome:
        """One turn. `since`: when the news came (monotonic); `failures`: turns of this namespace that failed in a row.

        Raises LeaseLost; anything else that is raised is a bug.
        """
        if not self.baselines.of(namespace):
            self.memories.forget(namespace)
            return Outcome(Result.UNCHANGED)
        known = self.policies.complete(namespace) and self.baselines.complete(namespace)
        if not known or not self.namespaces.present(namespace):
            return Outcome(Result.UNCHANGED)
        memory = self.memories.of(namespace)
        decision, opponents = self._held_back(self._decided(namespace, memory), memory)
        try:
            if await self._doubts.left(decision):
                return Outcome(Result.UNCHANGED, again=0.0)
            written = await self._written(decision, memory)
        except ApiError as error:
            written = Written(dict(decision.live), failures={"": error})
        return await self._finished(_Taken(decision, written, memory, opponents), since, failures)

    def _decided(self, namespace: str, memory: Memory) -> Decision:
        baselines, live = self.baselines.of(namespace), self.policies.of(namespace)
        memory.keep_only({baseline.name: baseline.uid for baseline in baselines})
        for baseline in baselines:
            asked = baseline.annotations.get(names.ANNOTATION_RECONCILE_AT, "")[:MAX_RECONCILE_AT]
            if asked != (baseline.status.get("lastHandledReconcileAt") or ""):
                memory.stubborn.clear()
            if baseline.uid not in memory.seeded:
                memory.seeded.add(baseline.uid)
                memory.programmed = {**status.programmed_digests(baseline.status), **memory.programmed}
                memory.known.update({name: there.uid for name, there in live.items() if there.owned_by(baseline.uid)})
        shares = {item.name: found for item in baselines if isinstance(found := self.coverage(item), Share)}
        return decide(
            Observation(
                namespace,
                baselines,
                live,
                self.platform(),
                memory.programmed,
                memory.known,
                self.removal_limit,
                {name: found.opened for name, found in shares.items()},
            )
        )

    def _held_back(self, decision: Decision, memory: Memory) -> tuple[Decision, dict[str, Opponent]]:
        """The decision without what is useless to write: a pause in a tug-of-war, or what was tried and didn't take."""
        waiting = {
            drift.policy
            for drift in decision.drifts
            if (opponent := memory.contest.against(drift.policy, drift.writer)) is not None and opponent.pause > 0
        }
        opponents = memory.contest.ongoing()
        waiting |= {
            policy.name
            for policy, there in decision.plan.update
            if policy.name in memory.stubborn and self._in_vain(memory.stubborn[policy.name], mark(there, policy))
        }
        if not waiting:
            return decision, opponents
        plan = replace(
            decision.plan,
            create=tuple(policy for policy in decision.plan.create if policy.name not in waiting),
            update=tuple(pair for pair in decision.plan.update if pair[0].name not in waiting),
            delete=tuple(there for there in decision.plan.delete if there.name not in waiting),
        )
        drifts = tuple(drift for drift in decision.drifts if drift.policy not in waiting)
        return replace(decision, plan=plan, drifts=drifts), opponents

    def _in_vain(self, tried: Tried, wish: str) -> bool:
        return tried.mark == wish and self.clock() - tried.at < TRY_AGAIN

    async def _written(self, decision: Decision, memory: Memory) -> Written:
        if decision.plan.quiet:
            return Written(dict(decision.live))
        has_pods = True
        if decision.needs_to_know_of_pods and not memory.asked_for_pods:
            # Without the right to ask, there may be some: a bridge is never wrong.
            with contextlib.suppress(Forbidden):
                has_pods = await self.cluster.has_pods(decision.namespace)
            memory.asked_for_pods = True
        scribe = Scribe(self.cluster, self.policies, self.holds_lease, self.clock)
        if decision.writes > MANY_WRITES:
            stages = await asyncio.to_thread(decision.stages, has_pods=has_pods)
            if self._doubts.outdated(decision):
                return Written(dict(decision.live), outdated=True)
        else:
            stages = decision.stages(has_pods=has_pods)
        return await scribe.carry_out(decision, stages, memory, lambda: self._doubts.outdated(decision))

    async def _finished(self, turn: _Taken, since: float, failures: int) -> Outcome:
        took = self.clock() - since
        decision, written, opponents = turn.decision, turn.written, turn.opponents
        errors = list(written.failures.values())
        leaving = await self._doubts.leaving(decision, errors)
        if leaving:
            return Outcome(Result.UNCHANGED)
        conflict = bool(errors) and all(isinstance(error, Conflict | NotFound) for error in errors)
        again = conflict and failures < TOLD_CONFLICTS
        healed = self._healed(decision, written)
        # What was observed was out of date already, or may be: what is to be healed is seen better at the next look.
        premature = again or written.outdated or leaving is None
        self._count(healed if premature else decision.drifts, decision, turn.memory)
        self._remember(healed, turn.memory, took)
        if written.count and not written.failures:
            self.metrics.observe("convergence_seconds", took)
        result = Result.WRITTEN if written.count else Result.UNCHANGED
        if written.outdated:
            return Outcome(result, again=0.0)
        if again:
            return Outcome(Result.CONFLICT)
        trouble = await self._reported(turn, took)
        errors += [] if trouble is None else [trouble]
        if errors:
            log.warning("%s: %s", decision.namespace, errors[0])
            return Outcome(Result.ERROR, retry_after=max(error.retry_after or 0.0 for error in errors))
        # One more look when a pause or a tug-of-war should be over: neither ends by any news.
        looks = [opponent.pause or WINDOW for opponent in opponents.values()]
        looks += [TRY_AGAIN for _ in turn.memory.stubborn]
        return Outcome(result, again=min(looks, default=None))

    def _count(self, drifts: Iterable[Drift], decision: Decision, memory: Memory) -> None:
        """Count each drift once, however often undoing it is tried."""
        if decision.plan.quiet:
            return
        found = {(drift.type, drift.policy) for drift in drifts}
        for kind, _ in found - memory.counted:
            self.metrics.count("drift_detected", kind.value)
        memory.counted = found

    @staticmethod
    def _healed(decision: Decision, written: Written) -> tuple[Drift, ...]:
        """The drift that the writes of this turn have undone."""
        if not written.count:
            return ()
        right = {
            policy.name
            for item in decision.standings
            for policy in item.wanted
            if (there := written.current.get(policy.name)) is not None and agrees(there, policy)
        }
        return tuple(
            drift
            for drift in decision.drifts
            if drift.policy not in written.failures
            and (drift.policy not in written.current if drift.type is DriftType.ORPHANED else drift.policy in right)
        )

    def _remember(self, healed: tuple[Drift, ...], memory: Memory, took: float) -> None:
        """Count what was healed, and keep it for the Event and for telling a tug-of-war."""
        for drift in healed:
            memory.contest.healed(drift.policy)
            memory.counted.discard((drift.type, drift.policy))
            self.metrics.count("drift_corrected", drift.type.value)
        memory.untold += healed
        if healed:
            self.metrics.observe("heal_duration_seconds", took)

    async def _reported(self, turn: _Taken, took: float) -> ApiError | None:
        """Write each status that changed, and tell; the first error, if any, after all were tried."""
        trouble: ApiError | None = None
        for item in turn.decision.standings:
            found = reporting.report(item, turn.written, turn.memory, turn.opponents, self.coverage(item.baseline))
            before = item.baseline.status
            wanted = status.manifest(found, before, self.now())
            if status.changed(wanted, before):
                if not self.holds_lease():
                    raise LeaseLost
                try:
                    await self.cluster.write_status(
                        item.baseline.namespace, item.baseline.name, item.baseline.uid, wanted
                    )
                except (NotFound, Conflict) as error:
                    trouble = trouble or await self._doubts.explained(item.baseline, error)
                    continue
                except NamespaceLeaving:
                    continue
                except ApiError as error:
                    trouble = trouble or error
                    continue
                if status.newly_programmed(wanted, before):
                    self.metrics.observe("namespace_unprotected_seconds", took)
            for _ in telling.new_openings(wanted, before):
                self.metrics.count("drift_detected", DriftType.WEAKENED.value)
            mine = [drift for drift in turn.memory.untold if drift.baseline == item.baseline.name]
            if self.holds_lease():
                # In a tug-of-war, which has been told, one more heal is no news.
                healed = [drift for drift in mine if drift.policy not in turn.opponents]
                telling.announce(self.post, item.baseline, wanted, healed, took)
            turn.memory.untold = [drift for drift in turn.memory.untold if drift not in mine]
            self.baselines.reported(item.baseline, wanted)
        return trouble
