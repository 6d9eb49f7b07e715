"""The ways in which people and tools change a policy that isn't theirs."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
import yaml

from tests.cluster.world import Json, World
from tests.sandbox.control_plane import ControlPlane

Change = Callable[[Json], None]
"""Changes a manifest in place."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_KEPT_METADATA = ("name", "namespace", "labels", "annotations", "ownerReferences")


class Hand(Protocol):
    """Somebody who changes policies in one way. `manager` is the name that the API notes for it."""

    manager: str

    def change(self, namespace: str, name: str, change: Change) -> None: ...


def manifest_of(plane: ControlPlane, namespace: str, name: str) -> Json:
    """A policy as somebody would keep it in a file: without what the API server wrote onto it."""
    found: Json = plane.kubectl("get", "networkpolicy", name, f"--namespace={namespace}", as_json=True)
    meta = {key: value for key, value in found["metadata"].items() if key in _KEPT_METADATA}
    return {"apiVersion": found["apiVersion"], "kind": found["kind"], "metadata": meta, "spec": found["spec"]}


class Editor:
    """`kubectl edit`, with an editor that replaces the file."""

    manager = "kubectl-edit"

    def __init__(self, plane: ControlPlane, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self._plane, self._file = plane, folder / "edited.yaml"
        environment.setenv("KUBE_EDITOR", f"cp {self._file}")

    def change(self, namespace: str, name: str, change: Change) -> None:
        found: Json = self._plane.kubectl("get", "networkpolicy", name, f"--namespace={namespace}", as_json=True)
        change(found)
        self._file.write_text(yaml.safe_dump(found))
        answer = self._plane.kubectl("edit", "networkpolicy", name, f"--namespace={namespace}")
        assert "edited" in answer.stdout, answer


class Applier:
    """Client-side `kubectl apply` by somebody who has the policy in a file and changes that."""

    manager = "kubectl-client-side-apply"

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane

    def change(self, namespace: str, name: str, change: Change) -> None:
        kept = manifest_of(self._plane, namespace, name)
        self._apply(kept)  # only what was applied before can be removed by applying
        changed = copy.deepcopy(kept)
        change(changed)
        self._apply(changed)

    def _apply(self, manifest: Json) -> None:
        self._plane.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))


class ForeignManager:
    """Server-side apply with force, as a GitOps tool does it."""

    manager = "gitops"

    def __init__(self, plane: ControlPlane, world: World) -> None:
        self._plane, self._world = plane, world

    def change(self, namespace: str, name: str, change: Change) -> None:
        manifest = manifest_of(self._plane, namespace, name)
        change(manifest)
        server_side_apply(self._world, manifest, self.manager)


def server_side_apply(world: World, manifest: Json, manager: str) -> Json:
    """Apply a policy by force under a field manager's name; returns what became of it."""
    meta = manifest["metadata"]
    answer = world.networking.patch_namespaced_network_policy(
        meta["name"],
        meta["namespace"],
        manifest,
        field_manager=manager,
        force=True,
        _content_type="application/apply-patch+yaml",
        _preload_content=False,
    )
    found: Json = answer.json()
    return found
