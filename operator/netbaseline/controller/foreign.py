"""Which policies of other APIs there are, watched for as long as the API server serves their kinds.

The API server is asked now and then which kinds it serves: their CRDs come and go with the network plugin. Where it
serves none, that question is all there is.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from netbaseline.cluster import paths
from netbaseline.cluster.errors import ApiError, Forbidden
from netbaseline.cluster.foreign import NAMESPACE_LABELS, ForeignSink, ForeignStore, NamespaceLabelSink, Source
from netbaseline.cluster.kinds import Kind, served_foreign
from netbaseline.cluster.reflector import Observer, Reflector
from netbaseline.cluster.transport import Path, Transport
from netbaseline.controller.settings import Settings

log = logging.getLogger(__name__)

DISCOVERY_SECONDS: Final = 10.0
SOON_SECONDS: Final = 1.0
"""Until the first answer; nothing is judged before."""

FORBIDDEN: Final = "forbidden"
ANY: Final[Source] = ("policies of other APIs", None)
"""What there may be where the API server doesn't say which kinds it serves."""


class ForeignWatches:
    """Keeps `store` equal to what there is. `unwatched` is told a resource that nobody watches any more."""

    def __init__(
        self,
        transport: Transport,
        settings: Settings,
        observer: Observer,
        store: ForeignStore,
        unwatched: Callable[[str], None],
    ) -> None:
        self._transport, self._settings, self._observer = transport, settings, observer
        self._store, self._unwatched = store, unwatched
        self._watches: dict[Source, tuple[Reflector[Any], asyncio.Task[None]]] = {}
        self._trouble: str | None = None

    async def run(self) -> None:
        """Never returns; ends by cancellation, or with the error of a watch, which is a bug."""
        async with asyncio.TaskGroup() as group:
            while True:
                known = await self._look(group)
                with suppress(TimeoutError):
                    async with asyncio.timeout(DISCOVERY_SECONDS if known else SOON_SECONDS):
                        await self._store.labels_wanted.wait()
                self._store.labels_wanted.clear()

    def troubled(self) -> set[str]:
        """Resources of watches that can't be kept up."""
        return {reflector.resource for reflector, _ in self._watches.values() if reflector.trouble is not None}

    async def _look(self, group: asyncio.TaskGroup) -> bool:
        """Ask what is served, and watch just that. Says whether there was an answer."""
        try:
            served = await served_foreign(self._transport)
        except ApiError as error:
            if isinstance(error, Forbidden):
                for source in list(self._watches):
                    self._end(source)
                self._store.awaits({ANY})
                self._hide(ANY, str(error))
            elif str(error) != self._trouble:
                log.warning("which other APIs have policies can't be asked: %s", error)
            self._trouble = str(error)
            return isinstance(error, Forbidden)
        self._trouble = None
        wanted = self._wanted(served)
        for source in set(self._watches) - set(wanted):
            self._end(source)
        self._store.awaits({*wanted, *self._beyond(served)})
        for source, make in wanted.items():
            if source not in self._watches:
                reflector = make()
                self._watches[source] = (reflector, group.create_task(reflector.run(), name=f"watch of {source[0]}"))
        return True

    def _wanted(self, served: list[Kind]) -> Mapping[Source, Callable[[], Reflector[Any]]]:
        """What is to be watched, and how."""

        def of_kind(kind: Kind, scope: str | None) -> Callable[[], Reflector[Any]]:
            return lambda: self._reflector(
                kind.resource, kind.path(scope), ForeignSink(self._store, kind, scope), (kind.resource, scope)
            )

        scopes: tuple[str | None, ...] = self._settings.namespaces or (None,)
        found = {
            (kind.resource, scope): of_kind(kind, scope)
            for kind in served
            for scope in (scopes if kind.namespaced else (None,))
            if kind.namespaced or not self._settings.namespaces
        }
        if self._store.asks_for_labels and not self._settings.namespaces:
            found[NAMESPACE_LABELS] = lambda: self._reflector(
                NAMESPACE_LABELS[0], paths.namespaces(), NamespaceLabelSink(self._store), NAMESPACE_LABELS
            )
        return found

    def _beyond(self, served: list[Kind]) -> set[Source]:
        """What an install for some namespaces has no right to see: told once, and never asked for."""
        if not self._settings.namespaces:
            return set()
        beyond: set[Source] = {(kind.resource, None) for kind in served if not kind.namespaced}
        for source in sorted(beyond, key=str):
            self._hide(source, "an install for some namespaces doesn't see what is cluster-wide")
        return beyond

    def _end(self, source: Source) -> None:
        _, task = self._watches.pop(source)
        task.cancel()
        self._unwatched(source[0])

    def _reflector(self, resource: str, path: Path, sink: Any, source: Source) -> Reflector[Any]:
        def restarted(named: str, reason: str) -> None:
            self._observer.restarted(named, reason)
            if source in self._watches and (reason == FORBIDDEN or not self._store.heard(source)):
                self._hide(source, "the right to list and watch it is missing" if reason == FORBIDDEN else reason)

        observer = replace(self._observer, restarted=restarted, granted=lambda: self._store.in_sight(source))
        return Reflector(self._transport, resource, path, sink, observer, silence=self._settings.watch_silence)

    def _hide(self, source: Source, why: str) -> None:
        if self._store.out_of_sight(source):
            where = "" if source[1] is None else f" in {source[1]}"
            log.warning("which pods depend on %s%s is unknown: %s", source[0], where, why)
