"""Whether what a turn was decided on still holds: watches have no order between each other, and news comes late.

The end of a policy may be heard of before the end of the namespace or of the baseline that it went with. So before
anything is undone, or counted as drift, the API server is asked, and between two stages of writes so are the stores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from netbaseline.cluster.errors import ApiError, NamespaceLeaving
from netbaseline.cluster.store import NamespaceStore
from netbaseline.controller.baselines import BaselineStore
from netbaseline.controller.port import Cluster
from netbaseline.core.decision import Baseline, Decision
from netbaseline.core.drift import DriftType


@dataclass(frozen=True, slots=True)
class Doubts:
    """Asks the cluster and the stores; what it learns of baselines it notes there."""

    cluster: Cluster
    baselines: BaselineStore
    namespaces: NamespaceStore

    async def left(self, decision: Decision) -> bool:
        """Whether a baseline whose policies have changed has itself gone. Raises ApiError.

        Then the garbage collector was at work, or, under Retain, somebody whose policies these are now.
        """
        found = False
        for name in {drift.baseline for drift in decision.drifts}:
            baseline = next(item.baseline for item in decision.standings if item.baseline.name == name)
            found = not await self._is_there(baseline) or found
        return found

    async def explained(self, baseline: Baseline, error: ApiError) -> ApiError | None:
        """What a refused status means: nothing where the baseline is gone, else the error."""
        try:
            return error if await self._is_there(baseline) else None
        except ApiError as unknown:
            return unknown

    async def _is_there(self, baseline: Baseline) -> bool:
        there = await self.cluster.is_there(baseline.namespace, baseline.name, baseline.uid)
        if not there:
            self.baselines.gone(baseline.namespace, baseline.name, baseline.uid)
        return there

    async def leaving(self, decision: Decision, errors: Sequence[ApiError]) -> bool | None:
        """Whether the namespace is going, so that what is missing there is no drift; None where nobody says.

        A refused write says so, or else where one failed otherwise the API server is asked.
        """
        if any(isinstance(error, NamespaceLeaving) for error in errors):
            return True
        if not self.namespaces.present(decision.namespace):
            return True
        missing = any(drift.type is DriftType.MISSING for drift in decision.drifts)
        if not errors or not missing or not self.namespaces.complete:
            return False
        try:
            return await self.cluster.is_leaving(decision.namespace)
        except ApiError:
            return None

    def outdated(self, decision: Decision) -> bool:
        """Whether the rest of a turn is pointless: the namespace is going, or a baseline whose policies go with it.

        Policies that stay are better complete than half-way, so for these a turn goes on to its end.
        """
        if not self.namespaces.present(decision.namespace):
            return True
        there = {item.uid for item in self.baselines.of(decision.namespace) if not item.leaving}
        gone = [item for item in decision.standings if item.baseline.uid not in there]
        return bool(gone) and all(policy.owner is not None for item in gone for policy in item.wanted)
