"""Suppressions: kept with a reason, at one place, and told when they are no use."""

from pathlib import Path

import pytest

from tests.core.lint.linting import ids, lint

HEAD = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"


def policy(comment: str = "", annotation: str = "", above: str = "") -> str:
    """One policy that denies egress, and DNS with it (NB203, at `egress`)."""
    annotations = f", annotations: {{netbaseline.dev/lint-ignore: {annotation!r}}}" if annotation else ""
    return (
        f"{HEAD}metadata: {{name: a, namespace: shop{annotations}}}\nspec:\n  podSelector: {{}}\n"
        f"  policyTypes: [Ingress, Egress]\n{above}  egress: []{comment}\n"
    )


def test_without_one_it_is_found(tmp_path: Path) -> None:
    assert "NB203" in ids(lint(policy(), tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        policy(comment="  # netbaseline: ignore NB203 because these pods look up no names"),
        policy(above="  # netbaseline: ignore NB203 because no names\n"),
        policy(above="  # netbaseline: ignore NB203 because no names\n  # and another comment\n"),
        policy(above="  #netbaseline:ignore NB203 because no names\n"),
        policy(annotation="NB203: these pods look up no names"),
        policy(annotation="NB203 : no names"),
    ],
)
def test_with_a_reason_it_is_kept(text: str, tmp_path: Path) -> None:
    assert not ids(lint(text, tmp_path)) & {"NB203", "NB901", "NB902", "NB903"}


@pytest.mark.parametrize(
    "text",
    [
        policy(comment="  # netbaseline: ignore NB203"),
        policy(comment="  # netbaseline: ignore NB203 because"),
        policy(comment="  # netbaseline: ignore NB203 no names"),
        policy(comment="  # netbaseline: ignore because no names"),
        policy(comment="  # netbaseline: ignore"),
        policy(annotation="NB203"),
        policy(annotation="NB203:"),
        policy(annotation="no names"),
    ],
)
def test_without_a_reason_or_a_rule_it_does_not_count_and_is_told(text: str, tmp_path: Path) -> None:
    assert ids(lint(text, tmp_path)) >= {"NB203", "NB901"}


@pytest.mark.parametrize(
    "text",
    [
        policy(above="  # netbaseline: ignore NB204 because of something\n"),
        policy(annotation="NB204: of something"),
        "# netbaseline: ignore NB203 because it is for the whole file\n" + policy(),
    ],
)
def test_one_that_nothing_needs_is_told(text: str, tmp_path: Path) -> None:
    assert ids(lint(text, tmp_path)) >= {"NB203", "NB902"}


def test_several_rules_may_be_named_and_each_must_be_needed(tmp_path: Path) -> None:
    text = policy(above="  # netbaseline: ignore NB203, NB204 because of something\n")
    assert [item.message for item in lint(text, tmp_path) if item.id == "NB902"] == [
        "nothing to suppress here: NB204 finds nothing"
    ]
    assert "NB203" not in ids(lint(text, tmp_path))


def test_an_annotation_may_hold_several_entries(tmp_path: Path) -> None:
    text = policy(annotation="NB203: no names; NB401: nobody owns it")
    assert ids(lint(text, tmp_path)) == set()


def test_an_annotation_speaks_for_its_own_object_only(tmp_path: Path) -> None:
    other = policy().replace("namespace: shop", "namespace: other")
    findings = lint(f"{policy(annotation='NB203: no names')}---\n{other}", tmp_path)
    assert [item.object for item in findings if item.id == "NB203"] == ["NetworkPolicy other/a"]


def test_a_rule_that_does_not_exist_is_told(tmp_path: Path) -> None:
    assert "NB903" in ids(lint(policy(comment="  # netbaseline: ignore NB999 because of a slip"), tmp_path))


def test_words_in_a_value_are_no_comment(tmp_path: Path) -> None:
    text = policy().replace("name: a,", 'name: a, labels: {note: "x"},')
    assert "NB901" not in ids(lint(text.replace("x", "netbaseline-ignore"), tmp_path))
