"""NB302."""

import difflib
from collections.abc import Iterator

from netbaseline.core.inventory import Pod
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World, port_of
from netbaseline.core.netpol import Port


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        pods = world.called(side)
        for index, port in enumerate(side.rule.ports if pods else ()):
            if isinstance(port.port, str) and all(port_of(pod, port.port, port.protocol) is None for pod in pods):
                yield Found(
                    side.subject,
                    f"{side.ports_path}[{index}]",
                    f"no container of {pods[0].workload}{' and others' if len(pods) > 1 else ''} has a port named"
                    f" {port.port} over {port.protocol}, so this allows nothing",
                    _hint(world, pods, port.port, port),
                )


def _hint(world: World, pods: tuple[Pod, ...], name: str, port: Port) -> str:
    for pod in pods:
        for service in world.services_in.get(pod.namespace, ()):
            if service.selector is None or not service.selector.matches(pod.labels):
                continue
            for item in service.ports:
                if item.name == name and item.protocol == port.protocol:
                    told = f"{name} is the name of a port of Service {service.namespace}/{service.name}"
                    return f"{told}; use its targetPort, {item.target}"
    names = sorted({item.name for pod in pods for item in pod.ports if item.name})
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"use one of {', '.join(names)}, or a number" if names else "use a number, or name the container's port"


RULE = Rule(
    id="NB302",
    severity=Severity.WARNING,
    title="A port name that no container has",
    why="A named port is looked up among the container ports of the pod that is called, by protocol. A name that only"
    " the Service has, or nobody, matches nothing, without a word.",
    advice="Name the port in the pod template, or use its number.",
    sources=(
        "https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec",
    ),
    check=_check,
)
