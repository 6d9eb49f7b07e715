"""Leader election by Lease: the official client's election, with an end to every wait and a lease that is given back.

A leader that can't renew must know that it is none before anybody else can be one. So leadership counts from the last
renewal that the API server answered, and ends `RENEW_DEADLINE` after it, whatever a hanging request is up to.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.client import ApiClient
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

from netbaseline.cluster.transport import described

log = logging.getLogger(__name__)

Tell = Callable[[str | None], bool]
_FAILURES = (client.exceptions.ApiException, aiohttp.ClientError, OSError, TimeoutError)
LEASE_DURATION = 15
RENEW_DEADLINE = 10
RETRY_PERIOD = 2
"""Seconds, as in client-go's defaults (LeaseDuration, RenewDeadline, RetryPeriod)."""


@dataclass(frozen=True, slots=True)
class LeaseName:
    """Which Lease, and who we are."""

    namespace: str
    name: str
    identity: str


class _Lock(LeaseLock):
    """The library's lock, with time limits, and told when a renewal went through.

    Its requests are made here: the library's own creation (37.0.2) asks for `pretty=True` where its client takes text
    only, and each failure of the others would be logged every two seconds, with a trace.
    """

    def __init__(self, lease: LeaseName, api_client: ApiClient, renewed: Callable[[], None], tell: Tell) -> None:
        super().__init__(lease.name, lease.namespace, lease.identity, api_client)
        self._renewed, self._tell = renewed, tell

    async def get(self, name: str, namespace: str) -> tuple[bool, Any]:
        try:
            async with asyncio.timeout(RETRY_PERIOD * 2):
                self.lease_reference = await self.api_instance.read_namespaced_lease(name, namespace)
        except client.exceptions.ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:  # that one is ours to create
                self._trouble("read", error)
            return False, error
        except _FAILURES as error:
            self._trouble("read", error)
            return False, client.exceptions.ApiException(status=0, reason=described(error))
        record = self.election_record(self.lease_reference)
        if record.holder_identity not in {None, self.identity}:
            self._tell(None)  # somebody else leads, and that is all that keeps us from it
        return True, record

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        lease = client.V1Lease(metadata=client.V1ObjectMeta(name=name), spec=self.update_lease(election_record))
        return await self._written("created", self.api_instance.create_namespaced_lease(namespace, lease))

    async def update(self, name: str, namespace: str, updated_record: LeaderElectionRecord) -> bool:
        there = self.lease_reference
        if there is None:
            return False
        there.spec = self.update_lease(updated_record, there.spec)
        return await self._written("renewed", self.api_instance.replace_namespaced_lease(name, namespace, there))

    async def _written(self, how: str, request: Awaitable[object]) -> bool:
        try:
            async with asyncio.timeout(RETRY_PERIOD * 2):
                await request
        except _FAILURES as error:
            self._trouble(how, error)
            return False
        self._renewed()
        self._tell(None)
        return True

    def _trouble(self, how: str, error: Exception) -> None:
        if getattr(error, "status", None) == HTTPStatus.CONFLICT:
            log.debug("somebody else was faster to write the lease")
            return
        trouble = f"the lease {self.namespace}/{self.name} can't be {how}: {_said(error)}"
        if self._tell(trouble):
            log.warning("%s; trying again every %d s", trouble, RETRY_PERIOD)


def _said(error: Exception) -> str:
    """What the API server said, without the headers that it came with."""
    if not isinstance(error, client.exceptions.ApiException):
        return described(error)
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.status} {error.reason}"


class Leadership:
    """Whether this process may write. `held` is asked before every write."""

    def __init__(self, clock: Callable[[], float], *, alone: bool) -> None:
        self._clock, self._alone = clock, alone
        self._renewed_at: float | None = None
        self.acquired = asyncio.Event()
        if alone:
            self.acquired.set()

    @property
    def held(self) -> bool:
        if self._alone:
            return True
        return (
            self.acquired.is_set()
            and self._renewed_at is not None
            and self._clock() - self._renewed_at < RENEW_DEADLINE
        )

    def renewed(self) -> None:
        self._renewed_at = self._clock()

    def lost(self) -> None:
        self._renewed_at = None


async def campaign(api_client: ApiClient, lease: LeaseName, leadership: Leadership, tell: Tell) -> None:
    """Stand for election and lead; returns when the lease is lost. Cancelled while leading, it gives the lease back.

    `tell` is given what keeps it from writing the lease, None once that is over, and says whether it is news.
    """
    logging.getLogger("kubernetes.aio.leaderelection").setLevel(logging.CRITICAL)
    lock = _Lock(lease, api_client, leadership.renewed, tell)

    async def lead() -> None:
        log.info("leading, as %s", lease.identity)
        leadership.acquired.set()

    async def ended() -> None:
        leadership.lost()

    election = LeaderElection(Config(lock, LEASE_DURATION, RENEW_DEADLINE, RETRY_PERIOD, lead, ended))
    log.info("standing by for lease %s/%s, as %s", lease.namespace, lease.name, lease.identity)
    try:
        await election.run()
    except asyncio.CancelledError:
        if leadership.held:
            await _give_back(lock)
        raise
    finally:
        leadership.lost()
    log.error("the lease %s/%s was lost", lease.namespace, lease.name)


async def _give_back(lock: _Lock) -> None:
    """An empty holder lets a standby take over at once instead of after the lease's duration."""
    body = [
        {"op": "test", "path": "/spec/holderIdentity", "value": lock.identity},
        {"op": "remove", "path": "/spec/holderIdentity"},
    ]
    try:
        async with asyncio.timeout(RETRY_PERIOD):
            await lock.api_instance.patch_namespaced_lease(
                lock.name, lock.namespace, body, _content_type="application/json-patch+json"
            )
    except _FAILURES as error:
        log.warning("the lease could not be given back: %s", _said(error))
    else:
        log.info("the lease %s/%s is given back", lock.namespace, lock.name)
