"""The two ends of a flow, numbered: classes of pods that no policy can tell apart, then pieces of the address space.

What makes the engine fast: policies speak of labels, namespaces, port names and addresses, so pods that agree on all
of these are one node, however many there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from pyroaring import BitMap

from netbaseline.core.inventory import ContainerPort, Inventory, Pod
from netbaseline.core.netpol import IPBlock, Rule, Spec
from netbaseline.core.reach.addresses import AddressSpace
from netbaseline.core.selectors import Selector

OTHER = "\0"
"""Stands for every label value that no selector names: it is no value that a label can have."""


@dataclass(frozen=True, slots=True)
class PodClass:
    """Pods of one namespace that no policy can tell apart. `pods` are positions in the inventory."""

    namespace: str
    labels: Mapping[str, str]
    """Only those that some selector asks for; a value that none asks for is `OTHER`."""
    named_ports: frozenset[ContainerPort]
    host_network: bool
    pieces: frozenset[int] | None
    """Where in the address space its addresses are; None where no address is known."""
    pods: tuple[int, ...]


NONE: frozenset[ContainerPort] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policies speak of, and so all that matters of a pod."""

    pod_labels: Mapping[str, frozenset[str]]
    """By key, the values that selectors name."""
    namespace_labels: Mapping[str, frozenset[str]]
    port_names: frozenset[str]
    blocks: tuple[IPBlock, ...]


def terms(specs: Iterable[Spec]) -> Terms:
    """All labels, port names and ranges that some policy refers to."""
    pods: set[Selector] = set()
    namespaces: set[Selector] = set()
    names: set[str] = set()
    blocks: dict[IPBlock, None] = {}
    for spec in specs:
        pods.add(spec.pods)
        for rule in rules_of(spec):
            names |= {port.port for port in rule.ports if isinstance(port.port, str)}
            for peer in rule.peers:
                if peer.block is not None:
                    blocks[peer.block] = None
                pods |= {peer.pods} - {None}  # type: ignore[arg-type]  # a set minus its None
                namespaces |= {peer.namespaces} - {None}  # type: ignore[arg-type]  # likewise
    return Terms(_labels(pods), _labels(namespaces), frozenset(names), tuple(blocks))


def rules_of(spec: Spec) -> Iterable[Rule]:
    """The rules of both directions."""
    return chain(spec.ingress or (), spec.egress or ())


def _labels(selectors: Iterable[Selector]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for chosen in selectors:
        for requirement in chosen.requirements:
            found.setdefault(requirement.key, set()).update(requirement.values)
    return {key: frozenset(values) for key, values in found.items()}


def _spoken(labels: Mapping[str, str], asked: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """What matters of labels; by whichever is fewer, the pod's or the policies'."""
    if len(labels) < len(asked):
        return {key: value if value in asked[key] else OTHER for key, value in labels.items() if key in asked}
    return {key: labels[key] if labels[key] in values else OTHER for key, values in asked.items() if key in labels}


def classes(inventory: Inventory, spoken: Terms, space: AddressSpace) -> tuple[PodClass, ...]:
    """The pods of the inventory by what matters of them; those of one namespace lie side by side."""
    found: dict[tuple[object, ...], list[int]] = {}
    first: dict[tuple[object, ...], PodClass] = {}
    for number, pod in enumerate(inventory.pods):
        labels = _spoken(pod.labels, spoken.pod_labels)
        named = frozenset(port for port in pod.ports if port.name in spoken.port_names) if spoken.port_names else NONE
        pieces = _pieces(pod, spoken, space)
        key = (pod.namespace, frozenset(labels.items()), named, pod.host_network, pieces)
        if key not in found:
            found[key] = []
            first[key] = PodClass(pod.namespace, labels, named, pod.host_network, pieces, ())
        found[key].append(number)
    together = [
        PodClass(one.namespace, one.labels, one.named_ports, one.host_network, one.pieces, tuple(found[key]))
        for key, one in first.items()
    ]
    return tuple(sorted(together, key=lambda one: one.namespace))


def _pieces(pod: Pod, spoken: Terms, space: AddressSpace) -> frozenset[int] | None:
    """None where no policy has a range to compare with, too: addresses don't matter then."""
    if not spoken.blocks or not pod.ips:
        return None
    return frozenset(space.piece_of(address) for address in pod.ips)


def machines(inventory: Inventory, space: AddressSpace) -> tuple[frozenset[int], ...]:
    """The pieces that each Node of the cluster, and so any hostNetwork pod on it, has its addresses in."""
    return tuple(
        frozenset(space.piece_of(address) for address in node.addresses) for node in inventory.nodes if node.addresses
    )


def sure_families(inventory: Inventory) -> frozenset[int]:
    """The IP families in which a pod has an address for certain, where none of it is known.

    A pod may have at most one address of each family (core/v1 PodStatus.podIPs), so a range of the other family says
    nothing of one that has only one. What all known pods have is taken to be so for all; without any, what all Nodes or
    else Services have, and IPv4 where nothing tells.
    """
    for known in (
        [pod.ips for pod in inventory.pods if pod.ips],
        [node.addresses for node in inventory.nodes if node.addresses],
        [service.cluster_ips for service in inventory.services if service.cluster_ips],
    ):
        if known:
            return frozenset.intersection(*(frozenset(6 if ":" in one else 4 for one in each) for each in known))
    return frozenset({4})


@dataclass(frozen=True, slots=True)
class Numbering:
    """Nodes below `pods` are pod classes, the others pieces of the address space."""

    pods: int
    pieces: int

    @property
    def all(self) -> BitMap:
        return BitMap(range(self.pods + self.pieces))

    @property
    def all_pods(self) -> BitMap:
        return BitMap(range(self.pods))

    @property
    def all_pieces(self) -> BitMap:
        return BitMap(range(self.pods, self.pods + self.pieces))

    def of_pieces(self, pieces: BitMap) -> BitMap:
        """Pieces of the address space as nodes."""
        return pieces.shift(self.pods)
