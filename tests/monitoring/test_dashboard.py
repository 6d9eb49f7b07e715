"""The dashboard by itself: generated from its code, the same wherever it is shipped, and readable."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.monitoring.rules import DASHBOARD, FOLDER, panels, questions
from tools.monitoring.files import generated


def test_every_generated_file_is_what_the_code_makes_now() -> None:
    made = generated()
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in made} == made, "run `make monitoring`"


def test_the_config_map_brings_the_same_dashboard_where_grafana_looks_for_it() -> None:
    found = yaml.safe_load((FOLDER / "dashboard.yaml").read_text(encoding="utf-8"))
    assert found["kind"] == "ConfigMap"
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    (content,) = found["data"].values()
    assert content == DASHBOARD.read_text(encoding="utf-8")


def test_every_question_is_asked_of_the_chosen_clusters_only() -> None:
    for question in questions():
        selectors = re.findall(r"(?:\bnetbaseline_[a-z_]+|\bALERTS)(\{[^}]*\})?", question.expr)
        assert selectors, question
        assert all('cluster=~"$cluster"' in selector for selector in selectors), question


def test_a_person_can_choose_the_clusters_and_the_data_source() -> None:
    variables = {each["name"]: each for each in json.loads(DASHBOARD.read_text(encoding="utf-8"))["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["cluster"]["multi"]
    assert re.fullmatch(variables["cluster"]["allValue"], ""), "All has to match where there is no label `cluster`"
    for panel in panels():
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_each_panel_has_a_title_a_description_and_a_place_of_its_own(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert [target["refId"] for target in panel["targets"]] == ["A", "B", "C", "D"][: len(panel["targets"])]
    mine = panel["gridPos"]
    assert mine["x"] + mine["w"] <= 24
    for other in panels():
        if other["id"] != panel["id"]:
            assert not overlap(mine, other["gridPos"]), other["title"]


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether two places share any cell of the grid."""
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def test_it_shows_what_was_asked_for() -> None:
    titles = {panel["title"] for panel in panels()}
    assert {
        "Conformant pods",
        "Namespaces by state",
        "Worst namespaces",
        "Drift seen, by type",
        "Time to heal",
        "Time to converge",
        "Weakened",
        "Longest wait for a turn",
    } <= titles
