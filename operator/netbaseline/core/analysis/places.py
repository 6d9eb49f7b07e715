"""From what people type to the ends of a flow: `namespace/name` of a pod, workload or Service, or an address."""

import difflib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from netbaseline.core.analysis.explain import Place
from netbaseline.core.inventory import Inventory, Pod, Service, ServicePort
from netbaseline.core.reach.ports import FIRST, LAST, PROTOCOLS


class Unknown(Exception):
    """What was typed names nothing, or several things; the message says what is there."""


@dataclass(frozen=True, slots=True)
class Named:
    """One end as it was typed. `pods`: those that it may mean, by position; `service` where it was one."""

    text: str
    pods: tuple[int, ...] = ()
    address: str | None = None
    service: Service | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that it may mean."""
        if self.address is not None and not self.pods:
            return (Place(address=self.address),)
        return tuple(Place(pod=pod) for pod in self.pods)


MAX_DIGITS = 5
"""Of a port's number; Python reads none of thousands of digits."""
KINDS = {
    "cj": "CronJob", "deploy": "Deployment", "ds": "DaemonSet", "po": "Pod", "rc": "ReplicationController",
    "rs": "ReplicaSet", "sts": "StatefulSet", "svc": "Service",
}  # fmt: skip
"""The short names that kubectl knows."""


def find(inventory: Inventory, text: str) -> Named:
    """What `text` names: an address, `namespace/name`, `namespace/kind/name`, or `namespace/name[Kind]`.

    A pod's name goes before a workload's, and a workload's before a Service's. An address of a pod means the pod, and
    one of a Service the Service. Raises Unknown.
    """
    address = _address(text)
    if address is not None:
        return _by_address(inventory, text, address)
    if _is_range(text):
        raise Unknown(f"{text}: is a range, and a flow has one address at each end; give one of them")
    bracketed = re.fullmatch(r"([^/\[\]]+)/([^/\[\]]+)\[([^/\[\]]+)\]", text)
    parts = [bracketed[1], bracketed[3], bracketed[2]] if bracketed else text.split("/")
    if len(parts) not in {2, 3} or not all(parts):
        raise Unknown(f"{text}: expected namespace/name, namespace/kind/name, or an address")
    namespace, name = parts[0], parts[-1]
    kind = KINDS.get(parts[1].lower(), parts[1]).lower() if len(parts) == 3 else None
    found = _pods(inventory, namespace, name, kind)
    if found:
        return Named(text, found)
    service = next((one for one in inventory.services if (one.namespace, one.name) == (namespace, name)), None)
    if service is not None and kind in {None, "service"}:
        return _of_service(inventory, text, service)
    raise Unknown(f"{text}: {_what_there_is(inventory, namespace, name)}")


def _address(text: str) -> str | None:
    """As packets have it: `::ffff:192.0.2.1` is how programs write the IPv4 address to a socket for both families."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _is_range(text: str) -> bool:
    address, _, length = text.partition("/")
    return _address(address) is not None and length.isdecimal()


def _by_address(inventory: Inventory, text: str, address: str) -> Named:
    def same(candidates: Iterable[str]) -> bool:
        return any(_address(candidate) == address for candidate in candidates)

    pods = tuple(number for number, pod in enumerate(inventory.pods) if same(pod.ips) and not pod.host_network)
    if pods:
        return Named(text, pods, address)
    service = next((one for one in inventory.services if same(one.cluster_ips)), None)
    return Named(text, address=address) if service is None else _of_service(inventory, text, service, address)


def _pods(inventory: Inventory, namespace: str, name: str, kind: str | None) -> tuple[int, ...]:
    here = [(number, pod) for number, pod in enumerate(inventory.pods) if pod.namespace == namespace]
    exact = [number for number, pod in here if pod.name == name and not pod.template and kind in {None, "pod"}]
    if exact:
        return tuple(exact)
    owned = [(number, pod) for number, pod in here if pod.workload.name == name and _is(pod, kind)]
    kinds = sorted({pod.workload.kind for _, pod in owned})
    if len(kinds) > 1:
        listed = " or ".join(f"{namespace}/{one.lower()}/{name}" for one in kinds)
        raise Unknown(f"{namespace}/{name}: there are several: say {listed}")
    return tuple(number for number, _ in owned)


def _is(pod: Pod, kind: str | None) -> bool:
    return kind is None or pod.workload.kind.lower() == kind


def _of_service(inventory: Inventory, text: str, service: Service, address: str | None = None) -> Named:
    chosen = service.selector
    pods = tuple(
        number
        for number, pod in enumerate(inventory.pods)
        if chosen is not None and pod.namespace == service.namespace and chosen.matches(pod.labels)
    )
    if not pods:
        raise Unknown(f"{text}: Service {service.namespace}/{service.name} has no pod of the input behind it")
    return Named(text, pods, address, service)


def _what_there_is(inventory: Inventory, namespace: str, name: str) -> str:
    names = {pod.workload.name for pod in inventory.pods if pod.namespace == namespace}
    names |= {pod.name for pod in inventory.pods if pod.namespace == namespace and not pod.template}
    if not names:
        near = difflib.get_close_matches(namespace, sorted({pod.namespace for pod in inventory.pods}), 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        return f"there is no pod or workload in namespace {namespace}{hint}"
    near = difflib.get_close_matches(name, sorted(names), 3) or sorted(names)[:5]
    return f"no such pod, workload or Service in namespace {namespace}; there is {', '.join(near)}"


def port_of(text: str) -> tuple[int | str, str]:
    """`8080/TCP`, `8080` (TCP) or `http/TCP`: number or name, and protocol. Raises Unknown."""
    number, _, protocol = text.partition("/")
    protocol = protocol.upper() or "TCP"
    if protocol not in PROTOCOLS:
        raise Unknown(f"{text}: the protocol must be one of {', '.join(PROTOCOLS)}")
    if number.isascii() and number.isdecimal():
        if len(number) > MAX_DIGITS or not FIRST <= int(number) <= LAST:
            raise Unknown(f"{text}: a port is a number from {FIRST} to {LAST}")
        return int(number), protocol
    if not number:
        raise Unknown(f"{text}: expected a port such as 8080, 8080/UDP or http")
    return number, protocol


def container_port(inventory: Inventory, to: Named, place: Place, port: int | str, protocol: str) -> int:
    """The number that packets to `place` carry: policies see container ports, after a Service is resolved.

    Of a Service, `port` is one of its ports. Raises Unknown.
    """
    pod = None if place.pod is None else inventory.pods[place.pod]
    wanted: int | str = port
    if to.service is not None:
        wanted = _service_port(to.service, port, protocol).target
    if isinstance(wanted, int):
        return wanted
    if pod is None:
        raise Unknown(f"{wanted}: an address outside has no named ports; give a number")
    numbers = [one.number for one in pod.ports if (one.name, one.protocol) == (wanted, protocol)]
    if not numbers:
        there = ", ".join(sorted(f"{one.name}/{one.protocol}" for one in pod.ports if one.name)) or "none"
        raise Unknown(f"{wanted}/{protocol}: {pod.workload} has no container port of that name; named ports: {there}")
    return numbers[0]


def _service_port(service: Service, port: int | str, protocol: str) -> ServicePort:
    for one in service.ports:
        if one.protocol == protocol and port in {one.number, one.name}:
            return one
    there = ", ".join(f"{one.number}/{one.protocol}" for one in service.ports) or "none"
    raise Unknown(f"{port}/{protocol}: Service {service.namespace}/{service.name} has no such port; it has {there}")
