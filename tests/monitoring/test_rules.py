"""The rules by themselves: well-formed, explained, unit-tested, and the same in every form they are shipped in."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from netbaseline.exporter.metrics import PREFIX, TABLE
from tests.monitoring.rules import CHECKOUT, FOLDER, RULES, alerts, metrics_in, questions, rules
from tests.monitoring.tools import promtool

UNIT_TESTS = Path(__file__).with_name("rules.test.yaml")
RUNBOOKS = CHECKOUT / "docs" / "runbooks"
ADDRESS = "https://github.com/netbaseline/netbaseline/blob/main/"
EXPORTED = {
    f"{PREFIX}{row.name}{suffix}"
    for row in TABLE
    for suffix in {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}[row.kind]
}


def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    ended = subprocess.run([promtool(), "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(rules())} rules found" in ended.stdout


def test_the_rules_tell_what_their_stories_expect() -> None:
    ended = subprocess.run([promtool(), "test", "rules", UNIT_TESTS], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_rule_has_a_story() -> None:
    told = UNIT_TESTS.read_text(encoding="utf-8")
    direct = {rule.name for rule in rules() if re.search(rf"\b{re.escape(rule.name)}\b", told)}
    direct |= {
        name for name in alerts() if re.search(rf"Netbaseline\([^)]*\b{name.removeprefix('Netbaseline')}\b", told)
    }
    used = {
        recorded.name
        for recorded in rules()
        if any(re.search(rf"(?<!\w){re.escape(recorded.name)}\b", rule.expr) for rule in rules())
    }
    assert set(alerts()) <= direct
    assert {rule.name for rule in rules()} == direct | used


@pytest.mark.parametrize("name", alerts())
def test_each_alert_says_what_is_wrong_how_urgent_it_is_and_where_to_read_on(name: str) -> None:
    alert = alerts()[name]
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert {"summary", "description", "runbook_url"} == alert["annotations"].keys()
    page = CHECKOUT / alert["annotations"]["runbook_url"].removeprefix(ADDRESS)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    for part in ("**What it costs.**", "## Look", "## Mend"):
        assert part in text


def test_there_is_no_runbook_without_an_alert() -> None:
    named = {alert["annotations"]["runbook_url"].rpartition("/")[2] for alert in alerts().values()}
    assert {page.name for page in RUNBOOKS.iterdir()} == named


def test_the_page_lists_each_alert_as_it_is() -> None:
    lines = (CHECKOUT / "docs" / "monitoring.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if line.startswith("| [Netbaseline")]
    expected = []
    for name, alert in alerts().items():
        page = alert["annotations"]["runbook_url"].rpartition("/")[2]
        summary = re.sub(r"{{ \$labels\.(\w+) }}", r"`\1`", alert["annotations"]["summary"])
        expected.append(f"| [{name}](runbooks/{page}) | {alert['labels']['severity']} | {alert['for']} | {summary} |")
    assert shown == expected


def test_rules_and_dashboard_ask_for_metrics_that_there_are() -> None:
    for expr in [rule.expr for rule in rules()] + [question.expr for question in questions()]:
        assert metrics_in(expr) <= EXPORTED, expr


def test_the_object_for_the_prometheus_operator_has_the_same_rules() -> None:
    found = yaml.safe_load((FOLDER / "prometheusrule.yaml").read_text(encoding="utf-8"))
    assert (found["apiVersion"], found["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert found["spec"] == yaml.safe_load(RULES.read_text(encoding="utf-8"))
