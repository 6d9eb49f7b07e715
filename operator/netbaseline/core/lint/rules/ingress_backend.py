"""NB303."""

from collections.abc import Iterator

from netbaseline.core.inventory import Ingress, IngressBackend, Pod, Service, ServicePort
from netbaseline.core.lint.finding import Found, Severity, Subject
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World, names_of, port_of
from netbaseline.core.netpol import Peer, Port
from netbaseline.core.netpol import Rule as PolicyRule


def _check(world: World) -> Iterator[Found]:
    for ingress in world.inventory.ingresses:
        for backend in ingress.backends:
            shut = next(_shut(world, ingress, backend), None)
            if shut is not None:
                pod, number = shut
                yield Found(
                    Subject("Ingress", ingress.namespace, ingress.name, ingress.origin),
                    "spec",
                    f"nobody outside of the namespace may reach its backend {backend.service}: {pod.workload} is"
                    f" isolated, and no rule allows port {number} from another namespace or an address",
                    "allow the ingress controller's pods (or, where it is hostNetwork, its nodes) to that port",
                )


def _shut(world: World, ingress: Ingress, backend: IngressBackend) -> Iterator[tuple[Pod, int]]:
    """Pods behind a backend that are closed to the outside, with the port."""
    for service, port in _ports(world, ingress, backend):
        if service.selector is None:
            continue
        for pod in world.pods(ingress.namespace, service.selector):
            number = port_of(pod, port.target, port.protocol)
            isolation = world.isolation(pod.namespace, pod.labels, ingress=True)
            if number is None or pod.host_network or not isolation.policies:
                continue
            if not any(_lets_in(rule, pod, number, port.protocol) for rule in isolation.rules):
                yield pod, number


def _ports(world: World, ingress: Ingress, backend: IngressBackend) -> Iterator[tuple[Service, ServicePort]]:
    for service in world.services_in.get(ingress.namespace, ()):
        if service.name == backend.service:
            for port in service.ports:
                if backend.port in {port.number, port.name}:
                    yield service, port


def _lets_in(rule: PolicyRule, pod: Pod, number: int, protocol: str) -> bool:
    from_outside = not rule.peers or any(_outside(peer, pod.namespace) for peer in rule.peers)
    return from_outside and (not rule.ports or any(_port(port, pod, number, protocol) for port in rule.ports))


def _outside(peer: Peer, own: str) -> bool:
    return peer.block is not None or (peer.namespaces is not None and names_of(peer.namespaces) != (own,))


def _port(port: Port, pod: Pod, number: int, protocol: str) -> bool:
    if port.protocol != protocol:
        return False
    if port.port is None:
        return True
    first = port_of(pod, port.port, protocol)
    return first is not None and first <= number <= (port.end or first)


RULE = Rule(
    id="NB303",
    severity=Severity.WARNING,
    title="An Ingress whose backend nobody may reach",
    why="The Ingress is there, the pods run, and every request ends in a 502 or 504: the ingress controller is a pod"
    " (or a node) like any other, and no policy lets it in.",
    advice="Allow the controller's pods to the container port. Its own namespace counts as inside only where the"
    " Ingress is in the same one.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/ingress/",),
    check=_check,
)
