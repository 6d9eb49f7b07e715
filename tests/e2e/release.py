"""The operator, installed by helm from the chart, and what can be asked of its pods."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.cluster import Cluster
from tests.e2e.images import OPERATOR
from tests.helm.chart import CHART, Helm

NAMESPACE = "netbaseline-system"
NAME = "netbaseline"
_TIMEOUT = 180.0  # seconds, for anything that may take long on a busy machine
_SETTINGS = (f"--set=image.repository={OPERATOR}", "--set=image.pullPolicy=Never")
_WAITING = ("--wait", f"--timeout={_TIMEOUT:.0f}s")

Json = dict[str, Any]
Answer = TypeVar("Answer")


def eventually(question: Callable[[], Answer], what: str) -> Answer:
    """Ask until the answer counts as true, and give it; AssertionError with `what` when that takes too long."""
    deadline = time.monotonic() + _TIMEOUT
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not after {_TIMEOUT:.0f} s: {what}"
        time.sleep(0.1)
    return answer


class Release:
    """The release `netbaseline` on one node, whose namespace is there already."""

    def __init__(self, node: Cluster, helm: Helm, folder: Path) -> None:
        """Install nothing yet; packed charts go to `folder`."""
        self._node = node
        self._helm = helm
        self._folder = folder

    def chart(self, version: str, tag: str) -> Path:
        """Pack the chart under a version, for the image of a tag."""
        self._helm.run(
            "package", str(CHART), f"--version={version}", f"--app-version={tag}", f"--destination={self._folder}"
        )
        return self._folder / f"netbaseline-{version}.tgz"

    def install(self, chart: Path) -> None:
        """Install it, and wait until its pods are Ready."""
        self._helm.run("install", NAME, str(chart), f"--namespace={NAMESPACE}", *_SETTINGS, *_WAITING)

    def upgrade(self, chart: Path) -> None:
        """Upgrade to it, and wait until its pods are Ready."""
        self._helm.run("upgrade", NAME, str(chart), f"--namespace={NAMESPACE}", *_SETTINGS, *_WAITING)

    def rollback(self) -> None:
        """Go back to the revision before, and wait until its pods are Ready."""
        self._helm.run("rollback", NAME, f"--namespace={NAMESPACE}", *_WAITING)

    def uninstall(self) -> None:
        """Uninstall it, and wait until its objects are gone."""
        self._helm.run("uninstall", NAME, f"--namespace={NAMESPACE}", *_WAITING)

    def pods(self) -> list[Json]:
        """The operator's pods that aren't on their way out."""
        selector = f"--selector=app.kubernetes.io/name={NAME}"
        pods = self._node.plane.kubectl("get", "pods", f"--namespace={NAMESPACE}", selector, as_json=True)["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def left(self) -> list[str]:
        """What is in its namespace of the kinds that a release or its Deployment makes, going or not."""
        kinds = "all,poddisruptionbudgets,serviceaccounts,roles,rolebindings"
        found = self._node.plane.kubectl("get", kinds, f"--namespace={NAMESPACE}", "--output=name").stdout
        return [name for name in found.split() if name != "serviceaccount/default"]

    def ready_pods(self) -> list[Json]:
        """Those of them that are Ready."""
        return [pod for pod in self.pods() if _is_ready(pod)]

    def images(self) -> set[str]:
        """What the Ready pods run."""
        return {pod["spec"]["containers"][0]["image"] for pod in self.ready_pods()}

    def leader(self) -> str | None:
        """The name of the pod that holds the lease; None while nobody does."""
        result = self._node.plane.kubectl(
            "get", "lease", NAME, f"--namespace={NAMESPACE}", "--output=jsonpath={.spec.holderIdentity}", check=False
        )
        return result.stdout.rpartition("_")[0] or None

    def python(self, pod: str, code: str, *, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run `code` in the operator's container, which has a Python and needs no shell."""
        command = ("exec", f"--namespace={NAMESPACE}", pod, "--", "python", "-c", code)
        return self._node.plane.kubectl(*command, check=check)

    def metrics(self, pod: Json) -> dict[str, float]:
        """Give what Prometheus would scrape of a pod; samples by name, those with labels summed up."""
        port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}:{port}/proxy/metrics"
        families = text_string_to_metric_families(self._node.plane.kubectl("get", f"--raw={path}").stdout)
        totals: dict[str, float] = {}
        for sample in (sample for family in families for sample in family.samples):
            totals[sample.name] = totals.get(sample.name, 0) + sample.value
        return totals

    def restarts(self, pod: str) -> int:
        """How often a pod's container was started again."""
        found = self._node.plane.kubectl("get", "pod", pod, f"--namespace={NAMESPACE}", as_json=True)
        return int(found["status"]["containerStatuses"][0]["restartCount"])

    def signal(self, pod: str, number: signal.Signals) -> None:
        """Send a signal to a pod's process from outside, as the node's administrator can."""
        found = self._node.plane.kubectl("get", "pod", pod, f"--namespace={NAMESPACE}", as_json=True)
        self._node.signal(found["status"]["containerStatuses"][0]["containerID"], number)


def _is_ready(pod: Json) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
