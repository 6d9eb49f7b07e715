"""Small worlds for properties: few labels, few ports, so that things collide often."""

from itertools import product

from hypothesis import strategies as st

from netbaseline.core.names import policy_name
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule, Spec
from netbaseline.core.normalize import normalized
from netbaseline.core.selectors import Requirement, Selector, selector
from netbaseline.core.verdict import Endpoint, Flow, NamedPort

KEYS = ("app", "tier")
VALUES = ("a", "b")
NAMESPACE = "shop"

requirements = st.one_of(
    st.builds(
        Requirement,
        st.sampled_from(KEYS),
        st.sampled_from(("In", "NotIn")),
        st.sampled_from((("a",), ("b",), ("a", "b"))),
    ),
    st.builds(Requirement, st.sampled_from(KEYS), st.sampled_from(("Exists", "DoesNotExist"))),
)
label_selectors: st.SearchStrategy[Selector] = st.lists(requirements, max_size=2).map(selector)
blocks = st.sampled_from(
    (
        IPBlock("192.0.2.0/24"),
        IPBlock("192.0.2.0/25"),
        IPBlock("192.0.2.0/24", ("192.0.2.128/25",)),
        IPBlock("0.0.0.0/0"),
    )
)
peers = st.one_of(
    st.builds(Peer, pods=label_selectors),
    st.builds(Peer, pods=st.none() | label_selectors, namespaces=label_selectors),
)
external_peers = st.builds(Peer, block=blocks)
ports = st.one_of(
    st.builds(Port, st.just("TCP"), st.sampled_from((80, 81))),
    st.just(Port("TCP", 80, 81)),
    st.just(Port("UDP")),
)
rules = st.builds(Rule, st.lists(peers | external_peers, max_size=2).map(tuple), st.lists(ports, max_size=2).map(tuple))
parts = st.none() | st.lists(rules, max_size=2).map(tuple)
specs = (
    st.builds(Spec, label_selectors, parts, parts)
    .map(normalized)
    .filter(lambda spec: spec.ingress is not None or spec.egress is not None)
)
"""Normalized, as the compiler writes policies and as live ones are read; `core.sequence` counts on it."""
POLICY_NAMES = tuple(
    policy_name(baseline, role) for baseline, role in product(("one", "two"), ("deny", "dns", "rule.x"))
)


def states(minimum: int = 0) -> st.SearchStrategy[dict[str, Spec]]:
    """Up to four policies of two baselines."""
    return st.dictionaries(st.sampled_from(POLICY_NAMES), specs, min_size=minimum, max_size=4)


def _labels() -> list[dict[str, str]]:
    choices = [(None, *VALUES) for _ in KEYS]
    return [{key: value for key, value in zip(KEYS, chosen, strict=True) if value} for chosen in product(*choices)]


# The addresses of pods lie outside of every block: whether an ipBlock may match a pod is the CNI's to say.
PODS = [
    Endpoint(NAMESPACE, labels, {}, (f"10.0.0.{number}",), (NamedPort("http", 80),))
    for number, labels in enumerate(_labels())
]
STRANGERS = [
    Endpoint("other", labels, {"tier": "a"}, (f"10.0.1.{number}",)) for number, labels in enumerate(_labels()[::3])
]
OUTSIDE = [Endpoint(None, ips=(address,)) for address in ("192.0.2.1", "192.0.2.200", "198.51.100.1")]
SERVED = ((80, "TCP"), (81, "TCP"))


def every_flow() -> list[Flow]:
    """Every flow that has at least one end in the namespace."""
    others = [*STRANGERS, *OUTSIDE]
    pairs = [*product(PODS, PODS), *product(PODS, others), *product(others, PODS)]
    return [Flow(source, destination, port, protocol) for source, destination in pairs for port, protocol in SERVED]
