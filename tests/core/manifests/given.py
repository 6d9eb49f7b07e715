"""Objects as a file would give them: YAML in, `Gathered` out, each document with a line of its own."""

from dataclasses import dataclass
from typing import Any

import yaml

from netbaseline.core.inventory import Pod, Policy
from netbaseline.core.manifests import Gathered, Given, gather
from netbaseline.core.platform import Platform


@dataclass(frozen=True)
class Place:
    """Line 10 for the first object, 20 for the second …, whatever the field."""

    number: int
    source: str = "x.yaml"

    def line(self, path: str) -> int | None:
        return self.number * 10


def gathered(*objects: Any, namespace: str = "default", platform: Platform | None = None) -> Gathered:
    """Each object a mapping, or the text of one or more YAML documents."""
    contents: list[Any] = []
    for item in objects:
        contents.extend(yaml.safe_load_all(item) if isinstance(item, str) else [item])
    given = [Given(content, Place(number), number) for number, content in enumerate(contents, 1)]
    return gather(given, namespace=namespace, platform=platform)


def fine(*objects: Any, **options: Any) -> Gathered:
    """`gathered`, where nothing is wrong."""
    found = gathered(*objects, **options)
    assert [str(problem) for problem in found.problems] == []
    return found


def pods(*objects: Any) -> list[Pod]:
    return list(fine(*objects).inventory.pods)


def policies(*objects: Any) -> list[Policy]:
    return list(fine(*objects).inventory.policies)


def problem(*objects: Any) -> str:
    """The one thing that is wrong."""
    (found,) = gathered(*objects).problems
    return str(found)


def pod(name: str, labels: dict[str, str] | None = None, owner: tuple[str, str] | None = None, **more: Any) -> Any:
    """A running pod of namespace shop; `owner` its controller."""
    metadata: dict[str, Any] = {"name": name, "namespace": "shop", "labels": labels or {}}
    if owner is not None:
        metadata["ownerReferences"] = [controller(*owner)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "main"}]},
        "status": {"phase": "Running"},
        **more,
    }


def controller(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "1", "controller": True}


def workload(
    kind: str, name: str, labels: dict[str, str] | None = None, owner: tuple[str, str] | None = None, **spec: Any
) -> Any:
    """A workload of namespace shop whose template has `labels`."""
    version = {"Job": "batch/v1", "CronJob": "batch/v1", "ReplicationController": "v1"}.get(kind, "apps/v1")
    template = {"metadata": {"labels": labels or {}}, "spec": {"containers": [{"name": "main"}]}}
    inner: dict[str, Any] = {"template": template, **spec}
    metadata: dict[str, Any] = {"name": name, "namespace": "shop"}
    if owner is not None:
        metadata["ownerReferences"] = [controller(*owner)]
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": metadata,
        "spec": {"jobTemplate": {"spec": inner}} if kind == "CronJob" else inner,
    }
