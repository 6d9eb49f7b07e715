from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from netbaseline.core.analysis.changes import compare
from netbaseline.core.inventory import Inventory, Pod, Policy, Workload
from netbaseline.core.reach.matrix import Reachability
from tests.core.reach.worlds import pod, policy, world

PODS = (pod("shop/web"), pod("shop/db"), pod("pay/api"), pod("pay/db"))
DENY = policy("shop/deny", podSelector={}, policyTypes=["Ingress"])
POLICIES = (
    DENY,
    policy("shop/own", podSelector={}, policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": {}}]}]),
    policy("shop/db", podSelector={"matchLabels": {"app": "db"}}, ingress=[{"ports": [{"port": 5432}]}]),
    policy("pay/out", podSelector={}, policyTypes=["Egress"], egress=[{"to": [{"namespaceSelector": {}}]}]),
    policy(
        "pay/net",
        podSelector={"matchLabels": {"app": "api"}},
        policyTypes=["Egress"],
        egress=[{"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": 443}]}],
    ),
)


def pairs(before: Inventory, after: Inventory) -> dict[tuple[str, str], tuple[dict[str, str], dict[str, str]]]:
    return {
        (item.source.name, item.destination.name): (item.before.allowed.describe(), item.after.allowed.describe())
        for item in compare(before, after, versions=(4,)).changes
    }


def test_a_deny_narrows_what_comes_in_and_nothing_else() -> None:
    before = world(*PODS)
    found = compare(before, world(*PODS, DENY), versions=(4,)).changes
    assert {item.destination.name for item in found} == {"shop/web[Deployment]", "shop/db[Deployment]"}
    assert all(item.narrowed and not item.widened for item in found)
    assert len(found) == 2 * 4  # from the three other workloads, and from outside


def test_nothing_changed_is_no_change() -> None:
    assert pairs(world(*PODS, *POLICIES), world(*reversed(PODS), *reversed(POLICIES))) == {}


def test_a_pod_whose_labels_change_is_judged_by_what_it_was_and_what_it_is() -> None:
    before = world(*PODS, *POLICIES[:3])
    relabelled = replace(PODS[1], labels={"app": "cache"})
    after = world(PODS[0], relabelled, *PODS[2:], *POLICIES[:3])
    gone: tuple[dict[str, str], dict[str, str]] = ({"TCP": "5432"}, {})
    sources = ("pay/api[Deployment]", "pay/db[Deployment]", "0.0.0.0-255.255.255.255")
    assert pairs(before, after) == {(source, "shop/db[Deployment]"): gone for source in sources}


def test_a_new_workload_reaches_nobody_before_it_is_there() -> None:
    found = pairs(world(*PODS[:1]), world(*PODS[:2]))
    assert found["shop/web[Deployment]", "shop/db[Deployment]"][0] == {}
    assert found["shop/web[Deployment]", "shop/db[Deployment]"][1]["TCP"] == "1-65535"


@settings(max_examples=150)
@given(st.sets(st.sampled_from(range(len(POLICIES)))), st.sets(st.sampled_from(range(len(POLICIES)))))
def test_the_changes_are_exactly_the_pairs_that_differ(old: set[int], new: set[int]) -> None:
    before = world(*PODS, *(POLICIES[number] for number in sorted(old)))
    after = world(*PODS, *(POLICIES[number] for number in sorted(new)))
    found = {
        (item.source.name, item.destination.name)
        for item in compare(before, after, versions=(4,)).changes
        if item.source.workload and item.destination.workload
    }
    one, other = Reachability(before), Reachability(after)
    wanted = {
        (str(PODS[source].workload), str(PODS[target].workload))
        for source in range(len(PODS))
        for target in range(len(PODS))
        if source != target
        and one.between(one.node_of_pod(source), one.node_of_pod(target))
        != other.between(other.node_of_pod(source), other.node_of_pod(target))
    }
    assert found == wanted


def test_what_one_pod_gains_and_another_loses_does_not_cancel_out() -> None:
    owner = Workload("shop", "db", "StatefulSet")
    pods = (pod("shop/web"), Pod("shop", "db-0", {"pod": "0"}, owner), Pod("shop", "db-1", {"pod": "1"}, owner))

    def opened(number: str) -> Policy:
        allowed = [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 80}]}]
        return policy(f"shop/db-{number}", podSelector={"matchLabels": {"pod": number}}, ingress=allowed)

    found = compare(world(*pods, DENY, opened("0")), world(*pods, DENY, opened("1")), versions=(4,)).changes
    assert [(item.destination.name, item.widened, item.narrowed) for item in found] == [
        ("shop/db[StatefulSet]", True, True)
    ]
