"""Egress to the cluster's DNS. Without it the first egress rule of a namespace cuts every name."""

from collections.abc import Iterator

from netbaseline.api import v1alpha1 as api
from netbaseline.core import selectors
from netbaseline.core.allow.grant import Grant, peers, ports
from netbaseline.core.findings import DNS_BLOCKED, Finding
from netbaseline.core.names import LABEL_NAMESPACE_NAME, ROLE_DNS
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule
from netbaseline.core.platform import Platform

CLUSTER_DNS = Peer(
    namespaces=selectors.equal({LABEL_NAMESPACE_NAME: "kube-system"}), pods=selectors.equal({"k8s-app": "kube-dns"})
)
"""CoreDNS and kube-dns alike carry `k8s-app: kube-dns` (kubernetes/cluster/addons/dns)."""

NODE_LOCAL_DNS = Peer(block=IPBlock("169.254.20.10/32"))
"""NodeLocal DNSCache answers there, in the host's network, where only an ipBlock reaches it."""

NODE_LOCAL_DNS_PODS = Peer(
    namespaces=selectors.equal({LABEL_NAMESPACE_NAME: "kube-system"}),
    pods=selectors.equal({"k8s-app": "node-local-dns"}),
)
"""Its pods, where the network plugin redirects queries to them: GKE Dataplane V2, and Cilium's local redirect policy
(cilium/cilium#24654). They aren't in the host's network there, and a policy is judged by the pod that answers."""

DEFAULT = (CLUSTER_DNS, NODE_LOCAL_DNS_PODS, NODE_LOCAL_DNS)
"""Where DNS is looked for unless the baseline says otherwise."""

DNS_PORTS = (Port("TCP", 53), Port("UDP", 53))
"""TCP too: an answer that doesn't fit into a datagram is asked for again over TCP (RFC 7766)."""

DEFAULT_SOURCE = (
    "default: pods k8s-app=kube-dns or node-local-dns in kube-system, and 169.254.20.10/32 (NodeLocal DNSCache)"
)


def dns(spec: api.NetworkBaselineSpec, _: Platform) -> Iterator[Grant | Finding]:
    """DNS to where the baseline says, or to the places where most clusters have it."""
    asked = spec.allow.dns
    if not asked.enabled:
        if api.Direction.EGRESS in spec.default_deny:
            yield Finding(
                DNS_BLOCKED,
                "spec.allow.dns.enabled",
                "egress is denied and DNS is turned off: pods can't look up any name; remove `enabled: false` unless"
                " a rule of your own allows it",
            )
        return
    rule = Rule(
        peers=DEFAULT if asked.to is None else peers(asked.to),
        ports=DNS_PORTS if asked.ports is None else ports(asked.ports),
    )
    yield Grant(
        ROLE_DNS,
        "spec.allow.dns",
        egress=(rule,),
        implied=asked.to is None and asked.ports is None,
        source=DEFAULT_SOURCE if asked.to is None else None,
    )
