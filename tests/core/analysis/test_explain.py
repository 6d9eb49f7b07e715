from dataclasses import replace

import pytest

from netbaseline.core.analysis.explain import Place, Verdict, explain
from netbaseline.core.analysis.suggest import NoRule, Suggestion, suggestion, telling_labels
from netbaseline.core.inventory import Inventory, Node
from netbaseline.core.reach.cases import OPEN, Case, Semantics
from netbaseline.core.reach.matrix import Reachability
from tests.core.reach.worlds import pod, policy, world

SHOP = world(
    pod("shop/web"),
    pod("shop/db", labels={"pod-template-hash": "5d8f"}),
    pod("jobs/report"),
    policy("shop/deny", podSelector={}, policyTypes=["Ingress"]),
    policy(
        "shop/db",
        podSelector={"matchLabels": {"app": "db"}},
        ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 5432}]}],
    ),
)
WEB, DB, REPORT = Place(pod=0), Place(pod=1), Place(pod=2)


def test_an_allowed_flow_names_the_policy_the_rule_and_the_peer() -> None:
    found = explain(Reachability(SHOP), WEB, DB, 5432, "TCP")
    assert found.verdict is Verdict.ALLOWED
    assert [(str(item.policy), item.path, item.peers) for item in found.ingress.matches] == [
        ("shop/db", "spec.ingress[0]", (0,))
    ]
    assert [str(item) for item in found.ingress.isolating] == ["shop/deny", "shop/db"]
    assert found.egress.isolating == ()


def test_a_denied_flow_says_which_rule_came_close_and_by_what_it_failed() -> None:
    reach = Reachability(SHOP)
    by_port = explain(reach, WEB, DB, 80, "TCP")
    assert by_port.verdict is Verdict.DENIED
    assert [(str(miss.policy), miss.wrong) for miss in by_port.ingress.misses] == [("shop/db", "port")]
    by_peer = explain(reach, REPORT, DB, 5432, "TCP")
    assert [(str(miss.policy), miss.wrong) for miss in by_peer.ingress.misses] == [("shop/db", "peer")]


def applied(inventory: Inventory, manifest: object) -> Inventory:
    assert isinstance(manifest, dict)
    meta = manifest["metadata"]
    fresh = policy(f"{meta['namespace']}/{meta['name']}", **manifest["spec"])
    return replace(inventory, policies=(*inventory.policies, fresh))


@pytest.mark.parametrize(("source", "port"), [(WEB, 80), (REPORT, 5432), (Place(address="198.51.100.7"), 5432)])
def test_the_suggested_policy_lets_the_flow_pass_and_nobody_else(source: Place, port: int) -> None:
    reach = Reachability(SHOP)
    found = explain(reach, source, DB, port, "TCP")
    proposed = suggestion(reach, found.ingress, DB, source, (port, "TCP"))
    assert isinstance(proposed, Suggestion)
    after = Reachability(applied(SHOP, dict(proposed.policy)))
    assert explain(after, source, DB, port, "TCP").verdict is Verdict.ALLOWED
    others = {WEB, REPORT, Place(address="198.51.100.8")} - {source}
    for other in others:
        assert explain(after, other, DB, port, "TCP").verdict is explain(reach, other, DB, port, "TCP").verdict


def test_labels_of_one_revision_are_never_suggested() -> None:
    assert telling_labels(SHOP.pods[1], SHOP.pods) == {"app": "db"}


def test_a_pod_to_itself_and_its_node_to_a_pod_depend() -> None:
    deny = policy("shop/deny", podSelector={}, policyTypes=["Ingress"])
    inventory = world(pod("shop/web", ips=("10.1.0.1",), host_ips=("192.0.2.10",)), deny)
    reach = Reachability(inventory)
    assert explain(reach, Place(pod=0), Place(pod=0), 80, "TCP").depends == (Case.SELF,)
    node = Place(address="192.0.2.10")
    assert explain(reach, node, Place(pod=0), 80, "TCP").depends == (Case.OWN_NODE,)
    always = Reachability(inventory, Semantics({Case.OWN_NODE: True, Case.SELF: False}))
    assert explain(always, node, Place(pod=0), 80, "TCP").verdict is Verdict.ALLOWED
    assert explain(always, Place(pod=0), Place(pod=0), 80, "TCP").verdict is Verdict.DENIED


