"""What each network plugin makes of the cases that the API leaves open, each answer with its source.

An answer holds for the plugin as its own manifests install it; where it hangs on a setting, or nobody could say, there
is none and the verdict stays `depends`. Plugins are called as in `core.cni`, which knows them by their DaemonSets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from netbaseline.core.reach.cases import Case, Semantics

NONE: Final = "none"

_CONCEPTS = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
_CALICO = "https://github.com/projectcalico/calico/blob/master/"
_ANTREA = "https://github.com/antrea-io/antrea/blob/main/"
_KUBE_ROUTER = "https://github.com/cloudnativelabs/kube-router/blob/master/"
_WEAVE = "https://github.com/weaveworks/weave/blob/master/"
_OVN = "https://github.com/ovn-org/ovn-kubernetes/blob/master/"


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer, True or False, or None where it is open; `source` is a URL, `note` says why in a sentence."""

    answer: bool | None
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Plugin:
    """A network plugin and its answers to every case but `ADDRESS_UNKNOWN`, which is nobody's choice."""

    name: str
    cells: Mapping[Case, Cell]
    enforces: bool = True

    @property
    def key(self) -> str:
        """The name as `--cni` takes it."""
        return self.name.lower().replace(" ", "-")

    def semantics(self) -> Semantics:
        """The answers alone, for the engine."""
        answers = {case: cell.answer for case, cell in self.cells.items() if cell.answer is not None}
        return Semantics(answers, self.enforces)


_ITSELF = Cell(
    True,
    _CONCEPTS,
    "a pod can't block access to itself: what it sends to its own address never leaves its network namespace",
)

_CALICO_CELLS = {
    Case.HOST_NETWORK_TARGET: Cell(
        False,
        _CALICO + "libcalico-go/lib/backend/k8s/conversion/conversion.go",
        "a hostNetwork pod is no workload endpoint, so no policy selects it (`IsValidCalicoWorkloadEndpoint`)",
    ),
    Case.HOST_NETWORK_PEER: Cell(
        False,
        "https://github.com/projectcalico/calico/issues/4493",
        "as it is no endpoint, no selector finds its address either",
    ),
    Case.SELF: _ITSELF,
    Case.OWN_NODE: Cell(
        True,
        _CALICO + "felix/rules/static.go",
        "what the host sends to its own workloads isn't policed, but for connections through IPVS",
    ),
    Case.BLOCK_ON_POD: Cell(
        True,
        _CALICO + "libcalico-go/lib/backend/k8s/conversion/conversion.go",
        "a range becomes `nets` of the rule, which are compared with any packet's address",
    ),
    Case.SERVICE_ADDRESS: Cell(
        False,
        "https://docs.tigera.io/calico/latest/about/kubernetes-training/about-kubernetes-services",
        "egress policy is enforced after the Service's address has been changed to the pod's",
    ),
}

_CANAL = "https://docs.tigera.io/calico/latest/getting-started/kubernetes/flannel/install-for-flannel"

CALICO = Plugin("Calico", _CALICO_CELLS)

CANAL = Plugin(
    "Canal",
    {
        case: replace(cell, note=f"{cell.note}; Canal is Calico's policy over flannel's network ({_CANAL})")
        for case, cell in _CALICO_CELLS.items()
    },
)

CILIUM = Plugin(
    "Cilium",
    {
        Case.HOST_NETWORK_TARGET: Cell(
            False,
            "https://docs.cilium.io/en/stable/security/policy/host/",
            "the host's network is policed by host policies alone, which select nodes",
        ),
        Case.HOST_NETWORK_PEER: Cell(
            False,
            "https://github.com/cilium/cilium/issues/10405",
            "its traffic has the identity of its node (`host`, `remote-node`), not the pod's labels",
        ),
        Case.SELF: _ITSELF,
        Case.OWN_NODE: Cell(
            True,
            "https://github.com/cilium/cilium/blob/main/pkg/option/config.go",
            "`allow-localhost` is `auto` by default, which means `always` in Kubernetes; with `policy` it is False",
        ),
        Case.BLOCK_ON_POD: Cell(
            False,
            "https://docs.cilium.io/en/stable/security/policy/layer3/",
            "ranges don't apply between ends that Cilium manages, nor to nodes unless `policy-cidr-match-mode` says so",
        ),
        Case.SERVICE_ADDRESS: Cell(
            False,
            "https://github.com/kubernetes-sigs/network-policy-api/pull/185",
            "translate first, apply policy after is how Cilium works, says its maintainer in this review",
        ),
    },
)

ANTREA = Plugin(
    "Antrea",
    {
        Case.HOST_NETWORK_TARGET: Cell(
            False,
            _ANTREA + "pkg/controller/networkpolicy/networkpolicy_controller.go",
            "hostNetwork pods are left out of what a policy is applied to (`syncAppliedToGroup`)",
        ),
        Case.HOST_NETWORK_PEER: Cell(
            False,
            _ANTREA + "pkg/controller/networkpolicy/crd_utils.go",
            "hostNetwork pods are left out of address groups; only a `nodeSelector` of Antrea's own finds them",
        ),
        Case.SELF: _ITSELF,
        Case.OWN_NODE: Cell(
            True,
            _ANTREA + "docs/antrea-network-policy.md",
            "traffic from a Node to the Pods running on it is always allowed",
        ),
        Case.BLOCK_ON_POD: Cell(
            True,
            _ANTREA + "pkg/agent/controller/networkpolicy/pod_reconciler.go",
            "a range becomes addresses of flows, beside those of the selected pods (`ipBlocksToOFAddresses`)",
        ),
        Case.SERVICE_ADDRESS: Cell(
            False,
            _ANTREA + "docs/design/ovs-pipeline.md",
            "packets pass `ServiceLB` and `EndpointDNAT` before the tables of egress rules",
        ),
    },
)

