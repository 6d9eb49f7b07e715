"""Keeps what a watch tells, with the time at which it came, so that what happened can be measured afterwards."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.demo.api import Api, Json
from tests.demo.errors import DemoError

T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """One event of a watch. `at` is monotonic, in seconds."""

    at: float
    type: str
    object: Json

    @property
    def namespace(self) -> str:
        """Where the object is."""
        return str(self.object["metadata"]["namespace"])

    @property
    def name(self) -> str:
        """What the object is called."""
        return str(self.object["metadata"]["name"])


class Recorder:
    """Watches one resource of the whole cluster in a thread, from now on."""

    def __init__(self, api: Api, path: str) -> None:
        """Returns once the watch has a point to start from, so that nothing is missed."""
        self._api = api
        self._path = path
        self._changes: list[Change] = []
        self._news = threading.Condition()
        self._ended: str | None = None
        version = api.get(path, limit="1")["metadata"]["resourceVersion"]
        threading.Thread(target=self._record, args=(version,), name=f"watch {path}", daemon=True).start()

    def of(self, namespace: str) -> list[Change]:
        """What happened in a namespace so far, in the API server's order."""
        with self._news:
            return [change for change in self._changes if change.namespace == namespace]

    def wait(self, matches: Callable[[Change], bool], *, seconds: float, what: str) -> Change:
        """The first change that matches, among those recorded and those to come. Raises DemoError when time is up."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self._news:
            while True:
                for change in self._changes[seen:]:
                    if matches(change):
                        return change
                seen = len(self._changes)
                left = deadline - time.monotonic()
                if self._ended is not None or left <= 0:
                    reason = self._ended or f"{seconds:g} s were not enough"
                    raise DemoError(f"waited in vain for {what}: {reason}")
                self._news.wait(left)

    def _record(self, version: str) -> None:
        reason = "the watch ended"
        try:
            for event in self._api.watch(self._path, version):
                now = time.monotonic()
                if event["type"] == "ERROR":
                    reason = f"the watch failed: {event['object'].get('message')}"
                    break
                with self._news:
                    self._changes.append(Change(now, event["type"], event["object"]))
                    self._news.notify_all()
        except DemoError as error:
            reason = str(error)
        finally:
            with self._news:
                self._ended = reason
                self._news.notify_all()
