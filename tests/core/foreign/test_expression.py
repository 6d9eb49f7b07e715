"""Calico's selector expressions: what a LabelSelector can say is read, and everything else is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netbaseline.core.foreign import expression
from netbaseline.core.selectors import selector

SETS: list[dict[str, str]] = [{}, {"app": "web"}, {"app": "db"}, {"app": ""}, {"app": "web", "tier": "front"}]


def chosen(text: str) -> list[dict[str, str]]:
    """The label sets that an expression selects."""
    found = expression.parse(text)
    assert found is not None, text
    return [labels for labels in SETS if selector(found).matches(labels)]


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("", SETS),
        ("  ", SETS),
        ("all()", SETS),
        ("all( ) && all()", SETS),
        ("!all()", []),
        ("!!all()", SETS),
        ("!(!all())", SETS),
        ("app == 'web'", [SETS[1], SETS[4]]),
        ('app=="web"', [SETS[1], SETS[4]]),
        ("app == ''", [SETS[3]]),
        ("app != 'web'", [SETS[0], SETS[2], SETS[3]]),
        ("! app == 'web'", [SETS[0], SETS[2], SETS[3]]),
        ("!(app != 'web')", [SETS[1], SETS[4]]),
        ("app in {'web', \"db\"}", [SETS[1], SETS[2], SETS[4]]),
        ("app in{'web',}", [SETS[1], SETS[4]]),
        ("app in {}", []),
        ("app not in {'web', 'db'}", [SETS[0], SETS[3]]),
        ("app notin {'web'}", [SETS[0], SETS[2], SETS[3]]),
        ("app not in {}", SETS),
        ("has(app)", [SETS[1], SETS[2], SETS[3], SETS[4]]),
        ("!has( app )", [SETS[0]]),
        ("has(app) && !has(tier)", [SETS[1], SETS[2], SETS[3]]),
        ("(app == 'web') && ((has(tier)))", [SETS[4]]),
        ("app == 'web' && tier != 'front' && all()", [SETS[1]]),
    ],
)
def test_a_conjunction_of_simple_conditions_is_read_as_calico_reads_it(
    text: str, selected: list[dict[str, str]]
) -> None:
    assert chosen(text) == selected


@pytest.mark.parametrize(
    "text",
    [
        "app == 'web' || app == 'db'",
        "app contains 'w'",
        "app starts with 'w'",
        "app ends with 'w'",
        "global()",
        "!(app == 'web' && has(tier))",
    ],
)
def test_what_a_label_selector_cannot_say_is_left_unread(text: str) -> None:
    assert expression.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "app",
        "app ==",
        "app == web",
        "app = 'web'",
        "'web' == app",
        "app in 'web'",
        "app in {'web'",
        "(has(app)",
        "has(app",
        "has()",
        "app == 'web",
        "has(app) has(tier)",
        "has(app) &&",
        "&& has(app)",
        "!",
        ")",
        "(" * 200,
        "ä == 'x'",
        "a" * 2000,
    ],
)
def test_what_is_no_expression_is_left_unread(text: str) -> None:
    assert expression.parse(text) is None


def test_an_expression_that_is_no_text_is_left_unread() -> None:
    assert expression.parse({"matchLabels": {}}) is None
    assert expression.parse(3) is None


@given(st.text(alphabet="ab ()!&|={},'\"hasin.", max_size=40))
def test_no_text_makes_the_parser_fail(text: str) -> None:
    found = expression.parse(text)
    assert found is None or all(requirement.key for requirement in found)
