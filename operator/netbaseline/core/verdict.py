"""Whether a flow may pass, and by which policy and rule, from the text of networking.k8s.io/v1.

A pod is isolated in a direction when any policy of its namespace selects it with that direction in `policyTypes`; then
only the union of all rules of those policies passes (NetworkPolicySpec.podSelector, "Isolation" in the concept page).
A flow needs both ends: egress of the source and ingress of the destination. Replies always pass.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from netbaseline.api.fields import IPNetwork, network
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule, Rules, Spec


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A container port with a name, to which policies may refer."""

    name: str
    number: int
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A pod, or an address outside (then `namespace` is None)."""

    namespace: str | None
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    ips: tuple[str, ...] = ()
    ports: tuple[NamedPort, ...] = ()

    def labels_of_namespace(self) -> Mapping[str, str]:
        """The namespace's labels with the one that the API server always sets."""
        if self.namespace is None:
            return self.namespace_labels
        return {**self.namespace_labels, LABEL_NAMESPACE_NAME: self.namespace}


@dataclass(frozen=True, slots=True)
class Flow:
    """A new connection to a port of the destination, after any Service translation."""

    source: Endpoint
    destination: Endpoint
    port: int
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class Applied:
    """A policy as the verdict sees it: where it is, what it is called, what it says."""

    namespace: str
    name: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class Decider:
    """A rule that lets the flow pass: the policy's name and the rule's position in its list."""

    policy: str
    rule: int


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of a verdict. `isolating`: the policies that select the pod; `allowing`: the rules that match."""

    isolating: tuple[str, ...]
    allowing: tuple[Decider, ...]

    @property
    def allowed(self) -> bool:
        return not self.isolating or bool(self.allowing)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both directions of a flow; it passes when both let it."""

    egress: Side
    ingress: Side

    @property
    def allowed(self) -> bool:
        return self.egress.allowed and self.ingress.allowed


def decide(policies: Iterable[Applied], flow: Flow) -> Verdict:
    """The verdict on `flow` under `policies` of any namespaces. Linear in their number."""
    policies = tuple(policies)
    return Verdict(
        egress=_side(policies, flow.source, flow.destination, flow, ingress=False),
        ingress=_side(policies, flow.destination, flow.source, flow, ingress=True),
    )


def _side(policies: tuple[Applied, ...], pod: Endpoint, other: Endpoint, flow: Flow, *, ingress: bool) -> Side:
    isolating: list[str] = []
    allowing: list[Decider] = []
    for policy in policies:
        rules = policy.spec.ingress if ingress else policy.spec.egress
        if rules is None or policy.namespace != pod.namespace or not policy.spec.pods.matches(pod.labels):
            continue
        isolating.append(policy.name)
        allowing.extend(Decider(policy.name, index) for index in _matching(rules, policy.namespace, other, flow))
    return Side(tuple(isolating), tuple(allowing))


def _matching(rules: Rules, namespace: str, other: Endpoint, flow: Flow) -> list[int]:
    return [index for index, rule in enumerate(rules) if rule_matches(rule, namespace, other, flow)]


def rule_matches(rule: Rule, namespace: str, other: Endpoint, flow: Flow) -> bool:
    """Whether a rule of a policy in `namespace` lets `flow` from or to `other` pass."""
    return (not rule.peers or any(_peer_matches(peer, namespace, other) for peer in rule.peers)) and (
        not rule.ports or any(_port_matches(port, flow) for port in rule.ports)
    )


def _peer_matches(peer: Peer, namespace: str, other: Endpoint) -> bool:
    if peer.block is not None:
        return any(block_contains(peer.block, address) for address in other.ips)
    if other.namespace is None:
        return False
    if peer.namespaces is None:
        if other.namespace != namespace:
            return False
    elif not peer.namespaces.matches(other.labels_of_namespace()):
        return False
    return peer.pods is None or peer.pods.matches(other.labels)


def _port_matches(port: Port, flow: Flow) -> bool:
    """Numbers are those of the destination; a name is looked up there, per protocol (NetworkPolicyPort.port)."""
    if port.protocol != flow.protocol:
        return False
    if port.port is None:
        return True
    if isinstance(port.port, str):
        return any(
            named.name == port.port and named.protocol == flow.protocol and named.number == flow.port
            for named in flow.destination.ports
        )
    return port.port <= flow.port <= (port.end or port.port)


def block_contains(block: IPBlock, address: str) -> bool:
    """Whether an address is in the range and in none of its exceptions; families never mix."""
    found, within = ipaddress.ip_address(address), _network(block.cidr)
    if within is None or found not in within:
        return False
    return not any(gap is not None and found in gap for gap in map(_network, block.except_))


@lru_cache(maxsize=4096)
def _network(text: str) -> IPNetwork | None:
    return network(text)
