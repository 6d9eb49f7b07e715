"""Where things are in the API. Every part comes from the API server itself or passed its validation before."""

from urllib.parse import quote

from netbaseline.api.group import GROUP, PLURAL, VERSION
from netbaseline.cluster.transport import Path

POLICIES = "networkpolicies"
NAMESPACES = "namespaces"
PODS = "pods"
ENDPOINT_SLICES = "endpointslices"
DAEMON_SETS = "daemonsets"
BASELINES = PLURAL

_NETWORKING = "/apis/networking.k8s.io/v1"
_OURS = f"/apis/{GROUP}/{VERSION}"


def api_resources() -> Path:
    """What the API server serves of our group; readable by everybody (system:discovery)."""
    return Path(_OURS)


def policies(namespace: str | None = None) -> Path:
    return Path(f"{_NETWORKING}{_within(namespace)}/{POLICIES}")


def policy(namespace: str, name: str) -> Path:
    return Path(f"{policies(namespace)}/{quote(name, safe='')}")


def baselines(namespace: str | None = None) -> Path:
    return Path(f"{_OURS}{_within(namespace)}/{BASELINES}")


def baseline(namespace: str, name: str) -> Path:
    return Path(f"{baselines(namespace)}/{quote(name, safe='')}")


def baseline_status(namespace: str, name: str) -> Path:
    return Path(f"{baseline(namespace, name)}/status")


def namespaces() -> Path:
    return Path(f"/api/v1/{NAMESPACES}")


def pods(namespace: str | None = None) -> Path:
    return Path(f"/api/v1{_within(namespace)}/{PODS}")


def endpoint_slices(namespace: str) -> Path:
    return Path(f"/apis/discovery.k8s.io/v1{_within(namespace)}/{ENDPOINT_SLICES}")


def daemon_sets() -> Path:
    return Path(f"/apis/apps/v1/{DAEMON_SETS}")


def _within(namespace: str | None) -> str:
    return "" if namespace is None else f"/namespaces/{quote(namespace, safe='')}"
