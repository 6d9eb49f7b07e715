"""What is shipped for Prometheus and Grafana, as the tests of this folder read it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "deploy" / "monitoring"
RULES = FOLDER / "rules.yaml"
DASHBOARD = FOLDER / "coverage.json"

_METRIC = re.compile(r"\bnetbaseline_[a-z_]+")
_RECORDED = re.compile(r"\binstall:netbaseline_[a-z0-9_]+:[a-z0-9_]+")


@dataclass(frozen=True)
class Rule:
    """One recording or alerting rule; `alert` is None for the former."""

    name: str
    alert: dict[str, Any] | None
    expr: str


@dataclass(frozen=True)
class Question:
    """A query of the dashboard, and the panel it is for."""

    panel: str
    expr: str


def rules() -> list[Rule]:
    """All of them, in order."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [
        Rule(rule.get("alert") or rule["record"], rule if "alert" in rule else None, rule["expr"])
        for group in groups
        for rule in group["rules"]
    ]


def alerts() -> dict[str, dict[str, Any]]:
    """Alerting rules by name."""
    return {rule.name: rule.alert for rule in rules() if rule.alert is not None}


def panels() -> list[dict[str, Any]]:
    """The panels of the dashboard that show something; rows are only headings."""
    found = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def questions() -> list[Question]:
    """Every query of every panel."""
    return [Question(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]


def metrics_in(expr: str) -> set[str]:
    """Names of the operator's metrics in an expression, also by way of recording rules."""
    found = set(_METRIC.findall(_RECORDED.sub("", expr)))
    recorded = set(_RECORDED.findall(expr))
    for rule in rules():
        if rule.name in recorded:
            found |= metrics_in(rule.expr)
    return found
