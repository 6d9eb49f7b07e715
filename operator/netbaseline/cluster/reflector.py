"""List, then watch, for ever: keeps a sink equal to one resource of the cluster.

After a restart of the watch it goes on from the last resourceVersion; where that is too old, or the server sends an
ERROR, it lists again and replaces the sink's content, so that what was deleted meanwhile is noticed. A stream that says
nothing, not even a bookmark (the API server sends one about every minute), is taken for dead.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from netbaseline.cluster.errors import ApiError, Forbidden, Gone, NotFound
from netbaseline.cluster.transport import Json, Path, Transport

log = logging.getLogger(__name__)

WATCH_SECONDS = 300
FIRST_BACKOFF = 0.2
LAST_BACKOFF = 30.0
SHORT = 1.0
"""Seconds; a watch that ends sooner, without an error, is one that somebody in between doesn't let through."""


T = TypeVar("T")


class Sink(Protocol[T]):
    """Where the objects go. `parse` keeps what is needed of one, so that a long list never lies in memory raw."""

    def parse(self, item: Json) -> T: ...
    def replace(self, items: Iterable[T], version: int) -> None: ...
    def seen(self, item: T) -> None: ...
    def gone(self, item: T) -> None: ...


@dataclass(frozen=True, slots=True)
class Observer:
    """Who is told of the watch: `alive` with resource and path at each sign of life, `restarted` also with a reason."""

    alive: Callable[[str, str], None]
    restarted: Callable[[str, str], None]
    granted: Callable[[], None] = lambda: None
    """Told each time that the server takes up the watch."""


class Reflector(Generic[T]):
    """One resource, cluster-wide or of one namespace. `synced` is set after the first complete list."""

    def __init__(
        self, transport: Transport, resource: str, path: Path, sink: Sink[T], observer: Observer, *,
        silence: float, label_selector: str | None = None,
    ) -> None:  # fmt: skip
        self._transport, self.resource, self._path, self._sink = transport, resource, path, sink
        self._observer, self._silence = observer, silence
        self._filter = {"labelSelector": label_selector} if label_selector else {}
        self.synced = asyncio.Event()
        self.trouble: str | None = None
        """Why there is nothing new at the moment, for a person to read; None while all is well."""

    async def run(self) -> None:
        """Never returns; ends by cancellation."""
        version: str | None = None
        failures = 0
        while True:
            try:
                if version is None:
                    version = await self._list()
                began = time.monotonic()
                version = await self._watch(version)
                failures = 0 if time.monotonic() - began > SHORT else failures + 1
                await asyncio.sleep(_backoff(failures, None))
            except _Interrupted as stop:
                version, reason, cause = stop.version, stop.reason, stop.cause
                failures = failures + 1 if stop.fruitless else 0
                self._observer.restarted(self.resource, reason)
                self.trouble = f"{self.resource}: {cause}"
                log.log(
                    logging.WARNING if failures else logging.INFO,
                    "watch of %s interrupted (%s): %s", self.resource, reason, cause,
                )  # fmt: skip
                await asyncio.sleep(_backoff(failures, stop.retry_after))

    def _at_work(self) -> None:
        """Not before the watch was granted: a list that works says nothing of the watch."""
        self.trouble = None
        self._observer.granted()
        self._observer.alive(self.resource, self._path)

    async def _list(self) -> str:
        items: list[T] = []
        version = ""
        try:
            async for page in self._transport.pages(self.resource, self._path, self._filter):
                items.extend(map(self._sink.parse, page.get("items") or ()))
                version = str(page["metadata"]["resourceVersion"])
                self._observer.alive(self.resource, self._path)
        except ApiError as error:
            raise _Interrupted(None, _reason(error), error) from error
        self._sink.replace(items, int(version))
        self.synced.set()
        return version

    async def _watch(self, version: str) -> str:
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
            **self._filter,
        }
        progressed = False
        try:
            async for event in self._transport.stream(self.resource, self._path, query, self._silence, self._at_work):
                if event["type"] == "ERROR":
                    status = event["object"]
                    reason = "gone" if status.get("code") == 410 else "error_event"
                    raise _Interrupted(None, reason, status.get("message"), fruitless=not progressed)
                self._observer.alive(self.resource, self._path)
                progressed = True
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] in {"ADDED", "MODIFIED"}:
                    self._sink.seen(self._sink.parse(event["object"]))
                elif event["type"] == "DELETED":
                    self._sink.gone(self._sink.parse(event["object"]))
        except TimeoutError as error:
            raise _Interrupted(version, "silence", f"nothing heard for {self._silence:g} s", fruitless=False) from error
        except Gone as error:
            raise _Interrupted(None, "gone", error, fruitless=not progressed) from error
        except ApiError as error:
            raise _Interrupted(version, _reason(error), error, fruitless=not progressed) from error
        return version


class _Interrupted(Exception):
    """A list or a watch ended early; `version` is where to go on, None to list again."""

    def __init__(self, version: str | None, reason: str, cause: Any, *, fruitless: bool = True) -> None:
        super().__init__(reason)
        self.version, self.reason, self.cause, self.fruitless = version, reason, cause, fruitless
        self.retry_after = cause.retry_after if isinstance(cause, ApiError) else None


def _reason(error: ApiError) -> str:
    if isinstance(error, Forbidden):
        return "forbidden"
    if isinstance(error, Gone):
        return "gone"
    if isinstance(error, NotFound):
        return "not_found"
    return "connection" if error.status == 0 else "server_error"


def _backoff(failures: int, retry_after: float | None) -> float:
    """Seconds to wait: none after a stream that worked, else doubling, with jitter, and at least what was asked."""
    if failures == 0:
        return retry_after or 0.0
    longest = min(LAST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(failures - 1, 10))
    return max(random.uniform(longest / 2, longest), retry_after or 0.0)  # noqa: S311 - jitter, no secret
