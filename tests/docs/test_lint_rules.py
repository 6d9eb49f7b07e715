"""The reference of the lint rules is what the code says, and nobody's memory of it."""

from tools.lint_rules import PAGE, page


def test_the_reference_is_made_from_the_rules_as_they_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "make lint-rules"
