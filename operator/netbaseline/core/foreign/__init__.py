"""Policies of other APIs that select pods too: recognised and never misread, so that nobody is promised a verdict.

A `NetworkPolicy` is one of networking.k8s.io/v1 only there. Those of Calico, Cilium and the admin tier may allow or
deny past it, which is not judged here: all that is read is which pods they may select, and in which directions.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from netbaseline.core.foreign import admin_tier, calico, cilium
from netbaseline.core.foreign.scope import Scope
from netbaseline.core.inventory import DEFAULT_NAMESPACE, ForeignPolicy, Origin
from netbaseline.core.netpol import POLICY_API_VERSION
from netbaseline.core.selectors import EVERYTHING

Reader = Callable[[Mapping[str, Any]], Scope]

READERS: Final[Mapping[tuple[str, str], Reader]] = {
    ("projectcalico.org", "NetworkPolicy"): calico.namespaced,
    ("projectcalico.org", "GlobalNetworkPolicy"): calico.cluster_wide,
    ("crd.projectcalico.org", "NetworkPolicy"): calico.namespaced,
    ("crd.projectcalico.org", "GlobalNetworkPolicy"): calico.cluster_wide,
    ("cilium.io", "CiliumNetworkPolicy"): cilium.namespaced,
    ("cilium.io", "CiliumClusterwideNetworkPolicy"): cilium.cluster_wide,
    ("policy.networking.k8s.io", "AdminNetworkPolicy"): admin_tier.scope,
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"): admin_tier.scope,
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"): admin_tier.scope,
}
"""By API group and kind."""

UNREAD: Final = frozenset({"NetworkPolicy", "ClusterNetworkPolicy", "GlobalNetworkPolicy"})
"""Kind names that mean a policy in whatever group (Antrea's `crd.antrea.io` has two): it may select any pod."""

CLUSTER_WIDE: Final = ("Global", "Cluster", "Clusterwide", "Admin")


def read(manifest: Mapping[str, Any], origin: Origin | None = None) -> ForeignPolicy | None:
    """The policy of another API that `manifest` is; None where it is none, or a copy of a NetworkPolicy.

    Nothing is refused: what can't be read may select any pod, in both directions.
    """
    api_version, kind = manifest.get("apiVersion"), manifest.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str) or api_version == POLICY_API_VERSION:
        return None
    group = api_version.rpartition("/")[0]
    reader = READERS.get((group, kind))
    if reader is None and kind not in UNREAD:
        return None
    metadata = manifest.get("metadata")
    named: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    if group == calico.GROUP and calico.is_copy(named.get("name")):
        return None
    found = _scope(reader, manifest)
    everywhere = any(word in kind for word in CLUSTER_WIDE)
    if everywhere and found.namespaces is None:
        found = replace(found, namespaces=EVERYTHING)
    return ForeignPolicy(
        api_version=api_version,
        kind=kind,
        namespace=None if everywhere else str(named.get("namespace") or DEFAULT_NAMESPACE),
        name=str(named.get("name") or "(no name)"),
        namespaces=found.namespaces if everywhere else None,
        pods=found.pods,
        ingress=found.ingress,
        egress=found.egress,
        origin=origin,
    )


def _scope(reader: Reader | None, manifest: Mapping[str, Any]) -> Scope:
    if reader is None:
        return Scope()
    try:
        return reader(manifest)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Scope()
