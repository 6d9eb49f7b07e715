"""A proxy before the API server that makes it fail on demand, and notes what it was asked.

It speaks plain HTTP on 127.0.0.1 and passes `Authorization` on, so a client whose kubeconfig has a token (as
`ControlPlane.service_account_kubeconfig` writes, given the proxy's `url`) works through it. kubectl doesn't: client-go
sends no token over plain HTTP. A client certificate can't be passed on either.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from tests.sandbox.fault_rules import (
    Action,
    CutStream,
    Delay,
    Drop,
    Fault,
    FaultBook,
    Hang,
    InjectEvent,
    Recorded,
    Respond,
    RespondAfter,
    Silence,
)
from tests.sandbox.forwarding import Forwarder
from tests.sandbox.watch_stream import WatchStream

__all__ = [
    "Action",
    "CutStream",
    "Delay",
    "Drop",
    "Fault",
    "FaultProxy",
    "Hang",
    "InjectEvent",
    "Recorded",
    "Respond",
    "RespondAfter",
    "Silence",
]

_PATIENCE = 30.0  # seconds for the proxy's own thread to do something that takes milliseconds
_T = TypeVar("_T")


class FaultProxy:
    """Runs in a thread and a loop of its own while its `with` lasts; every method may be called from any thread."""

    def __init__(self, server: str, ca_file: Path) -> None:
        """`server` is the API server's https:// address, known by the authority in `ca_file`."""
        self.url = ""
        """The proxy's address, http://127.0.0.1:PORT, once the `with` is entered."""
        self.after_write: Callable[[Recorded], None] | None = None
        """Called in the proxy's thread when the API server has answered a write, before the client hears of it.

        Everything in the proxy waits meanwhile. What it raises, `with` raises at its end.
        """
        self._server = server
        self._ca_file = ca_file
        self._book = FaultBook()
        self._requests: list[Recorded] = []
        self._hook_error: Exception | None = None
        self._forwarder: Forwarder | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Event | None = None
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        self._started.result(_PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection, and raise what `after_write` raised if nothing else is being raised."""
        closing = self._closing
        assert closing is not None
        self._in_loop(closing.set)
        self._thread.join(_PATIENCE)
        if self._hook_error is not None and error is None:
            raise self._hook_error

    def add(self, fault: Fault) -> int:
        """Put a fault into force behind those that are, until it is used up or removed.

        InjectEvent and CutStream act on the watches that are open, at once and once: the number of those is returned.
        """
        match fault.action:
            case InjectEvent(event=event):
                line = json.dumps(event).encode() + b"\n"
                return self._each_stream(fault, lambda stream: stream.insert(line))
            case CutStream(clean=clean):
                return self._each_stream(fault, lambda stream: stream.cut(clean=clean))
        self._book.add(fault)
        return 0

    def remove(self, fault: Fault) -> None:
        """Take a fault out of force; what it did to requests that it has taken stays."""
        self._book.remove(fault)

    def clear(self) -> None:
        """Take all faults out of force."""
        self._book.clear()

    @property
    def requests(self) -> list[Recorded]:
        """All requests but watches, in the order in which they ended, as of now."""
        return list(self._requests)

    def writes(self) -> list[Recorded]:
        """Those of the requests that ask for a change: POST, PUT, PATCH and DELETE."""
        return [each for each in self.requests if each.is_write]

    def watches(self) -> list[str]:
        """Give the paths with queries of the watches that are open now."""
        forwarder = self._forwarder
        return [] if forwarder is None else self._in_loop(lambda: [stream.target for stream in forwarder.streams])

    def _each_stream(self, fault: Fault, act: Callable[[WatchStream], None]) -> int:
        def on_all() -> int:
            streams = self._forwarder.streams if self._forwarder is not None else ()
            matching = [each for each in streams if fault.matches(each.method, each.target)]
            for stream in matching:
                act(stream)
            return len(matching)

        return self._in_loop(on_all)

    def _in_loop(self, call: Callable[[], _T]) -> _T:
        """Do something in the proxy's thread, where the streams live; `after_write` is there already."""
        if threading.current_thread() is self._thread:
            return call()

        async def called() -> _T:
            return call()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(_PATIENCE)

    def _record(self, recorded: Recorded) -> None:
        self._requests.append(recorded)
        if self.after_write is None or not recorded.is_write or not recorded.forwarded or recorded.status is None:
            return
        try:
            self.after_write(recorded)
        except Exception as error:  # noqa: BLE001 -- a test's own, raised where the test sees it
            self._hook_error = self._hook_error or error

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._forwarder = Forwarder(self._server, self._ca_file, self._book, self._record)
        # Without cancellation a watch whose client has gone would be noticed at its next event only.
        server = web.Server(self._forwarder.handle, handler_cancellation=True)
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._started.set_result(None)
        await self._closing.wait()
        await runner.cleanup()
        await self._forwarder.close()
