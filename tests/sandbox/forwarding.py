"""Passes HTTP requests on to the API server byte for byte, and does to them what the faults in force say."""

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from tests.sandbox.fault_rules import Drop, FaultBook, Hang, Recorded, Respond, RespondAfter

# They speak of one connection, not of the request; the length is computed anew.
_HOP_BY_HOP = (
    "Connection",
    "Content-Length",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
)
_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # aiohttp would add its own
_POLL = 0.02  # seconds between two looks at whether a silence is over


class WatchStream:
    """One open watch on its way from the API server to a client."""

    def __init__(self, request: web.BaseRequest, book: FaultBook) -> None:
        """Nothing is sent yet."""
        self.method = request.method
        self.target = request.raw_path
        self._book = book
        self._transport = request.transport
        self._parts: asyncio.Queue[tuple[bool, bytes]] = asyncio.Queue()  # (whether injected, bytes)
        self._relay: asyncio.Task[None] | None = None

    async def run(self, source: aiohttp.StreamReader, response: web.StreamResponse) -> bool:
        """Pass all on until either side or a cut ends it; says whether the end is a clean one."""
        self._relay = asyncio.create_task(self._pass_on(source, response))
        try:
            await asyncio.wait({self._relay})
        finally:
            self._relay.cancel()
        return self._relay.cancelled() or self._relay.exception() is None

    def inject(self, line: bytes) -> None:
        """Send a line as soon as the line in transit, if there is one, is complete."""
        self._parts.put_nowait((True, line))

    def cut(self, *, clean: bool) -> None:
        """End it now."""
        if not clean and self._transport is not None:
            self._transport.abort()
        elif self._relay is not None:
            self._relay.cancel()

    async def _pass_on(self, source: aiohttp.StreamReader, response: web.StreamResponse) -> None:
        reading = asyncio.create_task(self._read(source))
        waiting, between_lines = b"", True
        try:
            while (part := await self._next(reading)) is not None:
                injected, content = part
                if injected:
                    waiting += content
                else:
                    head, newline, tail = content.partition(b"\n") if waiting else (content, b"", b"")
                    if newline:
                        content, waiting = head + newline + waiting + tail, b""
                    between_lines = content.endswith(b"\n")
                if injected and between_lines:
                    content, waiting = waiting, b""
                elif injected:
                    continue
                while self._book.silences(self.method, self.target):
                    await asyncio.sleep(_POLL)
                await response.write(content)
        finally:
            reading.cancel()
