"""The matrix on small worlds; thousands of random ones are judged beside other judges in tests/core/reach/judges."""

import pytest

from netbaseline.core.inventory import Pod
from netbaseline.core.reach.cases import Case, Semantics
from netbaseline.core.reach.matrix import Reachability
from tests.core.reach.worlds import allowed, pod, policy, world

EVERYTHING = {"TCP": "1-65535", "UDP": "1-65535", "SCTP": "1-65535"}


def test_without_policies_everybody_reaches_everybody() -> None:
    reach = Reachability(world(pod("shop/web"), pod("shop/db")))
    assert allowed(reach, 0, 1) == EVERYTHING
    assert len(reach.classes) == 1


def test_a_selected_pod_lets_in_only_what_some_rule_allows() -> None:
    reach = Reachability(
        world(
            pod("shop/web"),
            pod("shop/db"),
            pod("shop/job"),
            policy(
                "shop/db",
                podSelector={"matchLabels": {"app": "db"}},
                ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 5432}]}],
            ),
        )
    )
    assert allowed(reach, 0, 1) == {"TCP": "5432"}
    assert allowed(reach, 2, 1) == {}
    assert allowed(reach, 1, 0) == EVERYTHING


def test_rules_and_policies_add_up_and_ranges_merge() -> None:
    every = {"podSelector": {}, "policyTypes": ["Ingress"]}
    reach = Reachability(
        world(
            pod("shop/web"),
            pod("shop/db"),
            policy("shop/one", **every, ingress=[{"ports": [{"port": 80, "endPort": 90}]}]),
            policy("shop/two", **every, ingress=[{"ports": [{"port": 91}, {"port": 53, "protocol": "UDP"}]}]),
        )
    )
    assert allowed(reach, 0, 1) == {"TCP": "80-91", "UDP": "53"}


def test_a_named_port_is_the_destinations_own_number_per_protocol() -> None:
    reach = Reachability(
        world(
            pod("shop/web"),
            pod("shop/old", ports=[("http", 8080, "TCP")]),
            pod("shop/new", ports=[("http", 8081, "TCP"), ("http", 8082, "UDP")]),
            policy("shop/out", podSelector={}, policyTypes=["Egress"], egress=[{"ports": [{"port": "http"}]}]),
        )
    )
    assert allowed(reach, 0, 1) == {"TCP": "8080"}
    assert allowed(reach, 0, 2) == {"TCP": "8081"}
    assert allowed(reach, 1, 0) == {}


def test_an_address_is_allowed_unless_it_is_in_an_exception() -> None:
    reach = Reachability(
        world(
            pod("shop/web"),
            policy(
                "shop/out",
                podSelector={},
                policyTypes=["Egress"],
                egress=[{"to": [{"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.128/25"]}}]}],
            ),
        )
    )
    web = reach.node_of_pod(0)
    assert reach.between(web, reach.node_of_address("203.0.113.5")).allowed.describe() == EVERYTHING
    assert not reach.between(web, reach.node_of_address("203.0.113.200"))
    assert not reach.between(web, reach.node_of_address("2001:db8::1"))


def test_a_block_over_a_pods_address_depends_until_the_plugin_is_known() -> None:
    given = world(
        pod("shop/web", ips=("10.1.0.1",)),
        pod("shop/db", ips=("10.1.0.2",)),
        policy(
            "shop/out", podSelector={}, policyTypes=["Egress"], egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]
        ),
    )
    reach = Reachability(given)
    unknown = reach.between(reach.node_of_pod(0), reach.node_of_pod(1))
    assert not unknown.allowed
    assert unknown.cases(80, "TCP") == (Case.BLOCK_ON_POD,)
    matching = Reachability(given, Semantics({Case.BLOCK_ON_POD: True}))
    assert allowed(matching, 0, 1) == EVERYTHING
    apart = Reachability(given, Semantics({Case.BLOCK_ON_POD: False}))
    assert not apart.between(apart.node_of_pod(0), apart.node_of_pod(1))


def test_a_pod_whose_address_is_not_known_may_be_in_a_private_range_but_in_no_public_one() -> None:
    def to(cidr: str) -> Reachability:
        block = [{"to": [{"ipBlock": {"cidr": cidr}}]}]
        return Reachability(
            world(
                pod("shop/web"),
                pod("shop/db"),
                policy("shop/out", podSelector={}, policyTypes=["Egress"], egress=block),
            )
        )

    assert to("10.1.0.0/16").between(0, 0).cases(80, "TCP") == (Case.ADDRESS_UNKNOWN,)
    assert not to("203.0.113.0/24").between(0, 0)


