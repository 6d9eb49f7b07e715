"""All namespaces together: order, totals, percentages, and what is local to one."""

from dataclasses import replace

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.coverage.states import NamespaceState, State
from netbaseline.core.coverage.survey import coverage_of, judged, survey
from netbaseline.core.inventory import Inventory, Policy
from netbaseline.core.names import ROLE_DENY, policy_name
from tests.core.reach.worlds import pod, policy, world


def closed(name: str, *directions: str) -> Policy:
    return policy(f"{name}/deny", podSelector={}, policyTypes=list(directions))


GIVEN = world(
    pod("closed/web"),
    closed("closed", "Ingress", "Egress"),
    pod("half/web"),
    pod("half/db"),
    closed("half", "Ingress"),
    pod("open/web"),
    closed("empty", "Ingress", "Egress"),
)


def test_the_worst_namespace_comes_first_and_one_without_pods_where_its_first_pod_would_put_it() -> None:
    found = survey(judged(GIVEN))
    assert [one.namespace for one in found.namespaces] == ["open", "half", "closed", "empty"]
    assert [coverage_of(one) for one in found.namespaces] == [0.0, 50.0, 100.0, None]
    assert found.states == {NamespaceState.OPEN: 1, NamespaceState.PARTIAL: 1, NamespaceState.PROTECTED: 2}


def test_totals_add_up_and_a_pod_counts_once_a_direction() -> None:
    found = survey(judged(GIVEN))
    assert found.pods == 4
    assert found.counts(Direction.INGRESS) == {State.OPEN: 1, State.ISOLATED: 3}
    assert found.counts(Direction.EGRESS) == {State.OPEN: 3, State.ISOLATED: 1}
    assert found.percentage() == 50.0


def test_nothing_at_all_has_no_percentage() -> None:
    assert survey(judged(Inventory())).percentage() is None


def test_the_deny_policy_of_a_baseline_makes_its_pods_conformant_and_the_same_name_alone_does_not() -> None:
    ours = replace(policy("shop/x", podSelector={}, policyTypes=["Ingress"]), name=policy_name("default", ROLE_DENY))
    by_hand = survey(judged(world(pod("shop/web"), ours)))
    assert by_hand.counts(Direction.INGRESS) == {State.ISOLATED: 1}
    compiled = survey(judged(world(pod("shop/web"), replace(ours, baseline="default"))))
    assert compiled.counts(Direction.INGRESS) == {State.CONFORMANT: 1}
    assert compiled.counts(Direction.EGRESS) == {State.OPEN: 1}


def test_what_happens_in_other_namespaces_changes_nothing() -> None:
    alone = Inventory(
        {"half": GIVEN.namespaces["half"]},
        tuple(item for item in GIVEN.pods if item.namespace == "half"),
        tuple(item for item in GIVEN.policies if item.namespace == "half"),
    )
    [found] = judged(alone)
    assert found in list(judged(GIVEN))
