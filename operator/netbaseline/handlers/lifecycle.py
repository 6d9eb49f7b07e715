"""Start, credentials, stop."""

import asyncio
import dataclasses
import logging
import math
import os
import random
import re
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import kopf

from netbaseline.api.group import PLURAL
from netbaseline.cluster import paths
from netbaseline.cluster.transport import ConfigurationError
from netbaseline.controller.engine import Engine
from netbaseline.controller.settings import Settings
from netbaseline.core.reach.ports import FIRST, LAST
from netbaseline.handlers import garbage
from netbaseline.handlers.events import EventPoster
from netbaseline.handlers.session import Sessions
from netbaseline.handlers.storage import NoDiffBase, NoProgress

log = logging.getLogger(__name__)

NETWORK_BACKOFFS = tuple(min(2.0**number, 30.0) * random.uniform(0.8, 1.2) for number in range(60))  # noqa: S311 - jitter
"""About half an hour of an API server that doesn't answer, before kopf gives up and is started over."""
REQUEST_SECONDS = 30.0
CONNECT_SECONDS = 5.0


@kopf.on.startup()
async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
    """No finalizers, no annotations, no peering, no scanning: kopf watches NetworkBaselines and nothing else."""
    settings.scanning.disabled = True
    settings.peering.standalone = True
    settings.posting.level = logging.WARNING
    settings.posting.reporting_component = "netbaseline"
    settings.posting.reporting_instance = socket.gethostname()
    settings.posting.event_name_prefix = "netbaseline-"
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = REQUEST_SECONDS
    settings.networking.connect_timeout = CONNECT_SECONDS
    settings.queueing.idle_timeout = 0.5  # a task per object that was heard of in this time
    settings.networking.error_backoffs = NETWORK_BACKOFFS
    settings.persistence.consistency_timeout = 0
    settings.persistence.diffbase_storage = NoDiffBase()
    settings.persistence.progress_storage = NoProgress()


@kopf.on.startup()
async def start(memo: kopf.Memo, settings: kopf.OperatorSettings, **_: Any) -> None:
    """Kopf begins to watch only after this. In `handlers.process` the engine runs already, maybe without its CRD."""
    if "engine" in memo:
        memo.events.forget_context()
        await memo.engine.wait_until_served()
    else:
        try:
            await start_engine(memo, settings_from_environment())
        except (ConfigurationError, OSError) as error:
            raise kopf.PermanentError(str(error)) from error
    silence = memo.engine.settings.watch_silence
    settings.watching.server_timeout = math.ceil(silence)
    settings.watching.inactivity_timeout = silence
    settings.watching.client_timeout = silence + REQUEST_SECONDS
    memo.sessions = Sessions(memo.engine.vitals)
    for namespace in memo.engine.settings.namespaces or (None,):
        memo.engine.vitals.watch_alive(PLURAL, paths.baselines(namespace))  # if it never begins, that is seen, too


async def start_engine(memo: kopf.Memo, settings: Settings) -> None:
    """Fill the stores and set the workers going. Raises ConfigurationError, and OSError for a port that is taken."""
    garbage.take_time()
    memo.events = EventPoster()
    memo.engine = Engine(settings, memo.events.post, wall=_wall, now=rfc3339)
    memo.guard = asyncio.create_task(_end_with(memo.engine), name="guard")
    await memo.engine.start()
    garbage.settle()


async def _end_with(engine: Engine) -> None:
    """A lost lease, or a part that failed, ends the process: no write can follow, and the next start is clean."""
    await engine.ended.wait()
    log.critical("ending, so that a standby or the next start takes over")
    logging.shutdown()
    os._exit(1)


@kopf.on.login()
async def login(memo: kopf.Memo, **kwargs: Any) -> kopf.AiohttpSession | None:
    """The pod's service account, read anew at each login since its token changes; else the kubeconfig."""
    info = await asyncio.to_thread(_credentials, **kwargs)
    return None if info is None else memo.sessions.of(info)


def _credentials(**kwargs: Any) -> kopf.ConnectionInfo | None:
    """Blocks: a kubeconfig may name a program to ask."""
    account = kopf.login_with_service_account(**kwargs)
    if account is None:
        return kopf.login_via_client(**kwargs)
    return dataclasses.replace(account, server=api_server(os.environ) or account.server)


def api_server(environment: Mapping[str, str]) -> str | None:
    """The API server's URL by the address that Kubernetes gives every pod; None outside of pods.

    Kopf takes the name `kubernetes.default.svc`, and would be deaf while the cluster's DNS is down.
    """
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        return None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


@kopf.on.cleanup()
async def stop(memo: kopf.Memo, **_: Any) -> None:
    """The end of kopf's operator, which is the end of ours too unless somebody starts it over."""
    if "kopf_ends" in memo:
        memo.kopf_ends.set()  # kopf waits five seconds for whoever waits for this flag
        return
    await stop_engine(memo)


async def stop_engine(memo: kopf.Memo) -> None:
    """Graceful end: turns under way are finished, and the lease is given back."""
    if "guard" in memo:
        memo.guard.cancel()
    if "engine" in memo:
        await memo.engine.stop()


def _wall() -> float:
    """The one clock of the process that tells the time of day; everything below is given it."""
    return time.time()  # noqa: TID251


def rfc3339() -> str:
    """The time for a condition."""
    return datetime.fromtimestamp(_wall(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def settings_from_environment() -> Settings:
    """For `kopf run`, which has flags of its own: NETBASELINE_NAMESPACES, _PORT, _LEADER_ELECT, _LEASE_NAMESPACE.

    Raises ConfigurationError for a port that is none.
    """
    environ = os.environ
    port = environ.get("NETBASELINE_PORT", "8080")
    if not re.fullmatch("[0-9]{1,5}", port) or not FIRST <= int(port) <= LAST:
        raise ConfigurationError(f"NETBASELINE_PORT={port}: must be a number from {FIRST} to {LAST}")
    namespaces = tuple(filter(None, environ.get("NETBASELINE_NAMESPACES", "").split(",")))
    return Settings(
        namespaces=namespaces,
        port=int(port),
        leader_elect=environ.get("NETBASELINE_LEADER_ELECT", "true").lower() == "true",
        lease_namespace=environ.get("NETBASELINE_LEASE_NAMESPACE", "netbaseline-system"),
        identity=f"{socket.gethostname()}_{os.getpid()}",
    )
