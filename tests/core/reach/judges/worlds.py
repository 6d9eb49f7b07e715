"""Random small clusters in which everything that a policy can say is likely to matter.

Few labels, few ports and few addresses, so that rules collide: a world where nothing matches shows nothing. What the
API leaves to the network plugin is left out, but for ranges over pods' addresses, on which each judge has its opinion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from typing import Any, NamedTuple

from hypothesis import strategies as st

from netbaseline.core.inventory import ContainerPort, Inventory, Pod, Policy, Workload, namespace
from netbaseline.core.netpol import spec_from_manifest
from netbaseline.core.verdict import Applied, Endpoint, NamedPort

Json = dict[str, Any]

NAMESPACES = ("shop", "till", "ops")
POD_LABELS = {"app": ("web", "db", ""), "tier": ("front", "back")}
NAMESPACE_LABELS = {"team": ("a", "b"), "env": ("prod",)}
NAME_LABEL = "kubernetes.io/metadata.name"
OUTSIDE = ("192.0.2.7", "192.0.2.200", "198.51.100.1", "2001:db8:ffff::7", "2001:db8:ffff:8000::1", "3fff::1")
BLOCKS: tuple[Json, ...] = (
    {"cidr": "192.0.2.0/24"},
    {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]},
    {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/25", "192.0.2.192/26"]},
    {"cidr": "0.0.0.0/0"},
    {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "198.51.100.0/24"]},
    {"cidr": "10.0.0.0/30"},
    {"cidr": "10.0.0.0/16", "except": ["10.0.0.2/32"]},
    {"cidr": "2001:db8:ffff::/48"},
    {"cidr": "2001:db8:ffff::/48", "except": ["2001:db8:ffff:8000::/49"]},
    {"cidr": "::/0", "except": ["2001:db8::/32"]},
    {"cidr": "::/0"},
)


class Probe(NamedTuple):
    """A destination port to try."""

    number: int
    protocol: str


PROBES = (
    Probe(80, "TCP"),
    Probe(81, "TCP"),
    Probe(8080, "TCP"),
    Probe(80, "UDP"),
    Probe(53, "UDP"),
    Probe(80, "SCTP"),
    Probe(9999, "SCTP"),
)
PORT_NAMES = {"http": (Probe(80, "TCP"), Probe(8080, "TCP")), "dns": (Probe(53, "UDP"), Probe(80, "UDP"))}


@dataclass(frozen=True)
class World:
    """Namespaces with their labels, pods, and the policies as manifests."""

    namespaces: dict[str, dict[str, str]]
    pods: tuple[Pod, ...]
    policies: tuple[Json, ...]

    def inventory(self) -> Inventory:
        """As the engine takes it."""
        return Inventory(
            namespaces={name: namespace(name, labels) for name, labels in self.namespaces.items()},
            pods=self.pods,
            policies=tuple(
                Policy(one["metadata"]["namespace"], one["metadata"]["name"], spec_from_manifest(one["spec"]))
                for one in self.policies
            ),
        )

    def applied(self, policies: Sequence[Json] | None = None) -> tuple[Applied, ...]:
        """As the evaluator takes it; `policies` in place of the world's own."""
        return tuple(
            Applied(one["metadata"]["namespace"], one["metadata"]["name"], spec_from_manifest(one["spec"]))
            for one in (self.policies if policies is None else policies)
        )

    def ends(self) -> list[Endpoint]:
        """The pods, and then the addresses outside, as the evaluator takes them."""
        pods = [
            Endpoint(
                pod.namespace,
                pod.labels,
                self.namespaces[pod.namespace],
                pod.ips,
                tuple(NamedPort(port.name, port.number, port.protocol) for port in pod.ports if port.name),
            )
            for pod in self.pods
        ]
        return [*pods, *(Endpoint(None, ips=(address,)) for address in OUTSIDE)]

    def pairs(self) -> list[tuple[int, int]]:
        """Every source and destination, by position in `ends`: two pods, or a pod and an address."""
        count, pods = len(self.pods) + len(OUTSIDE), len(self.pods)
        return [
            (source, destination)
            for source, destination in product(range(count), repeat=2)
            if source != destination and (source < pods or destination < pods)
        ]


@lru_cache(maxsize=None, typed=True)
def _one_of(*choices: Any) -> st.SearchStrategy[Any]:
    """Made once for each choice: making strategies takes longer than drawing from them."""
    return st.sampled_from(choices)


def _labels(draw: st.DrawFn, choices: dict[str, tuple[str, ...]]) -> dict[str, str]:
    drawn = {key: draw(_one_of(None, *values)) for key, values in choices.items()}
    return {key: value for key, value in drawn.items() if value is not None}


