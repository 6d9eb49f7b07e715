"""The kinds that are read for what they say of pods and who may reach them, and where in the API they are."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.cluster import paths
from netbaseline.cluster.errors import NotFound
from netbaseline.cluster.transport import Path, Transport


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind to list. `optional` ones belong to add-ons: that a cluster has none of them is nothing to tell.

    Where an `aside` one is missing, no verdict is wrong: that it may not be listed is nothing to tell either.
    """

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True
    optional: bool = False
    aside: bool = False

    @property
    def resource(self) -> str:
        """`plural.group`, as kubectl takes it: another API may have the same plural."""
        return f"{self.plural}.{self.api_version.partition('/')[0]}"

    def path(self, namespace: str | None) -> Path:
        root = "/api" if "/" not in self.api_version else "/apis"
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace is not None and self.namespaced else ""
        return Path(f"{root}/{self.api_version}{within}/{self.plural}")


def _of_others(api_version: str, kind: str, *, namespaced: bool = False) -> Kind:
    plural = f"{kind.lower().removesuffix('y')}ies"
    return Kind(api_version, kind, plural, namespaced=namespaced, optional=True)


CALICO: Final = "projectcalico.org/v3"
CALICO_STORED: Final = "crd.projectcalico.org/v1"
"""As Calico's own API server keeps them. What it serves of them as `projectcalico.org` takes rights on its tiers too,
and has versions that are no number; where it doesn't run, those are CRDs as any others."""

FOREIGN: Final = (
    _of_others(CALICO, "NetworkPolicy", namespaced=True),
    _of_others(CALICO, "GlobalNetworkPolicy"),
    _of_others(CALICO_STORED, "NetworkPolicy", namespaced=True),
    _of_others(CALICO_STORED, "GlobalNetworkPolicy"),
    _of_others("cilium.io/v2", "CiliumNetworkPolicy", namespaced=True),
    _of_others("cilium.io/v2", "CiliumClusterwideNetworkPolicy"),
    _of_others("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
    _of_others("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"),
    _of_others("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
)
"""Policies of other APIs, which `core.foreign` reads."""

KINDS: Final = (
    Kind("v1", "Namespace", "namespaces", namespaced=False),
    Kind("v1", "Node", "nodes", namespaced=False, aside=True),
    Kind("v1", "Pod", "pods"),
    Kind("v1", "Service", "services"),
    Kind("v1", "ReplicationController", "replicationcontrollers"),
    Kind("apps/v1", "Deployment", "deployments"),
    Kind("apps/v1", "StatefulSet", "statefulsets"),
    Kind("apps/v1", "DaemonSet", "daemonsets"),
    Kind("apps/v1", "ReplicaSet", "replicasets"),
    Kind("batch/v1", "Job", "jobs"),
    Kind("batch/v1", "CronJob", "cronjobs"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    Kind(API_VERSION, KIND, paths.BASELINES),
    *FOREIGN,
)
"""Everything that decides who may talk to whom."""


async def served_versions(transport: Transport) -> set[str]:
    """The API groups with their versions that the cluster serves, such as `cilium.io/v2`. Raises ApiError."""
    _, found = await transport.request("get", "apis", Path("/apis"))
    return {version["groupVersion"] for group in found.get("groups") or () for version in group.get("versions") or ()}


async def served_foreign(transport: Transport) -> list[Kind]:
    """Those of FOREIGN that the cluster serves, no policy twice. Raises ApiError; no right is needed to ask."""
    versions = await served_versions(transport)
    found: list[Kind] = []
    for version in dict.fromkeys(kind.api_version for kind in FOREIGN if kind.api_version in versions):
        resources = await _resources(transport, version)
        found += [kind for kind in FOREIGN if kind.api_version == version and kind.plural in resources]
    stored = {kind.plural for kind in found if kind.api_version == CALICO_STORED}
    return [kind for kind in found if kind.api_version != CALICO or kind.plural not in stored]


async def _resources(transport: Transport, version: str) -> set[str]:
    """Plurals of a version; none where it went away between two questions."""
    try:
        _, found = await transport.request("get", "apis", Path(f"/apis/{version}"))
    except NotFound:
        return set()
    return {resource["name"] for resource in found.get("resources") or ()}