def test_two_ends_outside_are_refused() -> None:
    with pytest.raises(ValueError, match="outside of the cluster"):
        explain(Reachability(SHOP), Place(address="192.0.2.1"), Place(address="192.0.2.2"), 80, "TCP")


def test_a_suggestion_isolates_nobody_who_was_open() -> None:
    bare = world(
        replace(pod("shop/one"), labels={"role": "a"}),
        replace(pod("shop/two"), labels={}),
        pod("shop/other"),
        policy("shop/one", podSelector={"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}),
    )
    reach = Reachability(bare)
    near, far = Place(pod=1), Place(pod=0)
    found = explain(reach, far, near, 80, "TCP")
    proposed = suggestion(reach, found.ingress, near, far, (80, "TCP"))
    assert isinstance(proposed, Suggestion)
    after = Reachability(applied(bare, dict(proposed.policy)))
    assert explain(after, far, near, 80, "TCP").verdict is Verdict.ALLOWED
    assert explain(after, far, Place(pod=2), 443, "TCP").verdict is Verdict.ALLOWED


def test_suggestions_for_two_ports_have_two_names_that_a_policy_may_have() -> None:
    reach = Reachability(SHOP)
    names = set()
    for port in (80, 81):
        found = explain(reach, WEB, DB, port, "TCP")
        proposed = suggestion(reach, found.ingress, DB, WEB, (port, "TCP"))
        assert isinstance(proposed, Suggestion)
        names.add(proposed.policy["metadata"]["name"])
    assert names == {"db-from-web-tcp-80", "db-from-web-tcp-81"}


BEHIND = policy("shop/deny", podSelector={}, policyTypes=["Ingress"])
AT_NODES = Semantics({Case.BLOCK_ON_POD: True})
TWO_NODES = (Node("one", ("192.0.2.10",)), Node("two", ("192.0.2.11",)))


def suggested(inventory: Inventory, known: Semantics = OPEN) -> Suggestion | NoRule | None:
    reach = Reachability(inventory, known)
    found = explain(reach, Place(pod=1), Place(pod=0), 80, "TCP")
    return suggestion(reach, found.ingress, Place(pod=0), Place(pod=1), (80, "TCP"))


def test_a_host_network_pod_is_let_in_by_the_node_it_runs_on() -> None:
    running = pod("edge/proxy", host_network=True, ips=("192.0.2.10",))
    given = replace(world(pod("shop/web"), running, BEHIND), nodes=TWO_NODES)
    found = suggested(given)
    assert isinstance(found, Suggestion)
    assert found.rule["from"] == [{"cidr": "192.0.2.10/32"}]
    after = Reachability(applied(given, dict(found.policy)), AT_NODES)
    assert explain(after, Place(pod=1), Place(pod=0), 80, "TCP").verdict is Verdict.ALLOWED


def test_a_host_network_pod_that_may_be_anywhere_is_let_in_by_all_nodes_in_the_fewest_ranges() -> None:
    given = replace(world(pod("shop/web"), pod("edge/proxy", host_network=True), BEHIND), nodes=TWO_NODES)
    found = suggested(given)
    assert isinstance(found, Suggestion)
    assert found.rule["from"] == [{"cidr": "192.0.2.10/31"}]
    after = applied(given, dict(found.policy))
    assert explain(Reachability(after, AT_NODES), Place(pod=1), Place(pod=0), 80, "TCP").verdict is Verdict.ALLOWED
    elsewhere = replace(after, nodes=(*TWO_NODES, Node("three", ("192.0.2.12",))))
    unsure = explain(Reachability(elsewhere, AT_NODES), Place(pod=1), Place(pod=0), 80, "TCP")
    assert unsure.depends == (Case.ADDRESS_UNKNOWN,)


def test_where_no_node_is_known_or_no_range_means_one_it_is_said_what_to_do() -> None:
    given = world(pod("shop/web"), pod("edge/proxy", host_network=True), BEHIND)
    unknown = suggested(given)
    assert isinstance(unknown, NoRule)
    assert "kubectl get nodes" in unknown.reason
    without = suggested(replace(given, nodes=TWO_NODES), Semantics({Case.BLOCK_ON_POD: False}))
    assert isinstance(without, NoRule)
    assert "a policy of its own API" in without.reason
