"""network-config-analyzer of PyPI, https://github.com/np-guard/network-config-analyzer: where it is, what it is asked.

It pins every one of its dependencies, PyYAML among them, so it lives in a virtual environment of its own, in the cache.
"""

import hashlib
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

from netbaseline.core.inventory import Pod
from tests.core.reach.judges.asking import Judge
from tests.core.reach.judges.worlds import NAME_LABEL, OUTSIDE, PROBES, World

FOLDER = Path(__file__).parent / "analyzer"
REQUIREMENTS = FOLDER / "requirements.txt"
SERVER = FOLDER / "serve.py"

Json = dict[str, Any]
Answer = Mapping[tuple[int, int, int], bool]
"""By source, destination and probe: whether the connection passes."""


def python(cache: Path) -> Path:
    """The interpreter of its environment, made at first use. Raises RuntimeError where installing fails."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + platform.python_version().encode()).hexdigest()[:16]
    folder = cache / f"analyzer-{key}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="analyzer-") as made:
            print(f"installing {REQUIREMENTS.read_text('utf-8').strip()} into {folder}", file=sys.stderr, flush=True)
            _run([sys.executable, "-m", "venv", f"{made}/env"])
            pip = [f"{made}/env/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
            _run([*pip, "-r", str(REQUIREMENTS)])
            with suppress(OSError):  # another run was faster
                Path(made, "env").rename(folder)
    return folder / "bin" / "python"


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stderr.strip()}")


def ask(judge: Judge, world: World) -> Answer:
    """Its verdict on every connection of a world."""
    ends = [*(f"{pod.namespace}/{pod.name}" for pod in world.pods), *OUTSIDE]
    answer = judge.ask({"objects": _objects(world), "ends": ends, "ports": [probe._asdict() for probe in PROBES]})
    places = product(range(len(ends)), range(len(ends)), range(len(PROBES)))
    return {place: digit == "1" for place, digit in zip(places, answer, strict=True)}


def _objects(world: World) -> list[Json]:
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        for name, labels in world.namespaces.items()
    ]
    return [*namespaces, *map(_pod, world.pods), *map(_spelled_out, world.policies)]


def _spelled_out(policy: Json) -> Json:
    """The same policy as it takes it: it refuses one without `podSelector`, which the API takes for an empty one, and
    one with rules of a direction that `policyTypes` leaves out, which the API takes and which say nothing."""
    types = policy["spec"].get("policyTypes") or ["Ingress", "Egress"]
    silent = {direction for direction in ("ingress", "egress") if direction.capitalize() not in types}
    spec = {name: value for name, value in policy["spec"].items() if name not in silent}
    return {**policy, "spec": {"podSelector": {}, **spec}}


def as_analyzer_reads(policy: Json) -> Json:
    """The policy with its two mistakes made explicit.

    `egress: []` without `policyTypes` is taken to isolate egress; and beside a namespaceSelector, a podSelector with
    Exists or DoesNotExist finds pods of the policy's own namespace only.
    """
    given = deepcopy(policy)
    spec = given["spec"]
    if "policyTypes" not in spec and spec.get("egress") == []:
        spec["policyTypes"] = ["Ingress", "Egress"]
    own = {"key": NAME_LABEL, "operator": "In", "values": [given["metadata"]["namespace"]]}
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction) or ():
            for peer in rule.get(peers) or ():
                operators = {one["operator"] for one in peer.get("podSelector", {}).get("matchExpressions", [])}
                if "namespaceSelector" in peer and operators & {"Exists", "DoesNotExist"}:
                    peer["namespaceSelector"].setdefault("matchExpressions", []).append(own)
    return given


def _pod(pod: Pod) -> Json:
    ports = [{"name": port.name, "containerPort": port.number, "protocol": port.protocol} for port in pod.ports]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": dict(pod.labels)},
        "spec": {"containers": [{"name": "main", "image": "example.org/app", "ports": ports}]},
    }
