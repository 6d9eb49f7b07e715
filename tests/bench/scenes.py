"""The cluster and the operator under measurement, and the work that both sides do."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from netbaseline.api import schema
from netbaseline.api.group import GROUP, PLURAL, VERSION
from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.core.compile import compile_baseline
from netbaseline.core.netpol import to_manifest
from netbaseline.core.platform import Platform
from tests.bench.bare import Bare, at_once, bare
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.sandbox.binaries import locate
from tests.sandbox.control_plane import ControlPlane

Json = dict[str, Any]

SPEC: Json = {
    "allow": {
        "sameNamespace": {},
        "ingress": [
            {
                "name": "frontend-to-backend",
                "pods": {"matchLabels": {"app": "backend"}},
                "from": [{"podSelector": {"matchLabels": {"app": "frontend"}}}],
                "ports": [{"port": 8080}],
            }
        ],
    }
}
POLICIES = 4
"""What SPEC compiles to: deny, dns, same-namespace, and the rule."""


@dataclass(frozen=True)
class Stage:
    """A fresh control plane with the CRD, and a bare client to it."""

    plane: ControlPlane
    client: Bare

    async def baseline(self, namespace: str) -> Json:
        """A new baseline in a namespace."""
        return await self.client.create_baseline(namespace, SPEC)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A control plane of its own for one measurement: etcd's history of the last one would weigh on the next."""
    with await asyncio.to_thread(ControlPlane.start, locate()) as plane:
        plane.kubectl("apply", "--server-side", "-f", "-", stdin=schema.crd_yaml())
        plane.kubectl("create", "namespace", "netbaseline-system")
        eventually(lambda: plane.kubectl("get", "networkbaselines", check=False).returncode == 0)
        async with bare(plane.kubeconfig) as client:
            yield Stage(plane, client)


@asynccontextmanager
async def operator(plane: ControlPlane, *flags: str) -> AsyncIterator[OperatorProcess]:
    """The operator as a process of its own, ready."""
    running = await asyncio.to_thread(OperatorProcess, plane.kubeconfig, *flags)
    try:
        yield running
    finally:
        await asyncio.to_thread(running.stop)


def processor_seconds(running: OperatorProcess) -> float:
    """Processor time it has used so far, which other work on the machine hardly changes."""
    return sum(psutil.Process(running.process.pid).cpu_times()[:2])


def resident_mib(running: OperatorProcess) -> float:
    """Resident memory now, in MiB."""
    return float(psutil.Process(running.process.pid).memory_info().rss) / 2**20


def compiled(namespace: str, uid: str) -> list[Json]:
    """The policies that the operator would write for SPEC."""
    meta = {"name": "default", "namespace": namespace, "uid": uid}
    manifest = {"apiVersion": "netbaseline.dev/v1alpha1", "kind": "NetworkBaseline", "metadata": meta, "spec": SPEC}
    return [to_manifest(policy) for policy in compile_baseline(NetworkBaseline.parse(manifest), Platform()).policies]


async def namespaces(client: Bare, stem: str, count: int) -> list[str]:
    """New namespaces, none with a pod."""
    found = [f"{stem}-{number:05d}" for number in range(count)]
    await at_once(found, client.create_namespace)
    return found


async def all_ready(client: Bare, work: Callable[[], Awaitable[None]], count: int, seconds: float = 1200.0) -> float:
    """Seconds from the start of `work`, which creates `count` baselines, until a watch has seen all of them Ready."""
    path = f"/apis/{GROUP}/{VERSION}/{PLURAL}"
    ready: set[str] = set()

    async def watch() -> None:
        while len(ready) < count:  # a watch ends when its reader is slow; what it would have told is in the next list
            listed, version = await client.listed(path)
            ready.update(item["metadata"]["uid"] for item in listed if _ready(item))
            if len(ready) >= count:
                return
            async for event in client.watch_from(path, version):
                if event["type"] == "ERROR":
                    break
                if _ready(event["object"]):
                    ready.add(event["object"]["metadata"]["uid"])
                    if len(ready) == count:
                        return

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.5)
    began = time.monotonic()
    await work()
    await asyncio.wait_for(watching, seconds)
    return time.monotonic() - began


async def coverage_told(client: Bare, seconds: float = 600.0) -> None:
    """Until every baseline's status has its coverage, which is judged beside the turns: only then is a world right."""
    async with asyncio.timeout(seconds):
        while True:
            listed, _ = await client.listed(f"/apis/{GROUP}/{VERSION}/{PLURAL}")
            if all("coverage" in item.get("status", {}) for item in listed):
                return
            await asyncio.sleep(5.0)


def _ready(item: Json) -> bool:
    conditions = item.get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def median(values: Iterable[float]) -> float:
    """The middle one."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def writes(running: OperatorProcess) -> float:
    """Writes that the operator has asked the API server for."""
    return sum(running.metric("api_requests_total", verb=verb) for verb in ("apply", "merge", "strip", "delete"))
