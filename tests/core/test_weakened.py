"""What counts as an opening by somebody else, and what doesn't."""

from collections.abc import Mapping

import pytest

from netbaseline.core.cni import Enforcement, judge
from netbaseline.core.compile import Denial
from netbaseline.core.live import from_manifest
from netbaseline.core.selectors import EVERYTHING, Selector, equal
from netbaseline.core.weakened import openings

WEB = equal({"app": "web"})
BOTH = Denial(EVERYTHING, ingress=True, egress=True)


def opened(spec: Mapping[str, object], denied: Denial = BOTH) -> list[tuple[str, str]]:
    """Direction and whom, for one policy of somebody else's."""
    meta = {"namespace": "shop", "name": "theirs", "uid": "u", "resourceVersion": "1"}
    found = openings(denied, [from_manifest({"metadata": meta, "spec": spec})])
    return [(item.direction, item.to) for item in found]


@pytest.mark.parametrize(
    ("peers", "whom"),
    [
        ([], "everybody"),
        ([{"namespaceSelector": {}}], "every namespace"),
        ([{"namespaceSelector": {}, "podSelector": {}}], "every namespace"),
        ([{"ipBlock": {"cidr": "0.0.0.0/0"}}], "every address"),
        ([{"ipBlock": {"cidr": "::/0"}}], "every address"),
        ([{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}], "every address"),
    ],
)
def test_a_rule_for_everybody_of_some_kind_is_an_opening(peers: list[object], whom: str) -> None:
    assert opened({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peers}]}) == [("Ingress", whom)]
    assert opened({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": peers}]}) == [("Egress", whom)]


@pytest.mark.parametrize(
    "peers",
    [
        [{"podSelector": {}}],
        [{"namespaceSelector": {"matchLabels": {"team": "a"}}}],
        [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "prometheus"}}}],
        [{"ipBlock": {"cidr": "10.0.0.0/8"}}],
    ],
)
def test_a_rule_for_somebody_is_none(peers: list[object]) -> None:
    assert opened({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peers}]}) == []


def test_a_policy_of_other_pods_or_of_a_direction_that_is_open_anyway_is_none() -> None:
    everybody = {"podSelector": {"matchLabels": {"app": "other"}}, "policyTypes": ["Ingress"], "ingress": [{}]}
    assert opened(everybody, Denial(WEB, ingress=True, egress=True)) == []
    assert opened({**everybody, "podSelector": {}}, Denial(Selector(), ingress=False, egress=True)) == []
    assert opened({**everybody, "podSelector": {}}, Denial(WEB, ingress=True, egress=False)) != []


@pytest.mark.parametrize(
    ("daemon_sets", "expected"),
    [
        ([], Enforcement()),
        (["node-exporter"], Enforcement()),
        (["kube-flannel-ds"], Enforcement(enforces=False, by="Flannel")),
        (["kube-flannel-ds", "calico-node"], Enforcement(enforces=True, by="Calico")),
        (["cilium", "kube-proxy"], Enforcement(enforces=True, by="Cilium")),
    ],
)
def test_enforcement_is_known_by_daemon_sets(daemon_sets: list[str], expected: Enforcement) -> None:
    assert judge(daemon_sets) == expected
