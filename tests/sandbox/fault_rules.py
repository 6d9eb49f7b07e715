"""What a fault is, which requests it takes, and how a request is noted: values and bookkeeping, no network."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Respond:
    """Answer in the API server's place: with a body, or with the Status object that Kubernetes would send."""

    status: int
    body: Mapping[str, Any] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> Mapping[str, Any] | str:
        """Give what to send: the body, or a Status object with the usual reason."""
        if self.body is not None:
            return self.body
        reason = _REASONS.get(self.status, "Unknown")
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": self.status}
        return {**status, "reason": reason, "message": f"injected: {reason}"}


@dataclass(frozen=True)
class Delay:
    """Wait before anything else happens; other faults may follow."""

    seconds: float


@dataclass(frozen=True)
class Drop:
    """Close the connection; the API server hears nothing of the request."""


@dataclass(frozen=True)
class Hang:
    """Never answer; the API server hears nothing of the request. It ends when the client gives up."""


@dataclass(frozen=True)
class RespondAfter:
    """Let the API server do it, then close the connection: a write took effect and the client can't know.

    Watches pass it unharmed.
    """


@dataclass(frozen=True)
class Silence:
    """Hold back what watches say, open ones too, and keep them open: a stalled network.

    When the fault is removed all that was held back arrives: a TCP stream has no gaps.
    """


@dataclass(frozen=True)
class InjectEvent:
    """Write this event into every matching watch that is open now; only into JSON watches."""

    event: Mapping[str, Any]


@dataclass(frozen=True)
class CutStream:
    """End every matching watch that is open now: as a broken network does, or `clean`, as the API server's timeout."""

    clean: bool = False


Action = Respond | Delay | Drop | Hang | RespondAfter | Silence | InjectEvent | CutStream


@dataclass(frozen=True, eq=False, kw_only=True)
class Fault:
    """An action for the requests whose path with query, as sent, holds a match of `path`, and whose method is a match.

    `times` is for how many requests; None: until removed. Two faults are the same only if they are one object.
    """

    path: str
    action: Action
    method: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        """Refuse a number of times where it would mean nothing."""
        if self.times is not None and isinstance(self.action, Silence | InjectEvent | CutStream):
            raise ValueError(f"{type(self.action).__name__} takes open watches, not a number of requests")

    def matches(self, method: str, target: str) -> bool:
        """Say whether it takes a request; `target` is the path with the query, as it was sent."""
        return (self.method is None or bool(re.fullmatch(self.method, method))) and bool(re.search(self.path, target))


@dataclass(frozen=True)
class Recorded:
    """One request that wasn't a watch. `path`, `query` and `body` are as they were sent."""

    method: str
    path: str
    query: str
    body: bytes
    status: int | None  # what the API server, or a fault, answered; None: nobody did
    forwarded: bool  # False where a fault kept it from the API server
    at: float  # time.monotonic() of its arrival

    @property
    def is_write(self) -> bool:
        """Say whether it asks for a change."""
        return self.method in _WRITES


class FaultBook:
    """The faults that are in force; may be used by any thread."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._lock = threading.Lock()
        self._left: dict[Fault, int | None] = {}  # how many more requests each takes

    def add(self, fault: Fault) -> None:
        """Put it into force, behind those that are."""
        with self._lock:
            self._left[fault] = fault.times

    def remove(self, fault: Fault) -> None:
        """Take it out of force; nothing happens if it is used up or was never added."""
        with self._lock:
            self._left.pop(fault, None)

    def clear(self) -> None:
        """Take all out of force."""
        with self._lock:
            self._left.clear()

    def claim(self, method: str, target: str) -> tuple[float, Action | None]:
        """Use up the faults for one request: seconds to wait, and the first action that isn't a delay."""
        delay = 0.0
        with self._lock:
            for fault in [each for each in self._left if each.matches(method, target)]:
                if isinstance(fault.action, Silence):
                    continue
                self._use(fault)
                if not isinstance(fault.action, Delay):
                    return delay, fault.action
                delay += fault.action.seconds
        return delay, None

    def silences(self, method: str, target: str) -> bool:
        """Say whether a watch has to be silent now."""
        with self._lock:
            return any(isinstance(each.action, Silence) and each.matches(method, target) for each in self._left)

    def _use(self, fault: Fault) -> None:
        left = self._left[fault]
        if left is None:
            return
        if left > 1:
            self._left[fault] = left - 1
        else:
            del self._left[fault]
