"""Which rules are for DNS, by their ports and peers."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from netbaseline.api.fields import IPNetwork, network
from netbaseline.core.inventory import Service
from netbaseline.core.lint.world import World
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import Peer, Port, Rule

DNS = 53
DNS_NAMESPACES = ("kube-system", "openshift-dns")
DNS_SERVICES = frozenset({"kube-dns", "coredns", "dns-default", "rke2-coredns-rke2-coredns"})


DNS_PLACES: tuple[IPNetwork, ...] = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.20.10/32", "fc00::/7")
)
"""Where clusters have their Services, and NodeLocal DNSCache its address."""


def serves_names(world: World, rules: Iterable[Rule]) -> bool:
    """Whether one of these egress rules lets pods look up names."""
    ports = dns_ports(world)
    return any(_of_rule(rule, ports) for rule in rules)


def dns_ports(world: World) -> frozenset[int | str]:
    """53, and the container ports that a DNS Service of the input leads to (5353 on OpenShift)."""
    found: set[int | str] = {DNS, "dns", "dns-tcp"}
    for service in _services(world):
        found |= {port.target for port in service.ports if port.number == DNS}
    return frozenset(found)


def dns_service(world: World) -> Service | None:
    """The Service of the input that pods look up names at."""
    return next(_services(world), None)


def _services(world: World) -> Iterator[Service]:
    for service in world.inventory.services:
        if service.namespace in DNS_NAMESPACES and service.name in DNS_SERVICES:
            yield service


def _of_rule(rule: Rule, ports: frozenset[int | str]) -> bool:
    if rule.ports:
        return any(port.protocol == "UDP" and _includes(port, ports) for port in rule.ports)
    return not rule.peers or any(_may_be_dns(peer) for peer in rule.peers)


def _includes(port: Port, numbers: frozenset[int | str]) -> bool:
    """Whether a port is or includes one of `numbers`."""
    if port.port is None or port.port in numbers:
        return True
    if not isinstance(port.port, int) or port.end is None:
        return False
    return any(isinstance(number, int) and port.port <= number <= port.end for number in numbers)


def _may_be_dns(peer: Peer) -> bool:
    """Whether a peer on all ports includes the cluster's DNS: the rule then needs no port to say so."""
    if peer.block is not None:
        block = network(peer.block.cidr)
        return block is not None and any(block.overlaps(place) for place in DNS_PLACES)
    if peer.namespaces is None:
        return False
    return any(peer.namespaces.matches({LABEL_NAMESPACE_NAME: name}) for name in DNS_NAMESPACES)
