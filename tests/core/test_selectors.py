"""Selectors as sets of pods: each operation against all label sets of a small universe."""

from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st

from netbaseline.core.selectors import (
    EVERYTHING,
    Requirement,
    Selector,
    equal,
    from_manifest,
    outside,
    satisfiable,
    selector,
    to_manifest,
)
from tests.core.strategies import KEYS, VALUES, label_selectors, requirements
from tests.core.universe import LABEL_SETS, UNHEARD_OF, selects

expressions = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "operator": st.sampled_from(("In", "NotIn")),
            "values": st.lists(st.sampled_from(VALUES), min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries({"key": st.sampled_from(KEYS), "operator": st.sampled_from(("Exists", "DoesNotExist"))}),
)
manifests = st.fixed_dictionaries(
    {},
    optional={
        "matchLabels": st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
        "matchExpressions": st.lists(expressions, max_size=4),
    },
)
longer = st.lists(requirements, max_size=5).map(selector)


def pods(chosen: Selector) -> set[int]:
    """Indexes of the label sets that it selects."""
    return {index for index, labels in enumerate(LABEL_SETS) if chosen.matches(labels)}


@given(manifests)
def test_a_selector_selects_what_its_manifest_says(manifest: dict[str, Any]) -> None:
    expected = {index for index, labels in enumerate(LABEL_SETS) if selects(manifest, labels)}
    event(f"{len(expected)} of {len(LABEL_SETS)} label sets")
    assert pods(from_manifest(manifest)) == expected


@given(manifests)
def test_a_selector_written_as_a_manifest_selects_the_same_and_reads_back_the_same(manifest: dict[str, Any]) -> None:
    chosen = from_manifest(manifest)
    written = to_manifest(chosen)
    assert {index for index, labels in enumerate(LABEL_SETS) if selects(written, labels)} == pods(chosen)
    assert from_manifest(written) == chosen


@given(requirements)
def test_the_complement_of_a_requirement_matches_exactly_where_the_requirement_does_not(one: Requirement) -> None:
    for labels in LABEL_SETS:
        assert one.complement().matches(labels) != one.matches(labels)


@given(requirements, requirements)
def test_a_requirement_implies_another_exactly_when_it_matches_nothing_else(
    one: Requirement, other: Requirement
) -> None:
    subset = all(other.matches(labels) for labels in LABEL_SETS if one.matches(labels))
    event(f"implies: {subset}")
    assert one.implies(other) == subset


@given(longer, longer)
def test_a_selector_that_implies_another_selects_nothing_beyond_it(one: Selector, other: Selector) -> None:
    event(f"implies: {one.implies(other)}")
    if one.implies(other):
        assert pods(one) <= pods(other)


@given(label_selectors, label_selectors)
@example(selector([Requirement("app", "In", ("a", "b")), Requirement("app", "NotIn", ("a",))]), equal({"app": "b"}))
def test_a_selector_of_pods_that_exist_implies_every_selector_that_selects_them_all(
    one: Selector, other: Selector
) -> None:
    if pods(one) and pods(one) <= pods(other):
        assert one.implies(other)


@given(label_selectors, label_selectors)
@example(selector([Requirement("app", "In", ("a", "b")), Requirement("app", "NotIn", ("a",))]), equal({"app": "b"}))
def test_selectors_of_the_same_pods_are_equal(one: Selector, other: Selector) -> None:
    if pods(one) and pods(one) == pods(other):
        assert one == other


@given(longer, longer)
def test_two_selectors_together_select_what_both_select(one: Selector, other: Selector) -> None:
    assert pods(one & other) == pods(one) & pods(other)
    assert one & other == other & one


@given(longer)
def test_a_selector_is_satisfiable_exactly_when_some_labels_match(chosen: Selector) -> None:
    event(f"satisfiable: {satisfiable(chosen)}")
    assert satisfiable(chosen) == bool(pods(chosen))


@given(st.lists(requirements, max_size=5), st.randoms())
def test_order_and_repeats_of_requirements_do_not_matter(items: list[Requirement], order: Any) -> None:
    shuffled = [*items, *items[:2]]
    order.shuffle(shuffled)
    assert selector(shuffled) == selector(items)


@given(label_selectors, st.lists(label_selectors, max_size=3))
def test_outside_is_exactly_the_base_without_what_is_covered(base: Selector, covered: list[Selector]) -> None:
    terms = outside(base, covered, limit=1000)
    assert terms is not None
    expected = pods(base).difference(*map(pods, covered))
    event(f"{len(terms)} terms")
    assert set().union(*map(pods, terms)) == expected


def test_outside_gives_up_above_its_limit() -> None:
    covered = [selector([Requirement(f"{key}{number}", "Exists") for key in "ab"]) for number in range(4)]
    assert len(outside(EVERYTHING, covered, limit=16) or ()) == 16
    assert outside(EVERYTHING, covered, limit=15) is None


def test_what_a_base_is_covered_by_leaves_nothing_outside() -> None:
    assert outside(equal({"app": "a"}), [EVERYTHING], limit=1) == ()


def test_one_value_of_a_label_has_one_spelling() -> None:
    expression = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "a"]}]}
    assert from_manifest(expression) == from_manifest({"matchLabels": {"app": "a"}}) == equal({"app": "a"})
    assert to_manifest(from_manifest(expression)) == {"matchLabels": {"app": "a"}}


def test_exclusions_of_one_label_are_merged() -> None:
    apart = selector([Requirement("app", "NotIn", ("b",)), Requirement("app", "NotIn", ("a",))])
    assert apart.requirements == (Requirement("app", "NotIn", ("a", "b")),)


def test_not_in_also_matches_pods_without_the_label() -> None:
    excluded = selector([Requirement("app", "NotIn", ("a",))])
    assert excluded.matches({})
    assert excluded.matches({"app": UNHEARD_OF})
    assert not excluded.matches({"app": "a"})


def test_a_label_that_must_have_two_values_at_once_keeps_both_conditions() -> None:
    chosen = equal({"app": "a"}) & equal({"app": "b"})
    assert not satisfiable(chosen)
    assert from_manifest(to_manifest(chosen)) == chosen


def test_an_absent_selector_and_an_empty_one_select_everything() -> None:
    assert from_manifest(None) == from_manifest({}) == EVERYTHING
    assert pods(EVERYTHING) == set(range(len(LABEL_SETS)))
