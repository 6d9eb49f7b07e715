from netbaseline.core.analysis.connectivity import connections, ends, families
from netbaseline.core.inventory import Inventory, Pod, Workload
from netbaseline.core.reach.matrix import Reachability
from tests.core.reach.worlds import pod, policy, world

EVERYTHING = {"TCP": "1-65535", "UDP": "1-65535", "SCTP": "1-65535"}


def listed(inventory: Inventory) -> dict[tuple[str, str], dict[str, str]]:
    reach = Reachability(inventory)
    return {
        (item.source.name, item.destination.name): item.allowance.allowed.describe()
        for item in connections(reach, ends(reach, families(inventory)))
    }


def test_workloads_talk_to_each_other_and_to_all_addresses_but_not_to_themselves() -> None:
    found = listed(world(pod("shop/web"), pod("shop/db")))
    web, db, outside = "shop/web[Deployment]", "shop/db[Deployment]", "0.0.0.0-255.255.255.255"
    pairs = {(web, db), (db, web), (web, outside), (outside, web), (db, outside), (outside, db)}
    assert found == dict.fromkeys(pairs, EVERYTHING)


def test_pods_of_one_workload_collapse() -> None:
    owner = Workload("shop", "db", "StatefulSet")
    found = listed(
        world(
            pod("shop/web"),
            Pod("shop", "db-0", {"pod": "0"}, owner),
            Pod("shop", "db-1", {"pod": "1"}, owner),
            policy("shop/deny", podSelector={}, policyTypes=["Ingress", "Egress"]),
            policy("shop/out", podSelector={}, policyTypes=["Egress"], egress=[{"to": [{"podSelector": {}}]}]),
            policy("shop/db", podSelector={"matchLabels": {"pod": "1"}}, ingress=[{"ports": [{"port": 5432}]}]),
        )
    )
    assert found[("shop/web[Deployment]", "shop/db[StatefulSet]")] == {"TCP": "5432"}
    assert ("shop/db[StatefulSet]", "shop/db[StatefulSet]") not in found


def test_addresses_that_behave_alike_are_one_range_and_policies_that_say_the_same_cut_nothing() -> None:
    def block(cidr: str) -> dict[str, object]:
        return {"ipBlock": {"cidr": cidr}}

    found = listed(
        world(
            pod("shop/web"),
            policy(
                "shop/out",
                podSelector={},
                policyTypes=["Ingress", "Egress"],
                egress=[{"to": [block("203.0.113.0/25"), block("203.0.113.128/25")], "ports": [{"port": 443}]}],
            ),
        )
    )
    assert found == {("shop/web[Deployment]", "203.0.113.0-203.0.113.255"): {"TCP": "443"}}


def test_ranges_of_ipv6_are_shown_where_the_input_speaks_of_it() -> None:
    out = [{"to": [{"ipBlock": {"cidr": "2001:db8::/32"}}]}]
    found = listed(world(pod("shop/web"), policy("shop/out", podSelector={}, policyTypes=["Egress"], egress=out)))
    targets = {destination for source, destination in found if source == "shop/web[Deployment]"}
    assert targets == {"2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"}
    assert {source for source, _ in found if "-" in source} >= {"0.0.0.0-255.255.255.255"}


def test_what_depends_stands_beside_the_ports_with_its_reason() -> None:
    inventory = world(
        pod("shop/web"),
        pod("shop/agent", host_network=True),
        policy("shop/deny", podSelector={}, policyTypes=["Ingress"]),
    )
    reach = Reachability(inventory)
    to_agent = next(
        item.describe()
        for item in connections(reach, ends(reach, (4,)))
        if item.source.name == "shop/web[Deployment]" and item.destination.name == "shop/agent[Deployment]"
    )
    assert to_agent["ports"] == {}
    assert [item["case"] for item in to_agent["depends"]] == ["host-network-target"]
    assert to_agent["depends"][0]["ports"] == EVERYTHING
