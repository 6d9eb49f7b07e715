"""The generated files of deploy/monitoring: a PrometheusRule, the dashboard, and a ConfigMap with it."""

from pathlib import Path
from typing import Any

import yaml

from tools.monitoring.dashboard import dashboard_json

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
HEAD = "# Made from {source} by `make monitoring`; edit that.\n"


class _Literal(str):
    """A text of several lines, which YAML shall show as such."""


def _represent(dumper: yaml.SafeDumper, text: _Literal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")


yaml.SafeDumper.add_representer(_Literal, _represent)


def generated() -> dict[str, str]:
    """Content by file name."""
    dashboard = dashboard_json()
    return {
        "prometheusrule.yaml": HEAD.format(source="rules.yaml") + _dump(_prometheus_rule()),
        "coverage.json": dashboard,
        "dashboard.yaml": HEAD.format(source="tools/monitoring/dashboard.py") + _dump(_config_map(dashboard)),
    }


def _prometheus_rule() -> dict[str, Any]:
    rules = yaml.safe_load((FOLDER / "rules.yaml").read_text(encoding="utf-8"))
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": _metadata("netbaseline"),
        "spec": {"groups": rules["groups"]},
    }


def _config_map(dashboard: str) -> dict[str, Any]:
    # Grafana's sidecar (kiwigrid/k8s-sidecar, in its Helm chart) loads what carries this label.
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata("netbaseline-dashboard", grafana_dashboard="1"),
        "data": {"netbaseline-coverage.json": _Literal(dashboard)},
    }


def _metadata(name: str, **labels: str) -> dict[str, Any]:
    return {
        "name": name,
        "namespace": "netbaseline-system",
        "labels": {"app.kubernetes.io/name": "netbaseline", **labels},
    }


def _dump(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, width=120, allow_unicode=True)
