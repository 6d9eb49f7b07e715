"""What counts as an opening by somebody else, and what doesn't."""

from collections.abc import Mapping

import pytest

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.cni import Enforcement, judge
from netbaseline.core.compile import Denial
from netbaseline.core.coverage.share import Opened
from netbaseline.core.live import Live, from_manifest
from netbaseline.core.selectors import EVERYTHING, Selector, equal
from netbaseline.core.weakened import openings

WEB = equal({"app": "web"})
BOTH = Denial(EVERYTHING, ingress=True, egress=True)


def opened(spec: Mapping[str, object], denied: Denial = BOTH) -> list[tuple[str, str]]:
    """Direction and whom, for one policy of somebody else's."""
    return [(item.direction, item.to) for item in openings(denied, [theirs(spec)])]


def theirs(spec: Mapping[str, object]) -> Live:
    meta = {"namespace": "shop", "name": "theirs", "uid": "u", "resourceVersion": "1"}
    return from_manifest({"metadata": meta, "spec": spec})


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


def test_it_says_which_pods_are_opened_to_whom_and_on_which_ports() -> None:
    rules = [{"ports": [{"port": 80}]}, {"ports": [{"port": 443}, {"port": 53, "protocol": "UDP"}]}]
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": rules}
    [found] = openings(BOTH, [theirs(spec)])
    told = "NetworkPolicy theirs opens pods app=web of this baseline from everybody on TCP 443, UDP 53, TCP 80"
    assert str(found) == told


def test_what_pods_are_seen_to_be_opened_by_counts_once_and_only_where_the_policy_is_foreign() -> None:
    halves = [{"from": [{"ipBlock": {"cidr": cidr}} for cidr in ("0.0.0.0/1", "128.0.0.0/1")]}]
    foreign = [theirs({"podSelector": {}, "ingress": halves})]
    seen = [Opened(name, Direction.INGRESS, "the IPv4 internet") for name in ("theirs", "nbl.default.rule.open")]
    assert openings(BOTH, foreign) == ()
    assert [(item.policy, item.to) for item in openings(BOTH, foreign, seen)] == [("theirs", "the IPv4 internet")]
    plain = [theirs({"podSelector": {}, "ingress": [{}]})]
    assert [item.to for item in openings(BOTH, plain, seen)] == ["everybody"]


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
