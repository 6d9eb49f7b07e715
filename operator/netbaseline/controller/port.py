"""What a turn needs of the cluster. `netbaseline.cluster.writes.Writer` is one; tests bring a faulty one."""

from typing import Any, Protocol

from netbaseline.core.decision import Baseline
from netbaseline.core.live import Live
from netbaseline.core.netpol import Policy


class Cluster(Protocol):
    """Writes, and the two questions that no store answers. All raise `netbaseline.cluster.errors.ApiError`."""

    async def create(self, policy: Policy) -> Live: ...
    async def update(self, policy: Policy, there: Live) -> Live: ...
    async def delete(self, there: Live) -> None: ...
    async def write_status(self, namespace: str, name: str, uid: str, status: dict[str, Any]) -> None: ...
    async def has_pods(self, namespace: str) -> bool: ...
    async def is_there(self, namespace: str, name: str, uid: str) -> bool: ...


class Post(Protocol):
    """Tells a person: an Event on the baseline."""

    def __call__(self, baseline: Baseline, *, warning: bool, reason: str, message: str) -> None: ...
