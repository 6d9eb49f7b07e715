"""One set of objects laid over another, as applying it would: the same object is replaced, what is new is added."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from netbaseline.core import names
from netbaseline.core.inventory import DEFAULT_NAMESPACE
from netbaseline.core.manifests.baselines import is_baseline
from netbaseline.core.manifests.given import Given
from netbaseline.core.netpol import POLICY_KIND

Identity = tuple[str, str, str, str]
"""API group, kind, namespace (empty for a Namespace) and name."""

CLUSTER_WIDE = frozenset(
    {
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "ClusterNetworkPolicy",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "GlobalNetworkPolicy",
        "IngressClass",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "StorageClass",
    }
)
"""Kinds without a namespace that come with an application's manifests. Of others nothing is judged, and so only those
that name a namespace have one."""


def identity(content: object, namespace: str = DEFAULT_NAMESPACE) -> Identity | None:
    """What makes an object the same object; None where it has no name, or isn't an object."""
    if not isinstance(content, dict) or not isinstance(content.get("metadata"), dict):
        return None
    meta, kind, version = content["metadata"], content.get("kind"), content.get("apiVersion")
    name, home = meta.get("name"), meta.get("namespace") or namespace
    if not all(isinstance(item, str) for item in (name, home, kind, version)):
        return None
    return (str(version).rpartition("/")[0], str(kind), "" if kind in CLUSTER_WIDE else str(home), str(name))


def overlaid(base: Iterable[Given], changes: Iterable[Given], namespace: str = DEFAULT_NAMESPACE) -> list[Given]:
    """`base` with `changes` applied. A changed NetworkBaseline takes the policies with it that it made before."""
    changes = list(changes)
    replaced = {found for item in changes if (found := identity(item.content, namespace)) is not None}
    remade = {
        (found[2], found[3])
        for item in changes
        if isinstance(item.content, dict)
        and is_baseline(item.content)
        and not _suspended(item.content)
        and (found := identity(item.content, namespace)) is not None
    }
    kept = [
        item
        for item in base
        if identity(item.content, namespace) not in replaced and _maker(item.content, namespace) not in remade
    ]
    return [*kept, *changes]


def _suspended(content: Mapping[str, Any]) -> bool:
    spec = content.get("spec")
    return isinstance(spec, dict) and spec.get("suspend") is True


def _maker(content: object, namespace: str) -> tuple[str, str] | None:
    """Namespace and name of the NetworkBaseline that a policy says it was made from."""
    found = identity(content, namespace)
    if found is None or found[1] != POLICY_KIND or not isinstance(content, dict):
        return None
    labels, baseline = content["metadata"].get("labels"), names.baseline_of(found[3])
    ours = isinstance(labels, dict) and labels.get(names.LABEL_BASELINE) == baseline
    return (found[2], baseline) if ours and baseline is not None else None


class SeveralNamespaces(Exception):
    """The objects to be played elsewhere are of more than one namespace."""


def rehomed(base: Iterable[Given], changes: Iterable[Given], target: str) -> list[Given]:
    """`changes` as if their namespace were `target`, and that namespace with the labels of their own.

    So a staging namespace is tried out that was made from the same manifests. Raises SeveralNamespaces.
    """
    changes, base = list(changes), list(base)
    homes = sorted({found[2] for item in changes if (found := identity(item.content)) is not None and found[2]})
    if len(homes) > 1:
        raise SeveralNamespaces(f"the manifests are of several namespaces ({', '.join(homes)}); give those of one")
    home = homes[0] if homes else DEFAULT_NAMESPACE
    moved: list[Given] = []
    space: Given | None = None
    for item in [*base, *changes]:
        if identity(item.content) == ("", "Namespace", "", home):
            space = item
    for item in changes:
        found = identity(item.content)
        if found is not None and found[2] and isinstance(item.content, dict):
            metadata = {**item.content["metadata"], "namespace": target}
            moved.append(replace(item, content={**item.content, "metadata": metadata}))
        elif found != ("", "Namespace", "", home):
            moved.append(item)
    if space is not None and isinstance(space.content, dict):
        labels = space.content["metadata"].get("labels")
        if isinstance(labels, dict):  # what else it may be is told when the namespace is read
            labels = {key: value for key, value in labels.items() if key != names.LABEL_NAMESPACE_NAME}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": target, "labels": labels}}
        moved.insert(0, replace(space, content=namespace))
    return moved
