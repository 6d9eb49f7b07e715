"""Reading a NetworkBaseline in Python: what is accepted, what is refused, and in which words."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from netbaseline.api.errors import MAX_PROBLEMS, problems
from netbaseline.api.v1alpha1 import Direction, LabelSelector, NetworkBaseline, NetworkBaselineSpec, Port
from tests.api.manifests import EXAMPLES, INVALID, baseline, promise, read, refusal


def ids(path: Path) -> str:
    return path.stem


def one_rule(**rule: object) -> dict[str, Any]:
    return baseline({"allow": {"egress": [{"name": "rule", "to": [{"podSelector": {}}], **rule}]}})


@pytest.mark.parametrize("path", EXAMPLES, ids=ids)
def test_every_example_is_valid_and_says_on_top_what_it_is_for(path: Path) -> None:
    assert refusal(read(path)) is None
    assert path.read_text().startswith("# ")


def test_no_two_examples_share_a_name() -> None:
    names = [read(path)["metadata"]["name"] for path in EXAMPLES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", INVALID, ids=ids)
def test_every_invalid_file_is_refused_with_its_message_and_path(path: Path) -> None:
    promised = promise(path)
    found = refusal(read(path))
    assert found is not None
    assert promised.offline in found
    assert promised.path in found


def test_an_empty_spec_denies_both_directions_and_allows_dns() -> None:
    for manifest in (baseline({}), baseline(None), baseline({"allow": {}}), baseline({"allow": {"dns": {}}})):
        spec = NetworkBaseline.parse(manifest).spec
        assert spec == NetworkBaselineSpec()
        assert spec.default_deny == (Direction.INGRESS, Direction.EGRESS)
        assert spec.allow.dns.enabled
        assert spec.allow.same_namespace is None


def test_null_is_the_same_as_absent_as_at_the_api_server() -> None:
    spec = dict.fromkeys(("mode", "suspend", "podSelector", "defaultDeny", "allow", "owner"))
    assert NetworkBaseline.parse(baseline(spec)).spec == NetworkBaselineSpec()
    metadata = {"name": "default", "annotations": None, "labels": None}
    assert NetworkBaseline.parse(baseline({}, metadata=metadata)).metadata.annotations == {}


def test_fields_go_by_the_names_of_the_wire() -> None:
    assert refusal(baseline({"pod_selector": {}})) == "spec.pod_selector: unknown field; did you mean podSelector?"
    assert LabelSelector(match_labels={"app": "shop"}) == LabelSelector.model_validate({"matchLabels": {"app": "shop"}})


def test_a_status_is_neither_believed_nor_checked() -> None:
    assert NetworkBaseline.parse(baseline({}, status="nonsense")) == NetworkBaseline.parse(baseline({}))


def test_a_date_that_yaml_made_a_date_of_is_read_as_text() -> None:
    assert NetworkBaseline.parse(baseline({"reviewed": datetime.date(2026, 11, 1)})).spec.reviewed == "2026-11-01"
    assert refusal(baseline({"reviewed": datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)}))


@pytest.mark.parametrize("value", ["8080", 80.0, True, "HTTP", 0, [], {}])
def test_a_port_is_never_guessed_from_another_type(value: object) -> None:
    found = refusal(one_rule(ports=[{"port": value}]))
    assert found is not None
    assert found.startswith("spec.allow.egress[0].ports[0].port: must be a number from 1 to 65535, or the name")


def test_a_port_may_be_left_out_and_is_tcp_then() -> None:
    assert Port.model_validate({}) == Port.model_validate({"protocol": "TCP"})


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (None, "must be an object (found null)"),
        ([], "must be an object (found an empty list)"),
        ([1, 2], "must be an object (found a list of 2)"),
        ("text", "must be an object (found 'text')"),
        (7, "must be an object (found 7)"),
        ({}, "apiVersion: is required\nkind: is required\nmetadata: is required"),
        (baseline({}, metadata=[]), "metadata: must be an object (found an empty list)"),
        (baseline({}, metadata={}), "metadata.name: is required"),
        (baseline({}, kind="NetworkPolicy"), "kind: must be 'NetworkBaseline' (found 'NetworkPolicy')"),
        (baseline({}, apiVersion="v1"), "apiVersion: must be 'netbaseline.dev/v1alpha1' (found 'v1')"),
        (baseline({}, data=1), "data: unknown field"),
        (baseline([]), "spec: must be an object (found an empty list)"),
        (baseline("x" * 99), f"spec: must be an object (found '{'x' * 59}…)"),
        (baseline({"allow": {"ingress": {}}}), "spec.allow.ingress: must be a list (found an object)"),
        (baseline({"allow": {"egress": [None]}}), "spec.allow.egress[0]: must be an object (found null)"),
        (baseline({"allow": {"egress": ["a"]}}), "spec.allow.egress[0]: must be an object (found 'a')"),
        (baseline({"podSelector": {"matchLabels": []}}),
         "spec.podSelector.matchLabels: must be an object (found an empty list)"),
        (baseline({"podSelector": {"matchLabels": {"app.kubernetes.io/name": 1}}}),
         "spec.podSelector.matchLabels[app.kubernetes.io/name]: must be a string (found 1)"),
        (baseline({"from": []}), "spec.from: unknown field here; check the indentation"),
        (baseline({"defaultdeny": []}), "spec.defaultdeny: unknown field; did you mean defaultDeny?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_path_and_in_words(manifest: object, expected: str) -> None:
    assert refusal(manifest) == expected


def test_a_list_with_bad_items_is_not_called_too_short_as_well() -> None:
    assert refusal(one_rule(to=[{"namespace": "a.b"}])) == (
        "spec.allow.egress[0].to[0].namespace: must be a DNS label: at most 63 lower-case letters, digits and dashes,"
        " no dots (found 'a.b')"
    )


def test_keys_that_are_no_text_are_refused_without_a_crash() -> None:
    assert refusal(baseline({1: 2})) is not None
    assert refusal(baseline({"podSelector": {"matchLabels": {1: "a"}}})) is not None


def test_many_problems_are_cut_off_with_a_count() -> None:
    rules = [{"name": f"r{number}", "to": []} for number in range(15)]
    with pytest.raises(ValidationError) as caught:
        NetworkBaseline.parse(baseline({"allow": {"egress": rules}}))
    found = problems(caught.value)
    assert len(found) == MAX_PROBLEMS + 1
    assert str(found[-1]) == "and 5 more problems"
