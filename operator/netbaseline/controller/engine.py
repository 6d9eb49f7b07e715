"""Puts the parts together and keeps them running: reflectors fill stores, stores feed the queue, workers take turns."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from netbaseline import __version__
from netbaseline.cluster import crd, paths
from netbaseline.cluster.lease import Leadership, LeaseName, campaign
from netbaseline.cluster.reflector import Observer, Reflector, Sink
from netbaseline.cluster.sinks import DaemonSetSink, EndpointSink, NamespaceSink, PolicySink
from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.cluster.transport import Path, Transport, connect
from netbaseline.cluster.writes import Writer
from netbaseline.controller.baselines import BaselineStore
from netbaseline.controller.coverage import CoverageBook, Stores
from netbaseline.controller.listing import list_baselines
from netbaseline.controller.memory import Memories
from netbaseline.controller.port import Post
from netbaseline.controller.queue import KeyedQueue, QueueClosed
from netbaseline.controller.settings import Settings
from netbaseline.controller.turn import Outcome, Result, Turns
from netbaseline.controller.vitals import Vitals
from netbaseline.controller.watching import CoverageWatches, first_sync
from netbaseline.controller.writing import LeaseLost
from netbaseline.core.cni import Enforcement
from netbaseline.core.platform import Platform, ServerAddress
from netbaseline.exporter import http
from netbaseline.exporter.metrics import Metrics

log = logging.getLogger(__name__)

KUBERNETES_SERVICE = "kubernetes.io/service-name=kubernetes"
LIST_AGAIN_SECONDS = 2.0
LIST_ANYHOW_SECONDS = 600.0
"""For the case that kopf lists and there is nothing left to tell of."""
DRAIN_SECONDS = 15.0
"""For turns under way at the end; a turn that is cut short may leave its bridge until the next start."""
WORKER = "worker"
START = "start"


class Engine:
    """One operator. `start` returns when every store is filled; `ended` is set when the process must not go on."""

    def __init__(self, settings: Settings, post: Post, *, wall: Callable[[], float], now: Callable[[], str]) -> None:
        self.settings, self._post, self._wall, self._now = settings, post, wall, now
        self.ended = asyncio.Event()
        self.relisted = asyncio.Event()
        """Set when kopf lists the baselines, at its start and after each interruption."""
        self.metrics = Metrics(__version__)
        self.queue = KeyedQueue(time.monotonic)
        self.leadership = Leadership(time.monotonic, alone=not settings.leader_elect)
        self.baselines = BaselineStore(self._baseline_changed, self._written)
        self.policies = PolicyStore(self._changed, self._written)
        self.namespaces = NamespaceStore(self._changed)
        self.vitals = Vitals(self, wall)
        self._observer = Observer(self.vitals.watch_alive, partial(self.metrics.count, "watch_restarts"))
        self._memories = Memories(time.monotonic)
        self.platform = Platform()
        self.coverage = CoverageBook(
            Stores(self.namespaces, self.baselines, self.policies, settings.namespaces),
            clock=time.monotonic,
            busy=lambda: self.leadership.held and self.queue.depth > 0,
            enforced=lambda: self.platform.enforcement.enforces is not False,
            publish=self.queue.nudge,
            interval=settings.coverage_interval,
            turning=self.queue.runs,
        )
        self._for_coverage: CoverageWatches | None = None
        self._reflectors: list[Reflector[Any]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._transport: Transport | None = None
        self._server: Any = None

    # --- life cycle -------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, wait for the CRD, fill the stores, and set the workers going behind the lease.

        Raises ConfigurationError where there is no cluster, OSError where the port is taken.
        """
        settings = self.settings
        self.metrics.sample_with(self.vitals.samples)
        self._server = await http.serve(
            settings.host, settings.port, self.metrics, self.vitals.unhealthy, self.vitals.not_ready
        )
        transport = self._transport = await connect(
            f"netbaseline/{__version__}",
            lambda verb, resource, code: self.metrics.count("api_requests", verb, resource, code),
        )
        log.info("netbaseline %s, for %s of %s", __version__, settings.scope, transport.server)
        if settings.leader_elect:
            lease = LeaseName(settings.lease_namespace, settings.lease_name, settings.identity)
            self._spawn(self._lead(transport, lease), "lease")
        await self.wait_until_served()
        self._reflectors = self._watches(transport)
        for reflector in self._reflectors:
            self._spawn(reflector.run(), "reflector")
        await list_baselines(transport, self.settings.namespaces, self.baselines, self.vitals.explain, self.relisted)
        await first_sync(self._reflectors, restricted=bool(settings.namespaces))
        self.vitals.synced = True
        self._spawn(self._keep_listing(transport), "list of baselines")
        log.info("in sync: %d baselines, %d policies", len(self.baselines), len(self.policies))
        turns = Turns(
            cluster=Writer(transport),
            policies=self.policies,
            namespaces=self.namespaces,
            baselines=self.baselines,
            memories=self._memories,
            platform=lambda: self.platform,
            post=self._post,
            metrics=self.metrics,
            holds_lease=lambda: self.leadership.held,
            clock=time.monotonic,
            now=self._now,
            removal_limit=settings.removal_limit,
            coverage=self.coverage.of,
        )
        # All tasks that last begin here, before kopf: what is begun later, kopf takes for its own and ends with itself.
        self._spawn(self._lead_the_queue(), "clocks")
        self._for_coverage = CoverageWatches(transport, settings, self._observer, self.coverage, self.vitals.watch_over)
        for work, name in self._for_coverage.work():
            self._spawn(work, name)
        self._spawn(self.coverage.run(), "coverage")
        for _ in range(settings.workers):
            self._spawn(self._work(turns), WORKER)

    async def wait_until_served(self) -> None:
        """Wait for the CRD, telling so on /readyz."""
        if self._transport is None:
            return
        await crd.wait_until_served(self._transport, lambda trouble: self.vitals.explain(START, trouble))

    async def drain(self) -> None:
        """No new turns; those under way are finished."""
        self._stopping = True
        self.queue.close()
        workers = [task for task in self._tasks if task.get_name() == WORKER]
        if workers and self.leadership.acquired.is_set():
            await asyncio.wait(workers, timeout=DRAIN_SECONDS)

    async def stop(self) -> None:
        """End in order: turns finished, the lease given back, connections closed."""
        await self.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.cleanup()
        if self._transport is not None:
            await self._transport.close()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._finished)
        self._tasks.append(task)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """No part of it may end by itself: a zombie that looks alive is worse than a restart."""
        if self._stopping:
            return
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.critical("%s failed", task.get_name(), exc_info=error)
        self.ended.set()

    # --- watching ---------------------------------------------------------------------------------------------------

    def _watches(self, transport: Transport) -> list[Reflector[Any]]:

        def reflect(resource: str, path: Path, sink: Sink[Any], labels: str | None = None) -> Reflector[Any]:
            return Reflector(
                transport,
                resource,
                path,
                sink,
                self._observer,
                silence=self.settings.watch_silence,
                label_selector=labels,
            )

        scopes: tuple[str | None, ...] = self.settings.namespaces or (None,)
        found = [reflect(paths.POLICIES, paths.policies(item), PolicySink(self.policies, item)) for item in scopes]
        if not self.settings.namespaces:
            found.append(reflect(paths.NAMESPACES, paths.namespaces(), NamespaceSink(self.namespaces)))
            found.append(reflect(paths.DAEMON_SETS, paths.daemon_sets(), DaemonSetSink(self._enforcement_changed)))
        servers = EndpointSink(self._servers_changed)
        found.append(reflect(paths.ENDPOINT_SLICES, paths.endpoint_slices("default"), servers, KUBERNETES_SERVICE))
        return found

    async def _keep_listing(self, transport: Transport) -> None:
        """Kopf tells no deletion that happened while its watch was away; a list of ours after each of its own does."""
        while True:
            try:
                async with asyncio.timeout(LIST_ANYHOW_SECONDS):
                    await self.relisted.wait()
            except TimeoutError:
                pass
            else:
                await asyncio.sleep(LIST_AGAIN_SECONDS)
                self.relisted.clear()
            await list_baselines(
                transport, self.settings.namespaces, self.baselines, self.vitals.explain, self.relisted
            )

    def watch_troubles(self) -> list[str]:
        """What keeps watches from working at the moment."""
        return [reflector.trouble for reflector in self._reflectors if reflector.trouble is not None]

    def troubled_watches(self) -> set[str]:
        """Resources of these watches, and of those that only coverage asks for: without them all else goes on."""
        found = {each.resource for each in self._reflectors if each.trouble is not None}
        return found if self._for_coverage is None else found | self._for_coverage.troubled()

    def _baseline_changed(self, namespace: str) -> None:
        self.coverage.changed(namespace)
        self.queue.add(namespace)

    def _changed(self, namespace: str) -> None:
        """Something changed in a namespace: but for coverage, of interest only where there is a baseline."""
        self.coverage.changed(namespace)
        if self.baselines.of(namespace):
            self.queue.add(namespace)

    def _written(self, namespace: str) -> None:
        self.coverage.changed_by_us(namespace)

    def _servers_changed(self, servers: tuple[ServerAddress, ...]) -> None:
        if servers == self.platform.api_servers:
            return
        self.platform = replace(self.platform, api_servers=servers)
        for namespace in self.baselines.namespaces():
            if any(
                item.parsed is not None and item.parsed.spec.allow.kube_api_server
                for item in self.baselines.of(namespace)
            ):
                self.queue.add(namespace)

    def _enforcement_changed(self, enforcement: Enforcement) -> None:
        if enforcement == self.platform.enforcement:
            return
        self.platform = replace(self.platform, enforcement=enforcement)
        self.coverage.all_changed()
        for namespace in self.baselines.namespaces():
            self.queue.add(namespace)

    # --- working ----------------------------------------------------------------------------------------------------

    async def _lead(self, transport: Transport, lease: LeaseName) -> None:
        await campaign(transport.client, lease, self.leadership, partial(self.vitals.explain, "lease"))

    async def _lead_the_queue(self) -> None:
        """A standby that takes over has kept nobody waiting."""
        await self.leadership.acquired.wait()
        self.queue.restart_clocks()
        await self.ended.wait()

    async def _work(self, turns: Turns) -> None:
        await self.leadership.acquired.wait()
        while True:
            try:
                ticket = await self.queue.take()
            except QueueClosed:
                return
            try:
                outcome = await turns.take(ticket.key, ticket.since, self.queue.failures(ticket.key))
                self._settled(ticket.key, outcome)
            except LeaseLost:
                lease = f"{self.settings.lease_namespace}/{self.settings.lease_name}"
                log.warning("the lease %s was lost in the middle of a turn; nothing more is written", lease)
                return
            except Exception:
                # A bug, with its trace. It may concern one namespace only, and the others have to go on.
                log.exception("%s: the turn failed, and will be tried again", ticket.key)
                self._settled(ticket.key, Outcome(Result.ERROR))
            finally:
                self.queue.done(ticket.key)
            await asyncio.sleep(0)  # a turn that finds all well waits for nothing, and thousands come at the start

    def _settled(self, namespace: str, outcome: Outcome) -> None:
        self.metrics.count("reconcile", outcome.result.value)
        if outcome.result in {Result.CONFLICT, Result.ERROR}:
            delay = self.queue.retry(namespace, outcome.retry_after)
            log.debug("%s: %s, again in %.2f s", namespace, outcome.result, delay)
            return
        self.queue.succeeded(namespace)
        if outcome.again is not None:
            self.queue.add_later(namespace, outcome.again)
