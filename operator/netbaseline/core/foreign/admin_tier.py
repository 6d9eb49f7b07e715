"""The admin tier, policy.networking.k8s.io: AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy.

`subject` selects whole namespaces, or pods by two selectors at once; a policy without rules of a direction doesn't
affect that direction (ClusterNetworkPolicySpec and ClusterNetworkPolicySubject,
https://github.com/kubernetes-sigs/network-policy-api/blob/main/apis/v1alpha2/clusternetworkpolicy_types.go; the same in
https://github.com/kubernetes-sigs/network-policy-api/blob/main/apis/v1alpha1/adminnetworkpolicy_types.go).
"""

from collections.abc import Mapping
from typing import Any

from netbaseline.core.foreign.scope import Scope, requirements
from netbaseline.core.selectors import EVERYTHING, selector


def scope(manifest: Mapping[str, Any]) -> Scope:
    """What its `subject` selects. Raises as `requirements` does."""
    spec = manifest["spec"]
    subject = spec["subject"]
    ingress, egress = bool(spec.get("ingress")), bool(spec.get("egress"))
    pods = subject.get("pods")
    if pods is None:
        return Scope(selector(requirements(subject["namespaces"])), EVERYTHING, ingress, egress)
    return Scope(
        namespaces=selector(requirements(pods["namespaceSelector"])),
        pods=selector(requirements(pods["podSelector"])),
        ingress=ingress,
        egress=egress,
    )
