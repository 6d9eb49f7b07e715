"""The dashboard by itself: generated from its code, the same wherever it is shipped, and readable."""

import json
import re
from enum import StrEnum
from typing import Any

import pytest
import yaml

from netbaseline.core.coverage.states import NamespaceState, State
from tests.monitoring.rules import CHECKOUT, DASHBOARD, FOLDER, panels, questions
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
    assert variables["datasource"]["current"]["value"] == "default", "not whichever comes first by name"
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


def titled(title: str) -> dict[str, Any]:
    """The panel of this name."""
    (found,) = (panel for panel in panels() if panel["title"] == title)
    return found


@pytest.mark.parametrize(
    ("title", "name", "states"),
    [
        ("Namespaces by state", "{}", NamespaceState),
        ("Pods by state", "Ingress {}", State),
        ("Pods by state", "Egress {}", State),
    ],
)
def test_each_state_has_one_colour_of_its_own(title: str, name: str, states: type[StrEnum]) -> None:
    colours = {}
    for state in states:
        (colours[state.value],) = (
            each["value"]["fixedColor"]
            for override in titled(title)["fieldConfig"]["overrides"]
            if re.search(override["matcher"]["options"].strip("/"), name.format(state.value))
            for each in override["properties"]
            if each["id"] == "color"
        )
    assert colours["open"] == "red"
    assert len(set(colours.values())) == len(colours)


@pytest.mark.parametrize("title", ["Firing alerts", "Weakened", "Tug-of-war"])
def test_a_table_says_what_it_is_about_before_it_says_how_many(title: str) -> None:
    panel = titled(title)
    (labels,) = re.findall(r"by \(([^)]*)\)", panel["targets"][0]["expr"])
    places: dict[str, int] = panel["transformations"][0]["options"]["indexByName"]
    # Grafana puts a column without a place behind all that have one.
    assert sorted(places, key=places.__getitem__) == [*labels.split(", "), "Value"]


def test_a_share_is_shown_of_the_whole() -> None:
    for panel in panels():
        if (
            panel["type"] in {"timeseries", "bargauge"}
            and panel["fieldConfig"]["defaults"].get("unit") == "percentunit"
        ):
            assert (panel["fieldConfig"]["defaults"]["min"], panel["fieldConfig"]["defaults"]["max"]) == (0, 1)


def test_the_only_version_is_named() -> None:
    assert titled("Versions")["options"]["textMode"] == "value_and_name"


def test_a_ranking_has_room_for_all_of_its_bars() -> None:
    panel = titled("Worst namespaces")
    (found,) = re.findall(r"bottomk\((\d+),", panel["targets"][0]["expr"])
    # Grafana's pixels: rows of 30 with 8 between them, 48 for heading and padding, and 10 between the bars.
    room = panel["gridPos"]["h"] * 38 - 8 - 48
    assert int(found) * (panel["options"]["minVizHeight"] + 10) - 10 <= room


def test_what_is_empty_without_rules_or_metrics_does_not_say_that_all_is_well() -> None:
    assert "aren't installed" in titled("Firing alerts")["fieldConfig"]["defaults"]["noValue"]
    assert "turned off" in titled("Worst namespaces")["fieldConfig"]["defaults"]["noValue"]


def test_the_runbooks_are_a_click_away() -> None:
    (link,) = json.loads(DASHBOARD.read_text(encoding="utf-8"))["links"]
    page, _, heading = link["url"].removeprefix("https://github.com/netbaseline/netbaseline/blob/main/").partition("#")
    assert f"\n## {heading.capitalize()}\n" in (CHECKOUT / page).read_text(encoding="utf-8")
    (override,) = titled("Firing alerts")["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byName", "options": "alertname"}
    assert override["properties"][0]["value"][0]["url"] == link["url"]


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
