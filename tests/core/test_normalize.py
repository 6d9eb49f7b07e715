"""One spelling for one meaning, and never one spelling for two."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netbaseline.core.netpol import IPBlock, OwnerReference, Peer, Policy, Port, Rule, Rules, Spec
from netbaseline.core.normalize import canonical_cidr, digest, normalized
from netbaseline.core.selectors import EVERYTHING
from netbaseline.core.verdict import Applied, decide
from tests.core.strategies import NAMESPACE, every_flow, specs

FLOWS = every_flow()


def shuffled(spec: Spec, order: Random) -> Spec:
    """The same, in another order and with repeats."""

    def rules(found: Rules | None) -> Rules | None:
        if found is None:
            return None
        mixed = [
            Rule(
                tuple(order.sample(rule.peers * 2, len(rule.peers) * 2)),
                tuple(order.sample(rule.ports, len(rule.ports))),
            )
            for rule in found
        ]
        return tuple(order.sample(mixed * 2, len(mixed) * 2))

    return replace(spec, ingress=rules(spec.ingress), egress=rules(spec.egress))


@given(specs)
def test_normalizing_twice_changes_nothing_more(spec: Spec) -> None:
    assert normalized(normalized(spec)) == normalized(spec)


@given(specs, st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(spec: Spec, order: Random) -> None:
    assert normalized(shuffled(spec, order)) == normalized(spec)


@given(specs)
def test_normalizing_changes_no_verdict(spec: Spec) -> None:
    before, after = Applied(NAMESPACE, "one", spec), Applied(NAMESPACE, "one", normalized(spec))
    for flow in FLOWS:
        assert decide([before], flow).allowed == decide([after], flow).allowed


def test_a_range_of_one_port_is_that_port() -> None:
    one, other = (Spec(ingress=(Rule(ports=(Port("TCP", 80, end),)),)) for end in (80, None))
    assert normalized(one) == normalized(other)
    assert normalized(Spec(ingress=(Rule(ports=(Port("TCP", 80, 81),)),))) != normalized(other)


@pytest.mark.parametrize(
    ("spelled", "canonical"),
    [
        ("10.0.0.5/24", "10.0.0.0/24"),
        ("10.0.0.0/24", "10.0.0.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0:0::1/64", "2001:db8::/64"),
        ("2001:db8:0::/48", "2001:db8::/48"),
        ("nonsense", "nonsense"),
        ("10.0.0.5", "10.0.0.5"),
    ],
)
def test_an_address_range_has_one_spelling(spelled: str, canonical: str) -> None:
    assert canonical_cidr(spelled) == canonical


def test_exceptions_of_a_range_are_canonical_sorted_and_without_repeats() -> None:
    block = IPBlock("10.0.0.1/8", ("10.2.0.1/16", "10.1.0.0/16", "10.2.0.0/16"))
    (rule,) = normalized(Spec(ingress=(Rule(peers=(Peer(block=block),)),))).ingress or ()
    assert rule.peers == (Peer(block=IPBlock("10.0.0.0/8", ("10.1.0.0/16", "10.2.0.0/16"))),)


def test_an_empty_pod_selector_beside_a_namespace_selector_says_nothing() -> None:
    one, other = (Spec(ingress=(Rule((Peer(pods, EVERYTHING),)),)) for pods in (EVERYTHING, None))
    assert normalized(one) == normalized(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Spec(ingress=()), Spec()),
        (Spec(ingress=()), Spec(ingress=(Rule(),))),
        (Spec(ingress=()), Spec(egress=())),
        (Spec(ingress=(Rule(peers=(Peer(pods=EVERYTHING),)),)), Spec(ingress=(Rule(),))),
        (
            Spec(ingress=(Rule(peers=(Peer(pods=EVERYTHING),)),)),
            Spec(ingress=(Rule(peers=(Peer(namespaces=EVERYTHING),)),)),
        ),
        (Spec(ingress=(Rule(ports=(Port("TCP", 80),)),)), Spec(ingress=(Rule(ports=(Port("TCP", "80a"),)),))),
        (Spec(ingress=(Rule(ports=(Port("TCP"),)),)), Spec(ingress=(Rule(ports=(Port("UDP"),)),))),
    ],
    ids=[
        "isolated or not",
        "nothing or all",
        "directions",
        "own pods or all",
        "own or any namespace",
        "port",
        "protocol",
    ],
)
def test_different_meanings_stay_different(one: Spec, other: Spec) -> None:
    assert normalized(one) != normalized(other)


def test_the_digest_tells_any_two_policies_apart_that_we_would_write_differently() -> None:
    base = Policy("shop", "nbl.a.deny", Spec(ingress=()), {"l": "1"}, {"a": "1"}, OwnerReference("a", "uid"))
    others = [
        replace(base, spec=Spec(egress=())),
        replace(base, labels={"l": "2"}),
        replace(base, annotations={"a": "2"}),
        replace(base, owner=None),
        replace(base, owner=OwnerReference("a", "other")),
        replace(base, name="nbl.a.dns"),
        replace(base, namespace="pay"),
    ]
    assert len({digest(policy) for policy in (base, *others)}) == 1 + len(others)


def test_the_digest_does_not_depend_on_the_order_of_labels() -> None:
    one = Policy("shop", "p", Spec(ingress=()), {"a": "1", "b": "2"})
    assert digest(one) == digest(replace(one, labels={"b": "2", "a": "1"}))
    assert len(digest(one)) == 16
