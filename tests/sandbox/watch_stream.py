"""One open watch on its way from the API server to a client, into which events can be put between two others."""

import asyncio
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from tests.sandbox.fault_rules import FaultBook

_POLL = 0.02  # seconds between two looks at whether a silence is over


class Lines:
    """Puts whole lines into a stream of chunks that end anywhere."""

    def __init__(self) -> None:
        """Begin at the start of a line."""
        self._between = True
        self._waiting = b""

    def feed(self, chunk: bytes) -> bytes:
        """Take the next chunk of the stream; returns what to send now."""
        head, newline, tail = chunk.partition(b"\n")
        self._between = chunk.endswith(b"\n")
        if newline and self._waiting:
            chunk, self._waiting = head + newline + self._waiting + tail, b""
        return chunk

    def insert(self, line: bytes) -> bytes:
        """Take a line to put in; returns what to send now, nothing if another line has to end first."""
        if self._between:
            return line
        self._waiting += line
        return b""


@dataclass(frozen=True)
class _Inserted:
    line: bytes


class WatchStream:
    """Belongs to one event loop, as everything in it does."""

    def __init__(self, request: web.BaseRequest, book: FaultBook) -> None:
        """Nothing is sent yet."""
        self.method = request.method
        self.target = request.raw_path
        self._book = book
        self._transport = request.transport
        self._parts: asyncio.Queue[bytes | _Inserted | None] = asyncio.Queue()  # None: the API server has ended it
        self._relay: asyncio.Task[None] | None = None

    async def run(self, source: aiohttp.StreamReader, response: web.StreamResponse) -> bool:
        """Pass all on until either side or a cut ends it; says whether the end is a clean one."""
        self._relay = relay = asyncio.create_task(self._pass_on(source, response))
        relay.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, also if we are cancelled
        try:
            await asyncio.wait({relay})
        finally:
            relay.cancel()
        return relay.cancelled() or relay.exception() is None

    def insert(self, line: bytes) -> None:
        """Send a line as soon as the one in transit, if there is one, is complete."""
        self._parts.put_nowait(_Inserted(line))

    def cut(self, *, clean: bool) -> None:
        """End it now, with or without the mark that says it is complete."""
        if clean and self._relay is not None:
            self._relay.cancel()
        elif not clean and self._transport is not None:
            self._transport.abort()

    async def _pass_on(self, source: aiohttp.StreamReader, response: web.StreamResponse) -> None:
        lines = Lines()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(source))
            while (part := await self._parts.get()) is not None:
                while self._book.silences(self.method, self.target):
                    await asyncio.sleep(_POLL)
                content = lines.insert(part.line) if isinstance(part, _Inserted) else lines.feed(part)
                if content:  # an empty chunk would mean the end
                    await response.write(content)

    async def _read(self, source: aiohttp.StreamReader) -> None:
        async for chunk in source.iter_any():
            self._parts.put_nowait(chunk)
        self._parts.put_nowait(None)
