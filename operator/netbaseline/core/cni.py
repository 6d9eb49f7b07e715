"""Whether anything in the cluster enforces NetworkPolicies. The API takes them gladly when nothing does.

Known by the DaemonSet that each implementation runs on every node; where none is known, nothing is claimed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

ENFORCING = {
    "calico-node": "Calico",
    "canal": "Canal",
    "cilium": "Cilium",
    "anetd": "GKE Dataplane V2",
    "antrea-agent": "Antrea",
    "kube-router": "kube-router",
    "weave-net": "Weave Net",
    "ovnkube-node": "OVN-Kubernetes",
    "kube-ovn-cni": "Kube-OVN",
    "azure-npm": "Azure Network Policy Manager",
    "kindnet": "kindnet",
    "kube-network-policies": "kube-network-policies",
}
"""DaemonSet names of the upstream manifests. kindnet enforces since kind 0.24."""

NOT_ENFORCING = {"kube-flannel-ds": "Flannel", "kube-flannel": "Flannel"}
"""Flannel alone carries packets and knows no policies (flannel-io/flannel, README)."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """`enforces` is None where nobody can tell; `by` names what was found."""

    enforces: bool | None = None
    by: str = ""


NAMESPACES = frozenset(
    {
        "kube-system",
        "calico-system",
        "cilium",
        "kube-flannel",
        "kube-router",
        "antrea-system",
        "openshift-ovn-kubernetes",
    }
)
"""Where network plugins are installed. A DaemonSet in a team's namespace says nothing, whatever it is called."""


def judge(daemon_sets: Iterable[str]) -> Enforcement:
    """What the names of the cluster's DaemonSets say. One that enforces is enough: Canal runs beside Flannel."""
    names = set(daemon_sets)
    enforcing = sorted({product for name, product in ENFORCING.items() if name in names})
    if enforcing:
        return Enforcement(enforces=True, by=", ".join(enforcing))
    without = sorted({product for name, product in NOT_ENFORCING.items() if name in names})
    return Enforcement(enforces=False, by=", ".join(without)) if without else Enforcement()
