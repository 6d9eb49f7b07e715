"""Leader election by Lease: the official client's election, with an end to every wait and a lease that is given back.

A leader that can't renew must know that it is none before anybody else can be one. So leadership counts from the last
renewal that the API server answered, and ends `RENEW_DEADLINE` after it, whatever a hanging request is up to.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
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
    """The library's lock, with time limits, and told when a renewal went through."""

    def __init__(self, lease: LeaseName, api_client: ApiClient, renewed: Callable[[], None]) -> None:
        super().__init__(lease.name, lease.namespace, lease.identity, api_client)
        self._renewed = renewed

    async def get(self, name: str, namespace: str) -> tuple[bool, Any]:
        try:
            async with asyncio.timeout(RETRY_PERIOD * 2):
                found: tuple[bool, Any] = await super().get(name, namespace)
                return found
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return False, client.exceptions.ApiException(status=0, reason=described(error))

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        return await self._timed(self._create(name, namespace, election_record))

    async def update(self, name: str, namespace: str, updated_record: LeaderElectionRecord) -> bool:
        return await self._timed(super().update(name, namespace, updated_record))

    async def _create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        """In the library's place, which (37.0.2) asks for `pretty=True` where its own client takes text only."""
        lease = client.V1Lease(
            metadata=client.V1ObjectMeta(name=name),
            spec=self.update_lease(election_record),
        )
        try:
            await self.api_instance.create_namespaced_lease(namespace, lease)
        except client.exceptions.ApiException as error:
            log.warning("the lease could not be created: %s", error)
            return False
        return True

    async def _timed(self, request: Any) -> bool:
        try:
            async with asyncio.timeout(RETRY_PERIOD * 2):
                done = bool(await request)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("the lease could not be written: %s", described(error))
            return False
        if done:
            self._renewed()
        return done


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


async def campaign(api_client: ApiClient, lease: LeaseName, leadership: Leadership) -> None:
    """Stand for election and lead; returns when the lease is lost. Cancelled while leading, it gives the lease back."""
    lock = _Lock(lease, api_client, leadership.renewed)

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
    except (client.exceptions.ApiException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("the lease could not be given back: %s", error)
