"""What two rules have in common: exact, but for the two things that no rule can say."""

from itertools import product

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from netbaseline.core import intersect
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule, Rules
from netbaseline.core.selectors import EVERYTHING, Selector, equal
from netbaseline.core.verdict import Endpoint, Flow, NamedPort, rule_matches
from tests.core.strategies import NAMESPACE, OUTSIDE, PODS, STRANGERS, label_selectors

# Ranges inside, beside and across each other, with exceptions of every size, in both families.
RANGES = (
    IPBlock("192.0.2.0/24"),
    IPBlock("192.0.2.0/25", ("192.0.2.0/26",)),
    IPBlock("192.0.2.0/24", ("192.0.2.128/25",)),
    IPBlock("192.0.2.0/24", ("192.0.2.0/25",)),
    IPBlock("192.0.2.192/26"),
    IPBlock("192.0.0.0/16", ("192.0.2.0/24",)),
    IPBlock("198.51.100.0/24"),
    IPBlock("0.0.0.0/0"),
    IPBlock("2001:db8::/32", ("2001:db8:1::/48",)),
    IPBlock("2001:db8:1::/48"),
)
ranges = st.sampled_from(RANGES)
families = st.sampled_from((IPBlock("0.0.0.0/0"), IPBlock("::/0")))
ADDRESSES = [
    "192.0.2.1",
    "192.0.2.70",
    "192.0.2.130",
    "192.0.2.200",
    "192.0.3.1",
    "198.51.100.1",
    "2001:db8::1",
    "2001:db8:1::1",
]
numbers = st.tuples(st.integers(79, 82), st.none() | st.integers(0, 2)).map(
    lambda found: Port("TCP", found[0], None if found[1] is None else found[0] + found[1])
)
ports = numbers | st.sampled_from((Port("TCP"), Port("UDP"), Port("UDP", 80)))
peers = st.one_of(
    st.builds(Peer, pods=label_selectors),
    st.builds(Peer, pods=st.none() | label_selectors, namespaces=label_selectors),
    st.builds(Peer, block=ranges),
)
rules = st.builds(Rule, st.lists(peers, max_size=2).map(tuple), st.lists(ports, max_size=2).map(tuple))
several = st.lists(rules, max_size=2).map(tuple)

ENDPOINTS = [*PODS, *STRANGERS, *OUTSIDE, *(Endpoint(None, ips=(address,)) for address in ADDRESSES)]
SERVED = [*product(range(79, 85), ("TCP",)), (80, "UDP"), (81, "UDP")]


def matched(found: Rules) -> set[tuple[int, int, str]]:
    """Every endpoint, port and protocol that one of the rules lets in."""
    return {
        (index, port, protocol)
        for index, other in enumerate(ENDPOINTS)
        for port, protocol in SERVED
        if any(rule_matches(rule, NAMESPACE, other, Flow(other, PODS[0], port, protocol)) for rule in found)
    }


@given(several, several)
def test_the_intersection_lets_in_exactly_what_both_let_in(one: Rules, other: Rules) -> None:
    common = matched(one) & matched(other)
    event("something" if common else "nothing")
    assert matched(intersect.rules(one, other, NAMESPACE)) == common


@pytest.mark.parametrize("one", RANGES, ids=str)
def test_the_intersection_of_two_ranges_holds_exactly_the_addresses_of_both(one: IPBlock) -> None:
    for other in RANGES:
        mine, theirs = ((Rule((Peer(block=block),)),) for block in (one, other))
        assert matched(intersect.rules(mine, theirs, NAMESPACE)) == matched(mine) & matched(theirs)


@pytest.mark.parametrize("start", range(79, 83))
@pytest.mark.parametrize("end", [None, 80, 83])
def test_the_intersection_of_two_ranges_of_ports_holds_exactly_the_ports_of_both(start: int, end: int | None) -> None:
    one = (Rule(ports=(Port("TCP", start, end),)),)
    for port, last in product(range(79, 85), (None, 81, 84)):
        other = (Rule(ports=(Port("TCP", port, last),)),)
        assert matched(intersect.rules(one, other, NAMESPACE)) == matched(one) & matched(other)


@given(label_selectors, ranges | families)
def test_pods_in_an_address_range_count_only_where_the_range_is_a_whole_family(pods: Selector, block: IPBlock) -> None:
    both = intersect.rules((Rule((Peer(pods=pods),)),), (Rule((Peer(block=block),)),), NAMESPACE)
    turned = intersect.rules((Rule((Peer(block=block),)),), (Rule((Peer(pods=pods),)),), NAMESPACE)
    whole = block.cidr in {"0.0.0.0/0", "::/0"}
    assert both == turned == ((Rule((Peer(pods=pods),)),) if whole else ())


def test_a_named_port_that_may_be_a_number_keeps_to_the_first_rule() -> None:
    named, number = Rule(ports=(Port("TCP", "http"),)), Rule(ports=(Port("TCP", 80),))
    assert intersect.rules((named,), (number,), NAMESPACE) == (named,)
    assert intersect.rules((number,), (named,), NAMESPACE) == (number,)
    destination = Endpoint(NAMESPACE, ports=(NamedPort("http", 80),))
    assert rule_matches(named, NAMESPACE, PODS[0], Flow(PODS[0], destination, 80))


def test_a_named_port_of_another_protocol_has_nothing_in_common_with_a_number() -> None:
    named, number = Rule(ports=(Port("UDP", "dns"),)), Rule(ports=(Port("TCP", 53),))
    assert intersect.rules((named,), (number,), NAMESPACE) == ()


def test_the_own_namespace_and_a_namespace_by_name_meet_in_the_own_one() -> None:
    own, named = Rule((Peer(pods=equal({"app": "a"})),)), Rule((Peer(namespaces=EVERYTHING),))
    (rule,) = intersect.rules((own,), (named,), NAMESPACE)
    assert rule == Rule((Peer(equal({"app": "a"}), equal({"kubernetes.io/metadata.name": NAMESPACE})),))


def test_rules_of_everything_change_nothing() -> None:
    rule = Rule((Peer(block=IPBlock("192.0.2.0/24")),), (Port("TCP", 80),))
    assert intersect.rules((rule,), (Rule(),), NAMESPACE) == intersect.rules((Rule(),), (rule,), NAMESPACE) == (rule,)
