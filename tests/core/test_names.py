"""Object names: each says whose it is, and no two collide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netbaseline.core import names

labels = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,5}[a-z0-9])?", fullmatch=True) | st.sampled_from(
    ("deny", "dns", "rule", "bridge", "nbl")
)
built_in = st.sampled_from(
    (
        names.ROLE_DENY,
        names.ROLE_DNS,
        names.ROLE_SAME_NAMESPACE,
        names.ROLE_INGRESS_CONTROLLER,
        names.ROLE_MONITORING,
        names.ROLE_KUBE_API_SERVER,
        names.ROLE_BRIDGE,
    )
)
roles = built_in | labels.map(names.role_of_rule)
# What a role stands for, which must tell two apart even where a rule has the name of something built in.
meant = st.tuples(st.just("built-in"), built_in) | st.tuples(st.just("rule"), labels)


@given(labels, meant, labels, meant)
def test_two_policies_share_a_name_only_if_baseline_and_meaning_are_the_same(
    one: str, meaning: tuple[str, str], other: str, other_meaning: tuple[str, str]
) -> None:
    same = named(one, meaning) == named(other, other_meaning)
    assert same == ((one, meaning) == (other, other_meaning))


@pytest.mark.parametrize("role", ["deny", "dns", "bridge", "monitoring"])
def test_a_rule_may_have_the_name_of_something_built_in(role: str) -> None:
    assert named("a", ("rule", role)) != named("a", ("built-in", role))


def named(baseline: str, meaning: tuple[str, str]) -> str:
    kind, name = meaning
    return names.policy_name(baseline, names.role_of_rule(name) if kind == "rule" else name)


@given(labels, roles)
def test_a_policy_name_tells_its_baseline(baseline: str, role: str) -> None:
    assert names.baseline_of(names.policy_name(baseline, role)) == baseline


@given(labels, roles, st.integers(1, 70))
def test_only_bridges_are_taken_for_bridges(baseline: str, role: str, number: int) -> None:
    assert names.is_bridge(names.bridge_name(baseline, number))
    assert names.is_bridge(names.policy_name(baseline, role)) == (role == names.ROLE_BRIDGE)
    assert names.baseline_of(names.bridge_name(baseline, number)) == baseline


@pytest.mark.parametrize("name", ["", "nbl", "nbl.a", "deny-all", "xnbl.a.deny", "cnbl.a.deny", "a.b.c"])
def test_other_names_belong_to_no_baseline(name: str) -> None:
    assert names.baseline_of(name) is None
    assert not names.is_bridge(name)


def test_the_longest_policy_name_fits_into_a_kubernetes_name() -> None:
    assert len(names.policy_name("b" * 63, names.role_of_rule("r" * 63))) <= 253
