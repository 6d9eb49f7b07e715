"""Whether one rule holds all of another: a yes is always right."""

from hypothesis import assume, event, given
from hypothesis import strategies as st

from netbaseline.core.contains import all_in
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule, Rules
from netbaseline.core.selectors import EVERYTHING, equal
from tests.core.strategies import NAMESPACE
from tests.core.test_intersect import matched, several

ANYBODY = Rule()


@given(several, several)
def test_what_is_said_to_be_contained_lets_nothing_more_in(inner: Rules, outer: Rules) -> None:
    contained = all_in(inner, outer, NAMESPACE)
    event(f"contained: {contained}")
    if contained:
        assert matched(inner) <= matched(outer)


@given(several, st.lists(st.just(ANYBODY), min_size=1, max_size=2))
def test_everything_is_in_a_rule_for_everybody(inner: Rules, outer: list[Rule]) -> None:
    assert all_in(inner, tuple(outer), NAMESPACE)


@given(several, several)
def test_rules_are_in_any_list_that_holds_them(inner: Rules, others: Rules) -> None:
    assert all_in(inner, (*others, *inner), NAMESPACE)


@given(several)
def test_nothing_but_nothing_is_in_nothing(inner: Rules) -> None:
    assume(inner)
    assert not all_in(inner, (), NAMESPACE)
    assert all_in((), inner, NAMESPACE)


def test_narrower_peers_and_ports_are_seen_to_be_contained() -> None:
    pairs = [
        (Peer(equal({"app": "a", "tier": "b"})), Peer(equal({"app": "a"}))),
        (Peer(equal({"app": "a"})), Peer(EVERYTHING)),
        (Peer(EVERYTHING), Peer(namespaces=EVERYTHING)),
        (Peer(equal({"app": "a"}), equal({"team": "x"})), Peer(namespaces=equal({"team": "x"}))),
        (Peer(block=IPBlock("192.0.2.0/25")), Peer(block=IPBlock("192.0.2.0/24"))),
        (Peer(block=IPBlock("192.0.2.0/25")), Peer(block=IPBlock("192.0.2.0/24", ("192.0.2.128/25",)))),
    ]
    for inner, outer in pairs:
        assert all_in((Rule((inner,)),), (Rule((outer,)),), NAMESPACE)
        assert not all_in((Rule((outer,)),), (Rule((inner,)),), NAMESPACE)
    for mine, theirs in (
        (Port("TCP", 80), Port("TCP", 79, 81)),
        (Port("TCP", 80, 81), Port("TCP")),
        (Port("TCP", "a"), Port("TCP")),
    ):
        assert all_in((Rule(ports=(mine,)),), (Rule(ports=(theirs,)),), NAMESPACE)
        assert not all_in((Rule(ports=(theirs,)),), (Rule(ports=(mine,)),), NAMESPACE)


def test_a_range_of_ports_that_begins_before_or_ends_behind_another_is_not_in_it() -> None:
    outer = (Rule(ports=(Port("TCP", 79, 81),)),)
    for port in (Port("TCP", 78, 80), Port("TCP", 80, 82), Port("TCP", 78), Port("TCP", 82), Port("UDP", 80)):
        assert not all_in((Rule(ports=(port,)),), outer, NAMESPACE)


def test_a_range_with_a_hole_does_not_hold_what_lies_in_the_hole() -> None:
    holed = Rule((Peer(block=IPBlock("192.0.2.0/24", ("192.0.2.0/26",))),))
    assert not all_in((Rule((Peer(block=IPBlock("192.0.2.0/25")),)),), (holed,), NAMESPACE)
    assert all_in((holed,), (Rule((Peer(block=IPBlock("192.0.2.0/24")),)),), NAMESPACE)


def test_named_ports_and_numbers_are_never_said_to_hold_each_other() -> None:
    named, number = Rule(ports=(Port("TCP", "http"),)), Rule(ports=(Port("TCP", 80),))
    assert not all_in((named,), (number,), NAMESPACE)
    assert not all_in((number,), (named,), NAMESPACE)