KUBE_ROUTER = Plugin(
    "kube-router",
    {
        Case.HOST_NETWORK_TARGET: Cell(
            False,
            _KUBE_ROUTER + "pkg/controllers/netpol/utils.go",
            "a hostNetwork pod isn't actionable (`isNetPolActionable`)",
        ),
        Case.HOST_NETWORK_PEER: Cell(
            False,
            "https://github.com/cloudnativelabs/kube-router/issues/1135",
            "wanted so, since policies are not applied to hostNetwork pods; a range of node addresses is the way",
        ),
        Case.SELF: _ITSELF,
        Case.OWN_NODE: Cell(
            True,
            _KUBE_ROUTER + "pkg/controllers/netpol/pod.go",
            "each pod's chain accepts what comes from an address of its node (`--src-type LOCAL`)",
        ),
        Case.BLOCK_ON_POD: Cell(
            True,
            _KUBE_ROUTER + "pkg/controllers/netpol/policy.go",
            "a range becomes an ipset, which is compared with any packet's address (`evalIPBlockPeer`)",
        ),
        Case.SERVICE_ADDRESS: Cell(
            False,
            "https://github.com/cloudnativelabs/kube-router/issues/905",
            "that egress rules met a Service's address was a bug; it is let through, to be translated first",
        ),
    },
)

WEAVE_NET = Plugin(
    "Weave Net",
    {
        Case.HOST_NETWORK_TARGET: Cell(
            False, _WEAVE + "npc/namespace.go", "a pod in the host's network counts as one without an address (`hasIP`)"
        ),
        Case.HOST_NETWORK_PEER: Cell(
            False, _WEAVE + "npc/namespace.go", "likewise, so its address is in no set of a selector"
        ),
        Case.SELF: _ITSELF,
        Case.OWN_NODE: Cell(
            True,
            _WEAVE + "docs/weavenpc-design.md",
            "traffic from processes in the host's network, as kubelet's probes, isn't affected",
        ),
        Case.BLOCK_ON_POD: Cell(
            True,
            _WEAVE + "site/kubernetes/kube-addon.md",
            "its manual names traffic between pods by podIP as a use of `ipBlock`",
        ),
        Case.SERVICE_ADDRESS: Cell(
            False, _WEAVE + "docs/weavenpc-design.md", "its chains hang in FORWARD, after the translation of addresses"
        ),
    },
)

OVN_KUBERNETES = Plugin(
    "OVN-Kubernetes",
    {
        Case.HOST_NETWORK_TARGET: Cell(
            False,
            _OVN + "go-controller/pkg/ovn/base_network_controller_policy.go",
            "hostNetwork pods have no logical port and are skipped (`podExpectedInLogicalCache`)",
        ),
        Case.HOST_NETWORK_PEER: Cell(
            None,
            "https://docs.redhat.com/en/documentation/openshift_container_platform/latest/html/network_security/"
            "network-policy",
            "beside a podSelector they are matched, by a namespaceSelector alone they aren't",
        ),
        Case.SELF: _ITSELF,
        Case.OWN_NODE: Cell(
            True,
            _OVN + "go-controller/pkg/ovn/base_network_controller_policy.go",
            "each node's switch allows what comes from the node's management port (`addAllowACLFromNode`)",
        ),
        Case.BLOCK_ON_POD: Cell(
            True,
            _OVN + "docs/features/network-security-controls/network-policy.md",
            "an `ipBlock` is a network that can be internal or external",
        ),
        Case.SERVICE_ADDRESS: Cell(
            False,
            _OVN + "docs/design/acls.md",
            "the rules of egress policies are applied after the load balancer (`apply-after-lb`)",
        ),
    },
)

NOTHING_ENFORCES = Plugin(
    NONE,
    {
        case: Cell(None, _CONCEPTS, "a policy without a controller that implements it has no effect: everything passes")
        for case in _CALICO_CELLS
    },
    enforces=False,
)

PLUGINS: Final = (CALICO, CANAL, CILIUM, ANTREA, KUBE_ROUTER, WEAVE_NET, OVN_KUBERNETES, NOTHING_ENFORCES)


class UnknownPlugin(ValueError):
    """No row of the table has that name."""


def semantics(cni: str) -> Semantics:
    """The answers of a plugin by its name (`calico`, `Weave Net`, `weave-net` …), or of `none`.

    Raises UnknownPlugin, whose message lists the names.
    """
    wanted = cni.strip().lower().replace(" ", "-")
    for plugin in PLUGINS:
        if plugin.key == wanted:
            return plugin.semantics()
    raise UnknownPlugin(f"no plugin is called {cni!r}; known are {', '.join(plugin.key for plugin in PLUGINS)}")
