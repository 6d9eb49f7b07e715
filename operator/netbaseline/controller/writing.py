"""Carries out the stages of a decision, and stops where going on would be wrong."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from netbaseline.cluster.errors import ApiError
from netbaseline.cluster.store import PolicyStore
from netbaseline.controller.memory import Memory, Tried
from netbaseline.controller.port import Cluster
from netbaseline.core import names
from netbaseline.core.decision import Decision
from netbaseline.core.live import Live, agrees, surplus
from netbaseline.core.netpol import Policy
from netbaseline.core.normalize import digest
from netbaseline.core.sequence import Stage, Step


class LeaseLost(Exception):
    """Another replica may be writing; this one must not."""


@dataclass(slots=True)
class Written:
    """How the writes of a turn ended. `current`: the namespace's policies now, as far as known."""

    current: dict[str, Live]
    count: int = 0
    failures: dict[str, ApiError] = field(default_factory=dict)
    outdated: bool = False
    """Whether it was stopped between two stages, because of what was heard meanwhile."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes policies, keeps the store and the memory in step, and never writes without the lease."""

    cluster: Cluster
    store: PolicyStore
    holds_lease: Callable[[], bool]
    clock: Callable[[], float]

    async def carry_out(
        self, decision: Decision, stages: tuple[Stage, ...], memory: Memory, outdated: Callable[[], bool]
    ) -> Written:
        """Stage by stage; the writes of one stage go out together. A failure ends it after its stage.

        So does news that makes the rest pointless, which is what `outdated` tells. What widens comes before what
        narrows, so stopping early leaves a namespace too open rather than cut.
        """
        written = Written(dict(decision.live))
        wanted = {policy.name: policy for item in decision.standings for policy in item.wanted}
        templates = {item.baseline.name: item.wanted[0] for item in decision.standings if item.wanted}
        for number, stage in enumerate(stages):
            if number and outdated():
                written.outdated = True
                break
            results = await asyncio.gather(
                *(self._step(step, wanted, templates, written, memory) for step in stage), return_exceptions=True
            )
            for step, result in zip(stage, results, strict=True):
                if isinstance(result, ApiError):
                    written.failures[step.name] = result
                elif isinstance(result, asyncio.CancelledError):
                    # Not this turn was cancelled, only the request, by kopf on its way out (`handlers.process`).
                    written.failures[step.name] = ApiError("the request was interrupted")
                elif isinstance(result, BaseException):
                    raise result
            if written.failures:
                break
        return written

    async def _step(
        self,
        step: Step,
        wanted: Mapping[str, Policy],
        templates: Mapping[str, Policy],
        written: Written,
        memory: Memory,
    ) -> None:
        if not self.holds_lease():
            raise LeaseLost
        there = written.current.get(step.name)
        if step.spec is None:
            if there is not None:
                await self.cluster.delete(there)
                self.store.removed_by_us(there)
                del written.current[step.name]
            memory.removed(step.name)
            written.count += 1
            return
        final = wanted.get(step.name)
        policy = _passing(step.name, templates) if final is None else final
        policy = replace(policy, spec=step.spec)
        answer = await self._applied(policy, there)
        self.store.written(answer)
        written.current[step.name] = answer
        written.count += 1
        if final is not None and policy.spec == final.spec:
            memory.wrote(final, answer)
            memory.stubborn.pop(step.name, None)
            if not agrees(answer, final):
                memory.stubborn[step.name] = Tried(mark(answer, final), self.clock())

    async def _applied(self, policy: Policy, there: Live | None) -> Live:
        """Apply, and put right what applying alone can't."""
        if there is None:
            return await self.cluster.create(policy)
        wanted = None if policy.owner is None else policy.owner.uid
        by_us = there.applied_by_us and there.controller in there.owner_uids  # then applying takes it back by itself
        if wanted is not None and there.controller not in {None, wanted} and not by_us:
            there = await self.cluster.demote(there, str(there.controller))
        annotations, owner_uid = surplus(there, policy)
        if annotations or owner_uid is not None:
            there = await self.cluster.strip(there, annotations, owner_uid)
            if agrees(there, policy):
                return there
        if not self.holds_lease():
            raise LeaseLost
        return await self.cluster.update(policy, there)


def mark(there: Live, wanted: Policy) -> str:
    """This very object, against this very wish: what was tried and needn't be tried again."""
    return f"{there.resource_version} {digest(wanted)}"


def _passing(name: str, templates: Mapping[str, Policy]) -> Policy:
    """A policy that lives only during a turn, with the ownership of its baseline's others."""
    template = templates[names.baseline_of(name) or ""]
    kept = {key: value for key, value in template.annotations.items() if key == names.ANNOTATION_BASELINE_UID}
    note = {names.ANNOTATION_SOURCES: "keeps traffic as it is while other policies are written; gone when they are"}
    return replace(template, name=name, annotations={**kept, **note})
