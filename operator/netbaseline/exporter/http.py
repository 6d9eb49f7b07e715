"""The operator's own little HTTP server: /metrics, /healthz, /readyz."""

from collections.abc import Callable

from aiohttp import web

from netbaseline.exporter.metrics import Metrics

Check = Callable[[], list[str]]
"""What is wrong, a line each; empty when all is well."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def serve(host: str, port: int, metrics: Metrics, healthy: Check, ready: Check) -> web.AppRunner:
    """Start serving; raises OSError when the address is taken. Stop with `cleanup()` of what is returned."""

    async def exposition(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def healthz(_: web.Request) -> web.Response:
        return _answer(healthy())

    async def readyz(_: web.Request) -> web.Response:
        return _answer(ready())

    app = web.Application()
    app.router.add_get("/metrics", exposition)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def _answer(wrong: list[str]) -> web.Response:
    return web.Response(text="\n".join(wrong or ["ok"]) + "\n", status=503 if wrong else 200)
