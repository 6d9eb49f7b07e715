"""`netbaseline run`: the operator."""

import asyncio
import json
import logging
import os
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netbaseline.cli.options import namespace_named
from netbaseline.cli.problems import UserError

if TYPE_CHECKING:
    from netbaseline.controller.settings import Settings

EPILOG = """Examples:

netbaseline run

netbaseline run --namespace shop --namespace pay --lease-namespace shop

KUBECONFIG=~/.kube/config netbaseline run --no-leader-elect --listen 127.0.0.1:8080
"""


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    app.command(name="run", help="Run the operator until SIGTERM or SIGINT.", epilog=EPILOG)(run)


def run(
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            "--namespace", "-n", callback=namespace_named, help="Work in this namespace only; repeat for more."
        ),
    ] = None,
    listen: Annotated[str, typer.Option(help="Address for /metrics, /healthz and /readyz.")] = "0.0.0.0:8080",
    leader_elect: Annotated[bool, typer.Option(help="Write only while holding the Lease.")] = True,
    lease_namespace: Annotated[
        str | None, typer.Option(callback=namespace_named, help="Namespace of the Lease; the pod's own by default.")
    ] = None,
    lease_name: Annotated[str, typer.Option(help="Name of the Lease.")] = "netbaseline",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Namespaces worked on at the same time.")] = 24,
    removal_limit: Annotated[
        int, typer.Option(min=0, help="Policies of one baseline that may go at once without confirmation.")
    ] = 20,
    namespace_metrics: Annotated[
        bool, typer.Option(help="Export the coverage of each namespace: two series for each.")
    ] = True,
    coverage_interval: Annotated[
        float,
        typer.Option(min=0.0, help="Seconds between two statuses that only coverage has changed, by what others do."),
    ] = 30.0,
    watch_silence: Annotated[
        float, typer.Option(min=1.0, help="Seconds of silence after which a watch is started again.")
    ] = 90.0,
    stuck_after: Annotated[
        float, typer.Option(min=1.0, help="Seconds without progress after which /healthz fails.")
    ] = 120.0,
    kubeconfig: Annotated[
        Path | None, typer.Option(help="Outside of a cluster; KUBECONFIG or ~/.kube/config by default.", dir_okay=False)
    ] = None,
    log_format: Annotated[LogFormat, typer.Option(help="Format of the log on stderr.")] = LogFormat.TEXT,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log what is decided, not only what happens.")
    ] = False,
) -> None:
    from netbaseline.controller.settings import Settings

    host, port = _address(listen)
    if kubeconfig is not None:
        if not kubeconfig.is_file():
            raise UserError(f"--kubeconfig: {kubeconfig} is not a file")
        os.environ["KUBECONFIG"] = str(kubeconfig)
    _log_to_stderr(log_format, verbose=verbose)
    _run(
        Settings(
            namespaces=tuple(dict.fromkeys(namespace or ())),
            host=host,
            port=port,
            leader_elect=leader_elect,
            lease_namespace=lease_namespace or _own_namespace(),
            lease_name=lease_name,
            identity=f"{socket.gethostname()}_{os.getpid()}",
            workers=workers,
            removal_limit=removal_limit,
            namespace_metrics=namespace_metrics,
            coverage_interval=coverage_interval,
            watch_silence=watch_silence,
            stuck_after=stuck_after,
        )
    )


def _run(settings: "Settings") -> None:
    import netbaseline.handlers  # noqa: F401 - importing registers
    from netbaseline.handlers.process import StartError, operate

    try:
        asyncio.run(operate(settings))
    except StartError as error:
        raise UserError(str(error)) from None


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or not int(port) <= 65535:
        raise UserError(f"--listen {listen}: expected HOST:PORT, for example 0.0.0.0:8080")
    return host.strip("[]"), int(port)


def _own_namespace() -> str:
    """The namespace of the pod this runs in, as the service account's mount tells it."""
    mounted = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    return mounted.read_text().strip() if mounted.is_file() else "netbaseline-system"


class _WithoutKopfTraces(logging.Filter):
    """Kopf logs the trace of each of its tasks that a refused watch ends; the reason is told once, in one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("kopf"):
            record.exc_info = None
        return True


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        found = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            found["exception"] = self.formatException(record.exc_info)
        return json.dumps(found)


def _log_to_stderr(log_format: LogFormat, *, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Json() if log_format is LogFormat.JSON else logging.Formatter("%(asctime)s %(levelname)-7s %(message)s")
    )
    if not verbose:
        handler.addFilter(_WithoutKopfTraces())
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)
    # kopf and the transport below it tell every step of theirs; only their trouble is of interest here.
    for chatty in ("kopf", "aiohttp", "asyncio", "kubernetes"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
