"""Passes HTTP requests on to the API server byte for byte, and does to them what the faults in force say."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NoReturn

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from tests.sandbox.fault_rules import Drop, FaultBook, Hang, Recorded, Respond, RespondAfter
from tests.sandbox.watch_stream import WatchStream

# They speak of one connection and not of the request, or are computed anew.
_HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
_NOT_OUR_OWN = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # aiohttp would add them

Record = Callable[[Recorded], None]


class Forwarder:
    """Handles the requests of one proxy, all in one event loop."""

    def __init__(self, server: str, ca_file: Path, book: FaultBook, record: Record) -> None:
        """Needs a running loop. `record` is called for each request that is no watch, before its client hears of it."""
        self.streams: set[WatchStream] = set()
        self._server = server
        self._book = book
        self._record = record
        self._exchanges: set[asyncio.Task[web.Response | None]] = set()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=ca_file)),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NOT_OUR_OWN,
        )

    async def close(self) -> None:
        """Give up what is under way."""
        for exchange in self._exchanges:
            exchange.cancel()
        await self._session.close()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or don't."""
        arrived = time.monotonic()
        body = await request.content.read()
        watch = _is_watch(request)

        def record(status: int | None, *, forwarded: bool) -> None:
            path, _, query = request.raw_path.partition("?")
            if not watch:
                self._record(Recorded(request.method, path, query, body, status, forwarded, arrived))

        delay, action = self._book.claim(request.method, request.raw_path)
        await asyncio.sleep(delay)
        match action:
            case Respond():
                record(action.status, forwarded=False)
                return _answer(action)
            case Drop() | Hang():
                record(None, forwarded=False)
                await _never(request, abort=isinstance(action, Drop))
        if watch:
            response = await self._watch(request)
        else:
            response = await self._see_through(self._exchange(request, body, record))
        if response is None or (isinstance(action, RespondAfter) and not watch):
            await _never(request, abort=True)
        return response

    async def _see_through(self, exchange: Coroutine[None, None, web.Response | None]) -> web.Response | None:
        """Finish an exchange although its client has gone: leaving doesn't undo a write."""
        task = asyncio.create_task(exchange)
        self._exchanges.add(task)
        task.add_done_callback(self._exchanges.discard)
        return await asyncio.shield(task)

    async def _exchange(
        self, request: web.BaseRequest, body: bytes, record: Callable[..., None]
    ) -> web.Response | None:
        """Ask the API server; None if it doesn't answer."""
        try:
            async with self._ask(request, body) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, OSError):
            record(None, forwarded=True)
            return None
        record(answer.status, forwarded=True)
        return web.Response(status=answer.status, body=content, headers=_end_to_end(answer.headers.items()))

    async def _watch(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Pass a watch on as it comes; None if it has to end as a broken one."""
        try:
            async with self._ask(request, b"") as answer:
                headers = _end_to_end(answer.headers.items())
                if answer.status != 200:
                    return web.Response(status=answer.status, body=await answer.read(), headers=headers)
                response = web.StreamResponse(headers=headers)
                await response.prepare(request)
                stream = WatchStream(request, self._book)
                self.streams.add(stream)
                try:
                    return response if await stream.run(answer.content, response) else None
                finally:
                    self.streams.discard(stream)
        except (aiohttp.ClientError, OSError):
            return None

    def _ask(self, request: web.BaseRequest, body: bytes) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._session.request(
            request.method,
            URL(self._server + request.raw_path, encoded=True),
            data=body or None,
            headers=_end_to_end(request.headers.items()),
            allow_redirects=False,
        )


def _is_watch(request: web.BaseRequest) -> bool:
    """Read the parameter as the API server does: anything but `0` and `false` means yes."""
    value = request.query.get("watch")
    return request.method == "GET" and value is not None and value.lower() not in ("0", "false")


def _end_to_end(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP)


def _answer(action: Respond) -> web.Response:
    content = action.content()
    if isinstance(content, str):
        return web.Response(status=action.status, text=content, headers=action.headers)
    headers = {"Content-Type": "application/json", **action.headers}
    return web.Response(status=action.status, body=json.dumps(content).encode(), headers=headers)


async def _never(request: web.BaseRequest, *, abort: bool) -> NoReturn:
    """Leave the client without an answer; the server cancels us when the connection has gone."""
    if abort and request.transport is not None:
        request.transport.abort()
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody sets the future")
