"""The life of the process: kopf's operator, started over when it gives up."""

import asyncio
import logging
import signal
from collections.abc import Awaitable

import kopf

from netbaseline.api.group import PLURAL
from netbaseline.cluster.transport import ConfigurationError
from netbaseline.controller.settings import Settings
from netbaseline.handlers.lifecycle import start_engine, stop_engine

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LAST_PAUSE = 60.0
SETTLED = 5.0
"""Seconds after which a watch that was refused before is taken to be granted."""
LONG_ENOUGH = 300.0
"""Seconds after which a run counts as a good one, and the next failure as the first."""


class StartError(Exception):
    """It can't even start, and starting over won't help: no cluster, or the address is taken."""


async def operate(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises StartError.

    Kopf ends when its watch is refused, be it that the CRD was deleted or a right taken away. That is no reason to end
    the process and be restarted by its keeper over and over: the engine goes on with what it knows, /readyz tells, and
    kopf is started over, more and more seldom.
    """
    memo = kopf.Memo(starts_over=True)
    starting = asyncio.create_task(start_engine(memo, settings), name="start")
    try:
        if await _ended_by_signal(starting):
            return
        while not await _one_run(memo, settings):
            pass
    except ConfigurationError as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"{settings.host}:{settings.port}: {error}") from error
    finally:
        starting.cancel()
        await stop_engine(memo)


async def _one_run(memo: kopf.Memo, settings: Settings) -> bool:
    """Kopf's operator from start to end, and the pause after it failed; whether that was the end of all."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    settled = loop.call_later(SETTLED, memo.engine.vitals.explain, PLURAL, None)
    try:
        await kopf.operator(
            clusterwide=not settings.namespaces,
            namespaces=settings.namespaces,
            memo=memo,
            identity=settings.identity,  # type: ignore[arg-type]  # else kopf asks for the user's name, and may have none
        )
    except Exception as error:
        memo.pause = min(memo.get("pause", 0.5) * 2, LAST_PAUSE) if loop.time() - began < LONG_ENOUGH else FIRST_PAUSE
        log.error("the watch of NetworkBaselines ended: %s; starting over in %.0f s", error, memo.pause)  # noqa: TRY400
        log.debug("the trace of it", exc_info=error)
        memo.engine.vitals.explain(PLURAL, f"watch of {PLURAL}: {error}")
        memo.engine.metrics.count("watch_restarts", PLURAL, "refused")
    else:
        return True
    finally:
        settled.cancel()
        memo.events.forget_context()
    return await _ended_by_signal(asyncio.sleep(memo.pause))


async def _ended_by_signal(work: Awaitable[None]) -> bool:
    """Do `work`; whether a signal came first. Kopf's own handlers listen only while its operator runs."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    signalled = asyncio.create_task(ended.wait())
    working = asyncio.ensure_future(work)
    await asyncio.wait({signalled, working}, return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    if not working.done():
        working.cancel()
        return True
    working.result()
    return False
