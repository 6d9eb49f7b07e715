"""NetworkBaseline specs as a user writes them, over the small world of `strategies`, and reading them."""

from typing import Any

from hypothesis import strategies as st

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.core.platform import Platform, ServerAddress
from tests.core.strategies import KEYS, NAMESPACE, VALUES

Json = dict[str, Any]

SERVERS = (ServerAddress("192.0.2.1", 80), ServerAddress("198.51.100.1", 81))
PLATFORM = Platform(SERVERS)

_keys, _values = st.sampled_from(KEYS), st.sampled_from(VALUES)
_expressions = st.one_of(
    st.fixed_dictionaries(
        {
            "key": _keys,
            "operator": st.sampled_from(("In", "NotIn")),
            "values": st.lists(_values, min_size=1, max_size=2, unique=True),
        }
    ),
    st.fixed_dictionaries({"key": _keys, "operator": st.sampled_from(("Exists", "DoesNotExist"))}),
)
selectors: st.SearchStrategy[Json] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"matchLabels": st.dictionaries(_keys, _values, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"matchExpressions": st.lists(_expressions, min_size=1, max_size=2)}),
)
pod_peers = st.one_of(
    st.fixed_dictionaries({"podSelector": selectors}),
    st.fixed_dictionaries(
        {"namespace": st.sampled_from((NAMESPACE, "other", "kube-system"))}, optional={"podSelector": selectors}
    ),
    st.fixed_dictionaries({"namespaceSelector": selectors}, optional={"podSelector": selectors}),
)
blocks = st.sampled_from(
    (
        {"cidr": "192.0.2.0/24"},
        {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]},
        {"cidr": "0.0.0.0/0"},
        {"cidr": "169.254.20.10/32"},
        {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]},
    )
)
peers = st.lists(pod_peers | blocks, min_size=1, max_size=2)
ports = st.lists(
    st.sampled_from(
        (
            {"port": 80},
            {"port": 81, "protocol": "UDP"},
            {"port": 80, "endPort": 81},
            {"port": "http"},
            {"port": 53, "protocol": "UDP"},
            {"protocol": "UDP"},
        )
    ),
    min_size=1,
    max_size=2,
)
_doors = st.fixed_dictionaries({"from": peers, "ports": ports}, optional={"pods": selectors})


def _rules(side: str, prefix: str) -> st.SearchStrategy[list[Json]]:
    rule = st.fixed_dictionaries({side: peers}, optional={"pods": selectors, "ports": ports})
    return st.lists(rule, max_size=2).map(
        lambda found: [{"name": f"{prefix}-{number}", **rule} for number, rule in enumerate(found)]
    )


allows = st.fixed_dictionaries(
    {},
    optional={
        "dns": st.one_of(
            st.just({}),
            st.just({"enabled": False}),
            st.fixed_dictionaries({"to": peers}, optional={"ports": ports}),
            st.fixed_dictionaries({"ports": ports}),
        ),
        "sameNamespace": st.just({}),
        "ingressController": _doors,
        "monitoring": _doors,
        "kubeAPIServer": st.fixed_dictionaries({}, optional={"pods": selectors}),
        "ingress": _rules("from", "in"),
        "egress": _rules("to", "out"),
    },
)
specs = st.fixed_dictionaries(
    {},
    optional={
        "podSelector": selectors,
        "defaultDeny": st.sampled_from((["Ingress"], ["Egress"], ["Ingress", "Egress"])),
        "allow": allows,
    },
)


def baseline(spec: Json, name: str = "default", **metadata: Any) -> NetworkBaseline:
    """A NetworkBaseline of the small world's namespace."""
    meta = {"name": name, "namespace": NAMESPACE, **metadata}
    return NetworkBaseline.parse({"apiVersion": API_VERSION, "kind": KIND, "metadata": meta, "spec": spec})
