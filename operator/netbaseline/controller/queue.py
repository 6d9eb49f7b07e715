"""A queue of keys: each at most once, one turn at a time per key, retried with exponential backoff.

What client-go calls a rate-limited work queue. A key that is added while its turn runs gets another turn afterwards, so
no news is lost; ten added at once get one.
"""

import asyncio
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FIRST_BACKOFF = 0.05
LAST_BACKOFF = 60.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A key to take a turn for, and since when it waits (monotonic seconds)."""

    key: str
    since: float


class QueueClosed(Exception):
    """Nothing is taken any more; raised by `take`."""


class KeyedQueue:
    """Not thread-safe; belongs to one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ready: deque[str] = deque()
        self._waiting: dict[str, float] = {}
        self._running: dict[str, float] = {}
        self._later: list[tuple[float, int, str]] = []
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._number = itertools.count()
        self._changed = asyncio.Event()
        self._closed = False
        self._progressed = clock()
        self._failing_since: dict[str, float] = {}

    def close(self) -> None:
        """Hand out nothing more. What is running may end."""
        self._closed = True
        self._changed.set()

    def add(self, key: str) -> None:
        """A turn for `key`, as soon as possible."""
        if key in self._waiting:
            return
        self._waiting[key] = self._clock()
        if key not in self._running:
            self._ready.append(key)
            self._changed.set()

    def nudge(self, key: str) -> None:
        """A turn for `key`, unless one comes anyway after a failure, which keeps the distance that was asked for."""
        if key not in self._failures:
            self.add(key)

    def add_later(self, key: str, delay: float) -> None:
        """A turn for `key` in `delay` seconds; the earliest wish counts."""
        due = self._clock() + delay
        if key in self._due and self._due[key] <= due:
            return
        self._due[key] = due
        heapq.heappush(self._later, (due, next(self._number), key))
        self._changed.set()

    def retry(self, key: str, at_least: float = 0.0) -> float:
        """A turn for `key` after a backoff that doubles with each failure in a row; returns the seconds."""
        self._failing_since.setdefault(key, self._running.get(key, self._clock()))
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        longest = min(LAST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(failures, 20))
        delay = max(random.uniform(longest / 2, longest), at_least)  # noqa: S311 - jitter, no secret
        self.add_later(key, delay)
        return delay

    def failures(self, key: str) -> int:
        """How many turns of `key` failed in a row."""
        return self._failures.get(key, 0)

    def restart_clocks(self) -> None:
        """Everything waits from now on: a standby that takes over has not kept anybody waiting."""
        self._waiting = dict.fromkeys(self._waiting, self._clock())
        self._progressed = self._clock()

    def succeeded(self, key: str) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)
        self._failing_since.pop(key, None)

    async def take(self) -> Ticket:
        """The next key; it is running until `done`. Raises QueueClosed."""
        while not self._closed:
            self._promote()
            if self._ready:
                key = self._ready.popleft()
                since = self._waiting.pop(key)
                self._running[key] = since
                return Ticket(key, self._failing_since.get(key, since))
            self._changed.clear()
            timeout = self._later[0][0] - self._clock() if self._later else None
            try:
                async with asyncio.timeout(timeout if timeout is None else max(timeout, 0.0)):
                    await self._changed.wait()
            except TimeoutError:
                continue
        raise QueueClosed

    def done(self, key: str) -> None:
        """The turn for `key` is over; it gets another one if it was added meanwhile."""
        self._running.pop(key)
        self._progressed = self._clock()
        if key in self._waiting:
            self._ready.append(key)
            self._changed.set()

    def _promote(self) -> None:
        now = self._clock()
        while self._later and self._later[0][0] <= now:
            due, _, key = heapq.heappop(self._later)
            if self._due.get(key) == due:
                del self._due[key]
                self.add(key)

    def runs(self, key: str) -> bool:
        """Whether a turn for `key` is under way."""
        return key in self._running

    @property
    def stuck(self) -> float:
        """Seconds without any turn ending while there was one to take; 0 when there is none."""
        return min(self.oldest, self._clock() - self._progressed)

    @property
    def depth(self) -> int:
        """Keys that wait for a turn now."""
        return len(self._waiting)

    @property
    def oldest(self) -> float:
        """Seconds since the longest waiting or running key was added; 0 when there is none."""
        since = [*self._waiting.values(), *self._running.values()]
        return self._clock() - min(since) if since else 0.0
