"""NB301."""

from collections.abc import Iterator

from netbaseline.core.inventory import Pod
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World, declares, port_of
from netbaseline.core.netpol import Port


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        pods = world.called(side)
        for index, port in enumerate(side.rule.ports if pods else ()):
            if not isinstance(port.port, int) or port.end is not None:
                continue
            found = _translated(world, pods, port.port, port)
            if found is not None:
                service, target = found
                yield Found(
                    side.subject,
                    f"{side.ports_path}[{index}]",
                    f"{port.port} is a port of Service {service}, whose pods listen on {target}: packets arrive with"
                    f" port {target}, which this doesn't allow",
                    f"use {target}, the container port",
                )


def _translated(world: World, pods: tuple[Pod, ...], number: int, port: Port) -> tuple[str, int] | None:
    """The Service and the container port that `number` leads to, where no pod has that number itself."""
    if any(declares(pod, number, port.protocol) for pod in pods):
        return None
    found: tuple[str, int] | None = None
    for pod in pods:
        for service in world.services_in.get(pod.namespace, ()):
            if service.selector is None or not service.selector.matches(pod.labels):
                continue
            for item in service.ports:
                target = port_of(pod, item.target, item.protocol) if item.protocol == port.protocol else None
                if target == number:
                    return None
                if item.number == number and target is not None:
                    found = found or (f"{service.namespace}/{service.name}", target)
    return found


RULE = Rule(
    id="NB301",
    severity=Severity.WARNING,
    title="A Service's port where the container's is meant",
    why="A Service's port is replaced by the container's before policies look at a packet. A rule with the Service's"
    " port, 80 where the container listens on 8080, allows nothing that anybody sends.",
    advice="Use the container port, that is, the Service's targetPort.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports",),
    check=_check,
)
