"""The inventory as the rules ask about it: indexed, and with a notion of what it can't know.

A folder seldom holds a whole cluster, and what isn't in the input isn't missing. So nothing is said to match no pod
where a namespace came without pods, or to match no namespace where fewer than two were written down; with `complete`
(a live cluster, or a folder that is said to hold all of one) everything is taken at its word.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from netbaseline.core.inventory import ContainerPort, Inventory, Maker, Namespace, Pod, Policy, Service
from netbaseline.core.lint.finding import Subject
from netbaseline.core.lint.sides import Side, sides_of_baseline, sides_of_policy
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import Peer, Rules
from netbaseline.core.selectors import EVERYTHING, Selector

SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease"})
FEW = 3
"""As many objects as are named where each may be the reason."""
ENOUGH_NAMESPACES = 2
"""Written down in files, these make it likely that the others are as well; one is the folder's own."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the policies of a namespace mean for some of its pods, in one direction."""

    policies: tuple[Policy, ...]
    """Those that select the pods and isolate them."""
    rules: Rules
    """All that they allow."""


class World:
    """An inventory with indexes, today's date, and whether it is all there is."""

    def __init__(self, inventory: Inventory, today: date, *, complete: bool = False) -> None:
        self.inventory = inventory
        self.today = today
        self.complete = complete
        self.trusted = SYSTEM_NAMESPACES
        """Namespaces whose pods are nobody's to isolate."""
        self._chosen_pods: dict[tuple[str, Selector], tuple[Pod, ...]] = {}
        self._chosen_namespaces: dict[Selector, tuple[Namespace, ...]] = {}

    @cached_property
    def pods_in(self) -> Mapping[str, Sequence[Pod]]:
        """Pods by namespace, those on their way out left out."""
        return _by_namespace(pod for pod in self.inventory.pods if not pod.terminating)

    @cached_property
    def policies_in(self) -> Mapping[str, Sequence[Policy]]:
        """Policies by namespace, those of NetworkBaselines among them."""
        return _by_namespace(self.inventory.policies)

    @cached_property
    def services_in(self) -> Mapping[str, Sequence[Service]]:
        """Services by namespace."""
        return _by_namespace(self.inventory.services)

    @cached_property
    def written(self) -> tuple[Policy, ...]:
        """Policies that people wrote as such, rather than NetworkBaselines."""
        return tuple(policy for policy in self.inventory.policies if policy.baseline is None)

    @cached_property
    def declared(self) -> tuple[Namespace, ...]:
        """Namespaces of the input that aren't only named by other objects."""
        return tuple(item for item in self.inventory.namespaces.values() if not item.implied)

    @cached_property
    def knows_namespaces(self) -> bool:
        """Whether a namespace that isn't in the input may be taken for one that doesn't exist."""
        return self.complete or len(self.declared) >= ENOUGH_NAMESPACES

    @cached_property
    def sides(self) -> tuple[Side, ...]:
        """Every rule of every policy and baseline of the input, with its field paths."""
        return tuple(self._sides())

    def _sides(self) -> Iterator[Side]:
        for policy in self.written:
            yield from sides_of_policy(policy)
        for baseline in self.inventory.baselines:
            yield from sides_of_baseline(baseline)

    def pods(self, namespace: str, chosen: Selector) -> tuple[Pod, ...]:
        """Pods of a namespace that a selector matches."""
        key = namespace, chosen
        if key not in self._chosen_pods:
            self._chosen_pods[key] = tuple(pod for pod in self.pods_in.get(namespace, ()) if chosen.matches(pod.labels))
        return self._chosen_pods[key]

    def namespaces(self, chosen: Selector) -> tuple[Namespace, ...]:
        """Namespaces that a selector matches."""
        if chosen not in self._chosen_namespaces:
            self._chosen_namespaces[chosen] = tuple(
                item for item in self.inventory.namespaces.values() if chosen.matches(item.labels)
            )
        return self._chosen_namespaces[chosen]

    def namespaces_of(self, peer: Peer, own: str) -> tuple[str, ...]:
        """Names of the namespaces whose pods a peer of a policy in `own` may mean; none for addresses."""
        if peer.block is not None:
            return ()
        return (own,) if peer.namespaces is None else tuple(item.name for item in self.namespaces(peer.namespaces))

    def peer_pods(self, peer: Peer, own: str) -> tuple[Pod, ...]:
        """Pods that a peer of a policy in `own` matches by its selectors."""
        chosen = EVERYTHING if peer.pods is None else peer.pods
        return tuple(pod for name in self.namespaces_of(peer, own) for pod in self.pods(name, chosen))

    def knows_pods_of(self, peer: Peer, own: str) -> bool:
        """Whether the pods of every namespace that a peer may mean are in the input."""
        names = self.namespaces_of(peer, own)
        if not names or peer.block is not None:
            return False
        if self.complete:
            return any(self.pods_in.get(name) for name in names)
        closed = peer.namespaces is None or names_of(peer.namespaces) is not None or self.knows_namespaces
        return closed and all(self.pods_in.get(name) for name in names)

    def doubt(self, namespaces: Iterable[str]) -> str | None:
        """Why more pods or other labels than those of the input may be in `namespaces`; None where nothing says so."""
        if self.complete:
            return None
        if self.inventory.kustomized:
            return "kustomize may give these objects another namespace or other labels"
        found = [maker for name in namespaces for maker in self._makers.get(name, ())]
        if not found:
            return None
        more = f" and {len(found) - FEW} more" if len(found) > FEW else ""
        return f"{', '.join(map(str, found[:FEW]))}{more} may make such pods, which aren't in the input"

    @cached_property
    def _makers(self) -> Mapping[str, Sequence[Maker]]:
        return _by_namespace(self.inventory.makers)

    def called(self, side: Side) -> tuple[Pod, ...]:
        """The pods whose ports a rule speaks of; none where they aren't all known to be in the input."""
        if side.ingress:
            return self.pods(side.namespace, side.pods)
        if not side.peers or not all(self.knows_pods_of(at.peer, side.namespace) for at in side.peers):
            return ()
        return tuple(pod for at in side.peers for pod in self.peer_pods(at.peer, side.namespace))

    def isolation(self, namespace: str, labels: Mapping[str, str], *, ingress: bool) -> Isolation:
        """What holds for a pod of these labels."""
        policies = tuple(
            policy
            for policy in self.policies_in.get(namespace, ())
            if (policy.spec.ingress if ingress else policy.spec.egress) is not None and policy.spec.pods.matches(labels)
        )
        rules = tuple(
            rule for policy in policies for rule in (policy.spec.ingress if ingress else policy.spec.egress) or ()
        )
        return Isolation(policies, rules)


