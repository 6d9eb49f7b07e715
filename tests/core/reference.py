"""May a flow pass? Read from NetworkBaseline specs alone, by the words of their documentation.

Nothing of the compiler, of NetworkPolicies or of the verdict engine is used, so that none of their mistakes is made
here too. Slow and plain on purpose.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netbaseline.core.platform import ServerAddress
from netbaseline.core.verdict import Endpoint, Flow
from tests.core.strategies import NAMESPACE
from tests.core.universe import LABEL_SETS, selects

Json = Mapping[str, Any]

DNS_PEERS: list[Json] = [
    {"namespace": "kube-system", "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}},
    {"namespace": "kube-system", "podSelector": {"matchLabels": {"k8s-app": "node-local-dns"}}},
    {"cidr": "169.254.20.10/32"},
]
DNS_PORTS: list[Json] = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]


def may_pass(specs: Sequence[Json], flow: Flow, servers: Sequence[ServerAddress]) -> bool:
    """Whether `flow` may pass where the namespace has baselines with these specs, all enforced, and nothing else."""
    return _passes(specs, "Egress", flow, servers) and _passes(specs, "Ingress", flow, servers)


def _passes(specs: Sequence[Json], direction: str, flow: Flow, servers: Sequence[ServerAddress]) -> bool:
    ends = (flow.source, flow.destination)
    pod, other = ends if direction == "Egress" else ends[::-1]
    if pod.namespace != NAMESPACE or not any(_denies(spec, direction, pod.labels) for spec in specs):
        return True
    return any(
        selects(spec.get("podSelector"), pod.labels)
        and selects(pods, pod.labels)
        and _counts(specs, spec, pods, direction)
        and _reaches(peers, other)
        and _served(ports, flow)
        for spec in specs
        for pods, peers, ports in _openings(spec, direction, servers)
    )


def _denies(spec: Json, direction: str, labels: Mapping[str, str]) -> bool:
    return direction in spec.get("defaultDeny", ["Ingress", "Egress"]) and selects(spec.get("podSelector"), labels)


def _counts(specs: Sequence[Json], spec: Json, pods: Json | None, direction: str) -> bool:
    """A rule counts only in a direction that is denied for its pods: all of them, by one of the baselines."""
    mine = [labels for labels in LABEL_SETS if selects(spec.get("podSelector"), labels) and selects(pods, labels)]
    return any(all(_denies(other, direction, labels) for labels in mine) for other in specs)


def _openings(
    spec: Json, direction: str, servers: Sequence[ServerAddress]
) -> Iterator[tuple[Json | None, Sequence[Json], Sequence[Json] | None]]:
    """What a spec opens in a direction, as pods, peers and ports; None for all pods or all ports."""
    allow = spec.get("allow", {})
    if "sameNamespace" in allow:
        yield None, [{"podSelector": spec.get("podSelector", {})}], None
    if direction == "Ingress":
        for part in ("ingressController", "monitoring"):
            if part in allow:
                yield allow[part].get("pods"), allow[part]["from"], allow[part]["ports"]
        for rule in allow.get("ingress", []):
            yield rule.get("pods"), rule["from"], rule.get("ports")
        return
    dns = allow.get("dns", {})
    if dns.get("enabled", True):
        yield None, dns.get("to", DNS_PEERS), dns.get("ports", DNS_PORTS)
    if "kubeAPIServer" in allow:
        for server in servers:
            yield allow["kubeAPIServer"].get("pods"), [{"cidr": f"{server.ip}/32"}], [{"port": server.port}]
    for rule in allow.get("egress", []):
        yield rule.get("pods"), rule["to"], rule.get("ports")


def _reaches(peers: Sequence[Json], other: Endpoint) -> bool:
    return any(_is_peer(peer, other) for peer in peers)


def _is_peer(peer: Json, other: Endpoint) -> bool:
    if "cidr" in peer:
        return any(
            _within(address, peer["cidr"]) and not any(_within(address, part) for part in peer.get("except", []))
            for address in other.ips
        )
    if other.namespace is None:
        return False
    if "namespace" in peer:
        of_namespace = other.namespace == peer["namespace"]
    elif "namespaceSelector" in peer:
        of_namespace = selects(peer["namespaceSelector"], other.namespace_labels)
    else:
        of_namespace = other.namespace == NAMESPACE
    return of_namespace and selects(peer.get("podSelector"), other.labels)


def _within(address: str, cidr: str) -> bool:
    found, network = ipaddress.ip_address(address), ipaddress.ip_network(cidr)
    return found.version == network.version and found in network


def _served(ports: Sequence[Json] | None, flow: Flow) -> bool:
    return ports is None or any(_is_port(port, flow) for port in ports)


def _is_port(port: Json, flow: Flow) -> bool:
    if port.get("protocol", "TCP") != flow.protocol:
        return False
    number = port.get("port")
    if number is None:
        return True
    if isinstance(number, str):
        return (number, flow.port, flow.protocol) in {
            (named.name, named.number, named.protocol) for named in flow.destination.ports
        }
    return bool(number <= flow.port <= port.get("endPort", number))
