"""The pods of the cluster, as little of each as coverage needs: 20,000 of them are a matter of megabytes."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from sys import intern
from typing import Any, Final

from netbaseline.cluster.transport import Json
from netbaseline.core.inventory import ContainerPort, Pod, Workload
from netbaseline.core.sharing import MOST, shared

OnChange = Callable[[str], None]

ENDED: Final = frozenset({"Succeeded", "Failed"})
"""Phases of pods that take no traffic and never will."""


class PodStore:
    """Pods that haven't ended, by namespace and name. Told of by the watch alone."""

    def __init__(self, on_change: OnChange, on_list: Callable[[str | None, bool], None]) -> None:
        """`on_list` is told of each complete list: of which namespace (None: of all), and whether it is the first."""
        self._on_change, self._on_list = on_change, on_list
        self._by_namespace: dict[str, dict[str, Pod]] = {}
        self._complete: set[str | None] = set()

    def of(self, namespace: str) -> tuple[Pod, ...]:
        """The pods of a namespace."""
        return tuple(self._by_namespace.get(namespace, {}).values())

    def complete(self, namespace: str) -> bool:
        """Whether all pods of a namespace have been heard of once."""
        return None in self._complete or namespace in self._complete

    def __len__(self) -> int:
        return sum(map(len, self._by_namespace.values()))

    def seen(self, pod: Pod) -> None:
        """ADDED or MODIFIED, and not ended."""
        there = self._by_namespace.setdefault(pod.namespace, {})
        old = there.get(pod.name)
        there[pod.name] = pod
        if old is None or _meaning(old) != _meaning(pod):
            self._on_change(pod.namespace)

    def gone(self, namespace: str, name: str) -> None:
        """DELETED, or ended."""
        there = self._by_namespace.get(namespace, {})
        if there.pop(name, None) is not None:
            if not there:
                del self._by_namespace[namespace]
            self._on_change(namespace)

    def replace(self, pods: Iterable[Pod], scope: str | None) -> None:
        """A complete list of one namespace or of all."""
        fresh: dict[str, dict[str, Pod]] = {}
        for pod in pods:
            fresh.setdefault(pod.namespace, {})[pod.name] = pod
        known = [scope] if scope is not None else list(self._by_namespace)
        for namespace in {*known, *fresh}:
            before, after = self._by_namespace.get(namespace, {}), fresh.get(namespace, {})
            if after:
                self._by_namespace[namespace] = after
            else:
                self._by_namespace.pop(namespace, None)
            if list(map(_meaning, before.values())) != list(map(_meaning, after.values())):
                self._on_change(namespace)
        first = scope not in self._complete
        self._complete.add(scope)
        self._on_list(scope, first)


def _meaning(pod: Pod) -> tuple[object, ...]:
    """What coverage hangs on. Addresses come and go with each start of a pod and open nothing."""
    return pod.name, pod.labels, pod.ports, pod.host_network


Seen = tuple[str, str, Pod | None]
"""Namespace and name; the pod unless it has ended."""


class PodSink:
    """From objects of the API to the store. What many pods have in common, labels above all, is kept once."""

    def __init__(self, store: PodStore, scope: str | None) -> None:
        self._store, self._scope = store, scope

    def parse(self, item: Json) -> Seen:
        meta, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
        namespace, name = intern(meta["namespace"]), meta["name"]
        if status.get("phase") in ENDED:
            return namespace, name, None
        pod = Pod(
            namespace,
            name,
            _labels(frozenset((meta.get("labels") or {}).items())),
            # Whose pod it is takes owners of owners to tell, and nothing here asks for it.
            shared(Workload(namespace, "", "Pod")),
            ips=tuple(each["ip"] for each in status.get("podIPs") or ()),
            ports=shared(_named_ports(spec)),
            host_network=bool(spec.get("hostNetwork")),
        )
        return namespace, name, pod

    def replace(self, items: Iterable[Seen], version: int) -> None:
        self._store.replace((pod for _, _, pod in items if pod is not None), self._scope)

    def seen(self, item: Seen) -> None:
        namespace, name, pod = item
        if pod is None:
            self._store.gone(namespace, name)
        else:
            self._store.seen(pod)

    def gone(self, item: Seen) -> None:
        self._store.gone(item[0], item[1])


@lru_cache(maxsize=MOST)
def _labels(items: frozenset[tuple[str, str]]) -> Mapping[str, str]:
    """The same for all pods that are alike. Remembered in bounds: each run of a Job has labels that never come back."""
    return dict(items)


def _named_ports(spec: Mapping[str, Any]) -> tuple[ContainerPort, ...]:
    """Ports that a policy can name, of containers and of sidecars (init containers that keep running)."""
    containers = [
        *(spec.get("containers") or ()),
        *(one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"),
    ]
    return tuple(
        ContainerPort(port["containerPort"], port.get("protocol", "TCP"), port["name"])
        for container in containers
        for port in container.get("ports") or ()
        if port.get("name")
    )
