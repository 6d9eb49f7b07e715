"""Kopf's HTTP session, made here because kopf doesn't tell how its watch is doing, and a session does.

A watch of kopf's is ended by the server after a while and asked for again, so each time it is granted, refused or not
answered is a sign of life of whoever asks. One who has stopped asking is stuck, whatever else of the process is well.
"""

from typing import Any, Protocol

import aiohttp
import kopf

from netbaseline.api.group import PLURAL


class Listener(Protocol):
    """Told how kopf's watch is doing; `netbaseline.controller.vitals.Vitals` is one."""

    def watch_alive(self, resource: str, path: str) -> None: ...
    def explain(self, part: str, trouble: str | None) -> bool: ...


class Sessions:
    """One session for each set of credentials, for the time of one run of kopf.

    The same credentials give the same session: kopf remembers what was refused lately, and compares.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._last: tuple[kopf.ConnectionInfo, kopf.AiohttpSession] | None = None

    def of(self, info: kopf.ConnectionInfo) -> kopf.AiohttpSession:
        """What kopf makes of credentials itself, and with somebody listening."""
        if self._last is not None and self._last[0] == info:
            return self._last[1]
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=info.as_ssl_context()),
            headers=info.as_http_headers(),
            proxy=info.proxy_url,
            trust_env=info.trust_env,
            trace_configs=[self._tracing()],
        )
        made = kopf.AiohttpSession(
            server=info.server,
            default_namespace=info.default_namespace,
            priority=info.priority,
            expiration=info.expiration,
            aiohttp_session=session,
        )
        self._last = info, made
        return made

    def _tracing(self) -> aiohttp.TraceConfig:
        async def answered(_session: Any, _context: Any, told: aiohttp.TraceRequestEndParams) -> None:
            status = told.response.status
            self._heard(told, f"HTTP {status} {told.response.reason}" if status >= 400 else None)

        async def failed(_session: Any, _context: Any, told: aiohttp.TraceRequestExceptionParams) -> None:
            self._heard(told, str(told.exception) or type(told.exception).__name__)

        tracing = aiohttp.TraceConfig()
        tracing.on_request_end.append(answered)
        tracing.on_request_exception.append(failed)
        return tracing

    def _heard(
        self, told: aiohttp.TraceRequestEndParams | aiohttp.TraceRequestExceptionParams, trouble: str | None
    ) -> None:
        if told.url.name != PLURAL:
            return
        path = told.url.path[told.url.path.rindex("/apis/") :]  # the server may be behind a path of its own
        what = f"watch of {PLURAL} ({path})"
        self._listener.watch_alive(PLURAL, path)
        if trouble is not None:
            self._listener.explain(what, f"{what}: {trouble}")
        elif "watch" in told.url.query:  # not before: a list that works says nothing of the watch
            self._listener.explain(what, None)
            self._listener.explain(PLURAL, None)