def _some_of(values: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [*combinations(values, 1), *combinations(values, 2)]


@st.composite
def _selector(draw: st.DrawFn, choices: dict[str, tuple[str, ...]]) -> Json:
    """A LabelSelector: empty now and then, most often one condition, of any operator."""
    found: Json = {}
    for _ in range(draw(_one_of(0, 1, 1, 1, 2))):
        key = draw(_one_of(*choices))
        how = draw(_one_of("labels", "labels", "In", "NotIn", "Exists", "DoesNotExist"))
        if how == "labels":
            found.setdefault("matchLabels", {})[key] = draw(_one_of(*choices[key]))
            continue
        expression: Json = {"key": key, "operator": how}
        if how in {"In", "NotIn"}:
            expression["values"] = list(draw(_one_of(*_some_of(choices[key]))))
        found.setdefault("matchExpressions", []).append(expression)
    return found


_pod_selector = _selector(POD_LABELS)
_namespace_selector = _selector({**NAMESPACE_LABELS, NAME_LABEL: NAMESPACES})


_blocks = st.sampled_from(BLOCKS)


@st.composite
def _peer(draw: st.DrawFn) -> Json:
    kind = draw(_one_of("pods", "namespaces", "both", "block", "block"))
    if kind == "block":
        return {"ipBlock": draw(_blocks)}
    found: Json = {}
    if kind != "pods":
        found["namespaceSelector"] = draw(_namespace_selector)
    if kind != "namespaces":
        found["podSelector"] = draw(_pod_selector)
    return found


_peers = _peer()


@st.composite
def _port(draw: st.DrawFn) -> Json:
    kind = draw(_one_of("number", "range", "name", "name", "protocol", "default"))
    if kind == "default":
        return {"port": draw(_one_of(80, 81))}
    protocol = draw(_one_of("TCP", "UDP", "SCTP"))
    if kind == "protocol":
        return {"protocol": protocol}
    if kind == "range":
        return {"protocol": protocol, "port": draw(_one_of(50, 81)), "endPort": draw(_one_of(81, 8080, 65535))}
    if kind == "number":
        return {"protocol": protocol, "port": draw(_one_of(80, 81, 53, 8080))}
    name = draw(_one_of(*PORT_NAMES))
    return {"port": name, "protocol": draw(_one_of(PORT_NAMES[name][0].protocol, "TCP"))}


_ports = _port()


@st.composite
def _rule(draw: st.DrawFn, peers: str) -> Json:
    found: Json = {}
    wanted = draw(_one_of(0, 1, 1, 1, 2, 3))
    if wanted:
        found[peers] = [draw(_peers) for _ in range(wanted)]
    wanted = draw(_one_of(0, 0, 1, 1, 2))
    if wanted:
        found["ports"] = [draw(_ports) for _ in range(wanted)]
    return found


_rules = {peers: _rule(peers) for peers in ("from", "to")}


@st.composite
def _policy(draw: st.DrawFn, number: int) -> Json:
    """As somebody might write it: what the API server would default may be left out."""
    spec: Json = {}
    if draw(_one_of(True, True, True, False)):
        spec["podSelector"] = draw(_pod_selector)
    types = draw(_one_of(None, "Ingress", "Egress", "Ingress Egress", "Ingress Egress"))
    if types is not None:
        spec["policyTypes"] = types.split()
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        rules = draw(_one_of(None, 0, 1, 1, 1, 2))
        if rules is not None:
            spec[direction] = [draw(_rules[peers]) for _ in range(rules)]
    metadata = {"name": f"policy-{number}", "namespace": draw(_one_of("shop", "shop", "till"))}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


@st.composite
def _pod(draw: st.DrawFn, number: int, dual_stack: bool) -> Pod:
    where = draw(_one_of("shop", "shop", "till", "ops"))
    ports = tuple(
        ContainerPort(meant.number, meant.protocol, name)
        for name, meanings in PORT_NAMES.items()
        if (meant := draw(_one_of(*meanings, None))) is not None
    )
    four, six = f"10.0.0.{number}", f"2001:db8:1::{number}"
    return Pod(
        namespace=where,
        name=f"pod-{number}",
        labels=_labels(draw, POD_LABELS),
        workload=Workload(where, f"pod-{number}", "Pod"),
        ips=draw(_one_of((four,), (four, six), (six, four)) if dual_stack else _one_of((four,), (four,), (six,))),
        ports=ports,
    )


_numbered_pods = {dual_stack: [_pod(number, dual_stack) for number in range(6)] for dual_stack in (False, True)}
_numbered_policies = [_policy(number) for number in range(4)]
policies = _policy(9)
"""One policy more, whose name is none of a world."""


@st.composite
def worlds(draw: st.DrawFn, dual_stack: bool = False) -> World:
    """Three to five pods in up to three namespaces, and one to four policies in two of them.

    A pod has one address, of either family, or with `dual_stack` now and then one of each.
    """
    return World(
        namespaces={name: {**_labels(draw, NAMESPACE_LABELS), NAME_LABEL: name} for name in NAMESPACES},
        pods=tuple(draw(_numbered_pods[dual_stack][number]) for number in range(1, draw(_one_of(3, 4, 5)) + 1)),
        policies=tuple(draw(_numbered_policies[number]) for number in range(draw(_one_of(1, 2, 3, 3, 4)))),
    )
