"""Each rule beside an example of its mistake and one of how it is right, which are also what `--explain` shows."""

import re
from pathlib import Path

import pytest

from netbaseline.core.lint.registry import IN_ORDER
from netbaseline.core.lint.rule import Rule
from tests.core.lint.linting import EXAMPLES, lint_file, serious

MISTAKES = {
    "1. a namespace by the label `name`": "NB104",
    "2. two items in one `from` taken for AND": "NB105",
    "3. an except that a sibling readmits": "NB106",
    "4. a policy on the caller only": "NB205",
    "4. a policy on another pod only": "NB206",
    "5. a port's name taken from the Service": "NB302",
    "5. a port's number taken from the Service": "NB301",
    "6. policyTypes left out": "NB201",
    "6. rules that policyTypes puts out of force": "NB202",
    "7. DNS over UDP only": "NB204",
    "7. DNS blocked by the first egress rule": "NB203",
}


def marked(path: Path, rule: str) -> set[int]:
    """Lines that an example says the rule is about."""
    lines = path.read_text(encoding="utf-8").splitlines()
    here = {number for number, line in enumerate(lines, 1) if line.endswith(f"# <- {rule}")}
    return here | {number + 1 for number, line in enumerate(lines, 1) if line.endswith(f"# {rule} in the next line")}


def test_every_rule_has_both_examples_and_there_are_no_others() -> None:
    wanted = {f"{rule.id}/{name}.yaml" for rule in IN_ORDER for name in ("bad", "good")}
    assert {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.is_file()} == wanted


@pytest.mark.parametrize("rule", IN_ORDER, ids=lambda rule: rule.id)
def test_a_bad_example_is_found_at_the_lines_it_marks(rule: Rule) -> None:
    path = EXAMPLES / rule.id / "bad.yaml"
    expected = marked(path, rule.id)
    assert expected
    found = [item for item in lint_file(path) if item.id == rule.id]
    assert {item.line for item in found} == expected
    assert all(item.file == str(path) and item.message and item.hint for item in found)
    assert any(item.severity is rule.severity for item in found)


@pytest.mark.parametrize("rule", IN_ORDER, ids=lambda rule: rule.id)
def test_a_good_example_is_right_by_every_rule(rule: Rule) -> None:
    found = lint_file(EXAMPLES / rule.id / "good.yaml")
    assert serious(found) == []
    assert rule.id not in {item.id for item in found}


@pytest.mark.parametrize(("mistake", "rule"), MISTAKES.items())
def test_each_mistake_in_circulation_is_caught_and_its_correction_is_not(mistake: str, rule: str) -> None:
    assert rule in {item.id for item in lint_file(EXAMPLES / rule / "bad.yaml")}, mistake
    assert serious(lint_file(EXAMPLES / rule / "good.yaml")) == [], mistake


def test_ids_are_in_order_and_unique() -> None:
    numbers = [rule.id for rule in IN_ORDER]
    assert numbers == sorted(set(numbers))
    assert all(re.fullmatch(r"NB[1-9]\d\d", number) for number in numbers)


@pytest.mark.parametrize("rule", IN_ORDER, ids=lambda rule: rule.id)
def test_every_rule_says_why_what_to_do_and_where_that_is_from(rule: Rule) -> None:
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.advice.rstrip("`").endswith(".")
    assert rule.id.startswith("NB9") or rule.sources
    assert all(source.startswith("https://") for source in rule.sources)
