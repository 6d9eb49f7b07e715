"""Judging a whole platform without a cluster (MoJ, with synthetic pods), and how long commands take to start."""

import asyncio
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from netbaseline.core.analysis.explain import Place, explain
from netbaseline.core.coverage.survey import judged, survey
from netbaseline.core.inventory import Inventory
from netbaseline.core.manifests import Given, gather
from netbaseline.core.reach.matrix import Reachability

EXAMPLE = Path(__file__).parents[2] / "examples" / "audit.yaml"
PODS = 10
MIB = 1024 * 1024


@dataclass(frozen=True)
class _Nowhere:
    source: str = "synthetic"

    def line(self, path: str) -> int | None:
        return None


@dataclass(frozen=True)
class Judged:
    """What one platform took: seconds, MiB resident at the end."""

    pods: int
    coverage: float
    classes: float
    explained: float
    resident: float


def platform(path: Path, pods: int) -> Inventory:
    """The platform with so many pods in each namespace, of three workloads."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        objects = [json.loads(line) for line in stream]
    names = [item["metadata"]["name"] for item in objects if item["kind"] == "Namespace"]
    objects += [_pod(name, number) for name in names for number in range(pods)]
    return gather(Given(item, _Nowhere()) for item in objects).inventory


def _pod(namespace: str, number: int) -> dict[str, Any]:
    labels = {"app": f"app-{number % 3}", "pod-template-hash": "5d4f8c"}
    metadata = {"name": f"pod-{number}", "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "c"}]}}


def measured(path: Path, pods: int) -> Judged:
    """Coverage, the classes of connectivity, and one explanation, each beyond loading."""
    inventory = platform(path, pods)
    coverage = _seconds(lambda: survey(judged(inventory)))
    reach: list[Reachability] = []

    def classes() -> None:
        reach.append(Reachability(inventory))
        assert reach[0].blocks

    took = _seconds(classes)
    ends = Place(pod=0), Place(pod=len(inventory.pods) - 1)
    explained = _seconds(lambda: explain(Reachability(inventory), *ends, 8080, "TCP"))
    return Judged(len(inventory.pods), coverage, took, explained, psutil.Process().memory_info().rss / MIB)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


async def apart(path: Path, pods: int) -> Judged:
    """The same in a process of its own, so that memory is its own too."""
    code = f"from tests.bench.judging import *; print(json.dumps(measured(Path({str(path)!r}), {pods}).__dict__))"
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], capture_output=True, check=True)
    return Judged(**json.loads(done.stdout))


async def start_up(*arguments: str) -> float:
    """Seconds that a command takes from start to end, the best of five."""
    command = [sys.executable, "-m", "netbaseline", *arguments]

    def once() -> float:
        return _seconds(lambda: subprocess.run(command, capture_output=True, check=True))

    return min([await asyncio.to_thread(once) for _ in range(5)])
