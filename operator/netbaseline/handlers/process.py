"""The life of the process: kopf's operator, started over when it gives up."""

import asyncio
import logging
import signal

import kopf

from netbaseline.api.group import PLURAL
from netbaseline.cluster.transport import ConfigurationError
from netbaseline.controller.settings import Settings
from netbaseline.handlers.lifecycle import start_engine, stop_engine

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LAST_PAUSE = 60.0
LAST_WORDS = 1.0
"""Seconds that kopf has for its own end; requests that it has under way it would try again for five."""
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
    memo = kopf.Memo(ended=asyncio.Event())
    _listen(memo.ended)
    starting = asyncio.create_task(start_engine(memo, settings), name="start")
    try:
        if await _ended_before(starting, memo.ended):
            return
        starting.result()
        while not await _one_run(memo, settings):
            pass
    except ConfigurationError as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"{settings.host}:{settings.port}: {error}") from error
    finally:
        if memo.ended.is_set():
            log.info("ending; turns under way are finished first")
        starting.cancel()
        await stop_engine(memo)


async def _one_run(memo: kopf.Memo, settings: Settings) -> bool:
    """Kopf's operator from start to end, and the pause after it failed; whether that was the end of all."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    memo.kopf_ends = asyncio.Event()
    running = asyncio.create_task(_kopf(memo, settings), name="kopf")
    try:
        if await _ended_before(running, memo.ended):
            await memo.engine.drain()
            memo.kopf_ends.set()
            await asyncio.wait({running}, timeout=LAST_WORDS)
            return True
        running.result()
    except Exception as error:
        memo.pause = min(memo.get("pause", 0.5) * 2, LAST_PAUSE) if loop.time() - began < LONG_ENOUGH else FIRST_PAUSE
        log.error("the watch of NetworkBaselines ended: %s; starting over in %.0f s", error, memo.pause)  # noqa: TRY400
        log.debug("the trace of it", exc_info=error)
        memo.engine.vitals.explain(PLURAL, f"watch of {PLURAL}: {error}")
        memo.engine.metrics.count("watch_restarts", PLURAL, "refused")
    else:
        return True
    finally:
        running.cancel()
        memo.engine.vitals.watch_over(PLURAL)
        memo.events.forget_context()
    return await _ended_before(asyncio.create_task(asyncio.sleep(memo.pause)), memo.ended)


async def _kopf(memo: kopf.Memo, settings: Settings) -> None:
    """Kopf's operator, as `kopf.operator` runs it, but for the signals: those are ours."""
    ours = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        clusterwide=not settings.namespaces,
        namespaces=settings.namespaces,
        memo=memo,
        stop_flag=memo.kopf_ends,
        identity=settings.identity,  # type: ignore[arg-type]  # else kopf asks for the user's name, and may have none
    )
    _listen(memo.ended)
    await kopf.run_tasks(tasks, ignored=ours)


def _listen(ended: asyncio.Event) -> None:
    """Have SIGTERM and SIGINT set `ended`."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)


async def _ended_before(task: asyncio.Task[None], ended: asyncio.Event) -> bool:
    """Wait for the end of a task, or of the process; whether the latter came first."""
    ending = asyncio.create_task(ended.wait())
    await asyncio.wait({ending, task}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    return not task.done()
