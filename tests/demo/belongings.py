"""What the demo makes in a cluster, so that it can take away exactly that, by UID."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from netbaseline.api import schema
from tests.demo.api import BASELINES, Api, Json, Refused, path_of
from tests.demo.errors import DemoError

MANIFESTS = Path(__file__).parent / "manifests"
NAMESPACES = ("demo-shop", "demo-pay", "demo-legacy", "demo-audit")
_GONE_SECONDS = 60.0
_SERVED_SECONDS = 30.0
_POLL = 0.1

_POD = {
    "terminationGracePeriodSeconds": 0,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 65535, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "pause",
            "image": "registry.k8s.io/pause:3.10",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}
"""As the restricted Pod Security Standard asks, for a cluster that enforces it; the sandbox has nodes for no pod."""


def manifests() -> list[Json]:
    """Every object of the demo, in order."""
    found: list[Json] = []
    for name in NAMESPACES:
        path = MANIFESTS / f"{name.removeprefix('demo-')}.yaml"
        found += list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return [{**item, "spec": _POD} if item["kind"] == "Pod" else item for item in found]


class Belongings:
    """Creates objects and remembers them."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._namespaces: list[Json] = []
        self._crd: Json | None = None

    def install_crd(self) -> bool:
        """Install the CRD where there is none, and wait until it is served; returns whether it was missing."""
        manifest: Json = schema.crd()
        try:
            self._crd = self._api.create(manifest)
        except Refused as error:
            if error.status != 409:
                raise
        self._until(self._served, _SERVED_SECONDS, "the CustomResourceDefinition to be served")
        return self._crd is not None

    def create(self, items: Iterable[Json], *, manager: str = "netbaseline-demo") -> None:
        """Create objects in order. A namespace that is there already is somebody's: raises DemoError."""
        for item in items:
            try:
                created = self._api.create(item, manager=manager)
            except Refused as error:
                if error.status == 409 and item["kind"] == "Namespace":
                    name = item["metadata"]["name"]
                    raise DemoError(
                        f"namespace {name} exists already, and the demo uses only what it makes itself; if an earlier"
                        f" demo left it: make sandbox-down, or kubectl delete namespace {' '.join(NAMESPACES)}"
                    ) from None
                raise
            if item["kind"] == "Namespace":
                self._namespaces.append(created)

    def remove(self) -> None:
        """Delete what was created, and wait until it is gone; the CRD only where nobody else has a baseline by now."""
        for namespace in self._namespaces:
            self._api.delete(path_of(_kind(namespace, "Namespace")), namespace["metadata"]["uid"])
        self._until(lambda: not self._left(), _GONE_SECONDS, "the demo's namespaces to be gone")
        self._namespaces.clear()
        if self._crd is not None and not self._api.get(BASELINES, limit="1")["items"]:
            crd = _kind(self._crd, "CustomResourceDefinition")
            self._api.delete(path_of(crd), crd["metadata"]["uid"])
            self._crd = None

    def _left(self) -> list[str]:
        mine = {item["metadata"]["uid"] for item in self._namespaces}
        there = self._api.get("/api/v1/namespaces")["items"]
        return [item["metadata"]["name"] for item in there if item["metadata"]["uid"] in mine]

    def _served(self) -> bool:
        try:
            self._api.get(BASELINES, limit="1")
        except Refused as error:
            if error.status != 404:
                raise
            return False
        return True

    @staticmethod
    def _until(question: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not question():
            if time.monotonic() > deadline:
                raise DemoError(f"waited {seconds:g} s in vain for {what}")
            time.sleep(_POLL)


def _kind(item: Json, kind: str) -> Json:
    """The object with its kind, which an answer may leave out."""
    return {**item, "kind": kind}
