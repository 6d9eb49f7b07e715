"""What is waited for at the start, and what isn't: the watches that only coverage asks for."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from typing import Any

from netbaseline.cluster import paths
from netbaseline.cluster.pods import PodSink
from netbaseline.cluster.reflector import Observer, Reflector
from netbaseline.cluster.transport import Transport
from netbaseline.controller.coverage import CoverageBook
from netbaseline.controller.foreign import ForeignWatches
from netbaseline.controller.settings import Settings

log = logging.getLogger(__name__)

FORBIDDEN = "forbidden"
USUAL_SECONDS = 5.0
"""In which a list of anything is complete, where nothing stands in its way."""


async def first_sync(reflectors: Sequence[Reflector[Any]], *, restricted: bool) -> None:
    """Until the lists are complete without which nothing is right; for all others only as long as is usual.

    A right that is missing for one namespace, or for what baselines merely refer to, keeps nobody else waiting.
    `restricted` is an install for some namespaces.
    """
    if not restricted:
        for reflector in reflectors:
            if reflector.resource in {paths.POLICIES, paths.NAMESPACES}:
                await reflector.synced.wait()
    try:
        async with asyncio.timeout(USUAL_SECONDS):
            for reflector in reflectors:
                await reflector.synced.wait()
    except TimeoutError:
        troubles = "; ".join(reflector.trouble for reflector in reflectors if reflector.trouble is not None)
        log.warning("going on without: %s", troubles or "some lists that take long")


class CoverageWatches:
    """Pods, of all namespaces or of each of a restricted install, and policies of other APIs."""

    def __init__(
        self,
        transport: Transport,
        settings: Settings,
        observer: Observer,
        coverage: CoverageBook,
        unwatched: Callable[[str], None],
    ) -> None:
        """`unwatched` is told a resource that nobody watches any more."""
        scopes = settings.namespaces or (None,)
        self._pods = [_pod_watch(transport, settings, observer, coverage, scope) for scope in scopes]
        self._foreign = ForeignWatches(transport, settings, observer, coverage.foreign, unwatched)

    def work(self) -> Iterator[tuple[Coroutine[Any, Any, None], str]]:
        """What is to run for ever, with names for it."""
        yield from ((reflector.run(), "reflector of pods") for reflector in self._pods)
        yield self._foreign.run(), "policies of other APIs"

    def troubled(self) -> set[str]:
        """Resources of watches that can't be kept up."""
        return {reflector.resource for reflector in self._pods if reflector.trouble} | self._foreign.troubled()


def _pod_watch(
    transport: Transport, settings: Settings, observer: Observer, coverage: CoverageBook, scope: str | None
) -> Reflector[Any]:
    def restarted(resource: str, reason: str) -> None:
        observer.restarted(resource, reason)
        if reason == FORBIDDEN:
            coverage.no_right(scope)

    return Reflector(
        transport,
        paths.PODS,
        paths.pods(scope),
        PodSink(coverage.pods, scope),
        replace(observer, restarted=restarted, granted=lambda: coverage.right_is_there(scope)),
        silence=settings.watch_silence,
    )
