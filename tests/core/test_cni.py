"""What the DaemonSets of a cluster say about who enforces policies."""

import pytest

from netbaseline.core.cni import ENFORCING, NOT_ENFORCING, judge


@pytest.mark.parametrize(("daemon_set", "product"), ENFORCING.items())
def test_a_known_implementation_enforces(daemon_set: str, product: str) -> None:
    assert judge(["kube-proxy", daemon_set]).enforces is True
    assert judge([daemon_set]).by == product


@pytest.mark.parametrize(("daemon_set", "product"), NOT_ENFORCING.items())
def test_a_network_that_knows_no_policies_does_not(daemon_set: str, product: str) -> None:
    found = judge(["kube-proxy", daemon_set])
    assert (found.enforces, found.by) == (False, product)


@pytest.mark.parametrize("daemon_set", NOT_ENFORCING)
def test_one_that_enforces_is_enough_beside_one_that_does_not(daemon_set: str) -> None:
    found = judge([daemon_set, "calico-node"])
    assert (found.enforces, found.by) == (True, "Calico")


def test_nothing_is_claimed_where_nothing_is_known() -> None:
    assert judge([]).enforces is None
    assert judge(["kube-proxy", "node-exporter"]).enforces is None
