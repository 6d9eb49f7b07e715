"""Small inventories, spelled shortly."""

from collections.abc import Mapping
from typing import Any

from netbaseline.core.inventory import ContainerPort, Inventory, Pod, Policy, Workload, namespace
from netbaseline.core.netpol import spec_from_manifest
from netbaseline.core.reach.matrix import Reachability

App = Mapping[str, Any]


def pod(place: str, *, labels: Mapping[str, str] | None = None, **more: Any) -> Pod:
    """A pod `namespace/name` with the label `app: name`, of a Deployment of its own name."""
    home, _, name = place.partition("/")
    ports = tuple(ContainerPort(number, protocol, called) for called, number, protocol in more.pop("ports", ()))
    return Pod(home, name, {"app": name, **(labels or {})}, Workload(home, name, "Deployment"), ports=ports, **more)


def policy(place: str, **spec: Any) -> Policy:
    """A policy `namespace/name`; `spec` in the words of the manifest."""
    home, _, name = place.partition("/")
    return Policy(home, name, spec_from_manifest(spec), manifest={"spec": spec})


def world(*items: Pod | Policy, labels: Mapping[str, Mapping[str, str]] | None = None) -> Inventory:
    """All of it, with its namespaces; `labels` by namespace."""
    named = {item.namespace: namespace(item.namespace, (labels or {}).get(item.namespace)) for item in items}
    return Inventory(
        named,
        tuple(item for item in items if isinstance(item, Pod)),
        tuple(item for item in items if isinstance(item, Policy)),
    )


def allowed(reach: Reachability, source: int, destination: int) -> dict[str, str]:
    """The ports that pass for certain between two pods, by their position."""
    found = reach.between(reach.node_of_pod(source), reach.node_of_pod(destination))
    return found.allowed.describe()
