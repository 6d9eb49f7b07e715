"""Egress to the API server. Its Service address never reaches a policy: packets carry the endpoint's."""

import ipaddress
from collections.abc import Iterator

from netbaseline.api import v1alpha1 as api
from netbaseline.core.allow.grant import Grant, selector
from netbaseline.core.findings import NOTHING_DISCOVERED, Finding
from netbaseline.core.names import ROLE_KUBE_API_SERVER
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule
from netbaseline.core.platform import Platform


def kube_api_server(spec: api.NetworkBaselineSpec, platform: Platform) -> Iterator[Grant | Finding]:
    """One rule per port of the API server, with the addresses that serve it."""
    asked = spec.allow.kube_api_server
    if asked is None:
        return
    if not platform.api_servers:
        yield Finding(
            NOTHING_DISCOVERED,
            "spec.allow.kubeAPIServer",
            "the Service `kubernetes` in namespace default has no endpoints that can be seen, so nothing was opened;"
            " check `kubectl get endpointslices -n default`, or allow the address by a rule in allow.egress",
        )
        return
    addresses: dict[int, list[str]] = {}
    for server in platform.api_servers:
        bits = ipaddress.ip_address(server.ip).max_prefixlen
        addresses.setdefault(server.port, []).append(f"{server.ip}/{bits}")
    yield Grant(
        ROLE_KUBE_API_SERVER,
        "spec.allow.kubeAPIServer",
        pods=selector(asked.pods),
        egress=tuple(
            Rule(peers=tuple(Peer(block=IPBlock(cidr)) for cidr in cidrs), ports=(Port("TCP", port),))
            for port, cidrs in sorted(addresses.items())
        ),
        source="discovered: endpoints of Service default/kubernetes",
    )
