"""The life of the process: kopf's operator, started over when it gives up."""

import asyncio
import logging
import signal

import kopf

from netbaseline.controller.settings import Settings

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LAST_PAUSE = 60.0
LONG_ENOUGH = 300.0
"""Seconds after which a run counts as a good one, and the next failure as the first."""


class StartError(Exception):
    """It can't even start, and starting over won't help: no cluster, or the address is taken."""


async def operate(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises StartError.

    Kopf ends when its watch is refused, be it that the CRD was deleted or a right taken away. That is no reason to end
    the process and be restarted by its keeper over and over: everything is stopped in order and begun anew, and the new
    start waits for what is missing, saying so.
    """
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE
    while True:
        memo = kopf.Memo(settings=settings)
        began = loop.time()
        try:
            await kopf.operator(clusterwide=not settings.namespaces, namespaces=settings.namespaces, memo=memo)
        except Exception as error:
            if "failure" in memo:
                raise StartError(memo.failure) from error
            pause = FIRST_PAUSE if loop.time() - began > LONG_ENOUGH else min(pause * 2, LAST_PAUSE)
            log.error("the watch of NetworkBaselines ended: %s; starting over in %.0f s", error, pause)  # noqa: TRY400
            log.debug("the trace of it", exc_info=error)
        else:
            return
        if await _told_to_end(loop, pause):
            return


async def _told_to_end(loop: asyncio.AbstractEventLoop, seconds: float) -> bool:
    """Wait; whether a signal came meanwhile. Kopf's own handlers listen only while its operator runs."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        async with asyncio.timeout(seconds):
            await ended.wait()
    except TimeoutError:
        return False
    return True