def test_a_host_network_pod_depends_as_target_and_as_peer() -> None:
    given = world(
        pod("shop/web"),
        pod("shop/agent", host_network=True),
        policy("shop/deny", podSelector={"matchLabels": {"app": "agent"}}, policyTypes=["Ingress"]),
        policy(
            "shop/web",
            podSelector={"matchLabels": {"app": "web"}},
            ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "agent"}}}]}],
        ),
    )
    reach = Reachability(given)
    web, agent = reach.node_of_pod(0), reach.node_of_pod(1)
    assert reach.between(web, agent).cases(80, "TCP") == (Case.HOST_NETWORK_TARGET,)
    assert reach.between(agent, web).cases(80, "TCP") == (Case.HOST_NETWORK_PEER,)


def test_where_nothing_enforces_everything_passes() -> None:
    given = world(
        pod("shop/web"), pod("shop/db"), policy("shop/deny", podSelector={}, policyTypes=["Ingress", "Egress"])
    )
    assert allowed(Reachability(given), 0, 1) == {}
    assert allowed(Reachability(given, Semantics(enforces=False)), 0, 1) == EVERYTHING


def test_the_blocks_are_disjoint_and_say_what_each_pair_says() -> None:
    ranges = [{"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}, {"namespaceSelector": {}}], "ports": [{"port": 80}]}]
    reach = Reachability(
        world(
            pod("shop/web"),
            pod("shop/db"),
            pod("pay/api"),
            policy("shop/deny", podSelector={}, policyTypes=["Ingress"]),
            policy("shop/web", podSelector={"matchLabels": {"app": "web"}}, ingress=ranges),
            policy("pay/out", podSelector={}, policyTypes=["Egress"], egress=[{"to": [{"podSelector": {}}]}]),
        )
    )
    count = reach.numbering.pods + reach.numbering.pieces
    seen = {}
    for block in reach.blocks:
        for source in block.sources:
            for destination in block.destinations:
                assert (source, destination) not in seen
                seen[source, destination] = block.allowance
    for source in range(count):
        for destination in range(count):
            if not (reach.is_outside(source) and reach.is_outside(destination)):
                given = reach.between(source, destination)
                assert seen.get((source, destination), given if not given else None) == given


def out_to(cidr: str, *pods: Pod) -> Reachability:
    block = [{"to": [{"ipBlock": {"cidr": cidr}}]}]
    return Reachability(world(*pods, policy("shop/out", podSelector={}, policyTypes=["Egress"], egress=block)))


FOUR, BOTH = pod("shop/db", ips=("10.1.0.1",)), pod("shop/db", ips=("10.1.0.1", "fd00::1"))


@pytest.mark.parametrize(
    ("cidr", "known", "case"),
    [
        ("0.0.0.0/0", None, Case.BLOCK_ON_POD),
        ("::/0", None, Case.ADDRESS_UNKNOWN),
        ("0.0.0.0/0", FOUR, Case.BLOCK_ON_POD),
        ("::/0", FOUR, Case.ADDRESS_UNKNOWN),
        ("::/0", BOTH, Case.BLOCK_ON_POD),
        ("::/0", pod("shop/db", ips=("fd00::1",)), Case.BLOCK_ON_POD),
        ("0.0.0.0/0", pod("shop/db", ips=("fd00::1",)), Case.ADDRESS_UNKNOWN),
    ],
)
def test_a_pod_of_unknown_address_has_one_of_the_families_that_all_known_pods_have(
    cidr: str, known: Pod | None, case: Case
) -> None:
    web = pod("shop/web")
    reach = out_to(cidr, web) if known is None else out_to(cidr, web, known)
    assert reach.between(reach.node_of_pod(0), reach.node_of_pod(0)).cases(80, "TCP") == (case,)


def test_a_range_over_a_host_network_pods_node_is_one_over_a_pod() -> None:
    reach = out_to("192.0.2.0/24", pod("shop/web"), pod("shop/agent", host_network=True, ips=("192.0.2.10",)))
    assert reach.between(reach.node_of_pod(0), reach.node_of_pod(1)).cases(80, "TCP") == (Case.BLOCK_ON_POD,)