_Kept = TypeVar("_Kept", Maker, Pod, Policy, Service)


def _by_namespace(items: Iterable[_Kept]) -> Mapping[str, Sequence[_Kept]]:
    """In their order; empty for a namespace that has none."""
    found: dict[str, list[_Kept]] = defaultdict(list)
    for item in items:
        found[item.namespace].append(item)
    return found


def names_of(chosen: Selector) -> tuple[str, ...] | None:
    """The namespaces that a namespaceSelector asks for by the automatic label, or None where it asks otherwise."""
    for requirement in chosen.requirements:
        if requirement.key == LABEL_NAMESPACE_NAME and requirement.operator == "In":
            return requirement.values
    return None


def subject_of_pod(pod: Pod) -> Subject:
    """The workload that a person would edit."""
    return Subject(pod.workload.kind, pod.namespace, pod.workload.name, pod.origin)


def subject_of_namespace(namespace: Namespace, beside: Iterable[Pod | Policy]) -> Subject:
    """A namespace that isn't written down stands where the first object of `beside` does, which names it."""
    origin = namespace.origin or next((item.origin for item in beside), None)
    return Subject("Namespace", None, namespace.name, origin)


def port_of(pod: Pod, target: int | str, protocol: str) -> int | None:
    """The number of a pod's port that a Service or a policy refers to by number or name; None where it has none."""
    if isinstance(target, int):
        return target
    return next((port.number for port in pod.ports if port.name == target and port.protocol == protocol), None)


def declares(pod: Pod, number: int, protocol: str) -> bool:
    """Whether a container of the pod names this port."""
    return any(_is(port, number, protocol) for port in pod.ports)


def _is(port: ContainerPort, number: int, protocol: str) -> bool:
    return port.number == number and port.protocol == protocol
