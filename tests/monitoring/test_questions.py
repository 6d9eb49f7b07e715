"""What the dashboard's questions answer, by promtool, to series that are made up: two replicas, and two clusters."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.monitoring.rules import questions
from tests.monitoring.tools import promtool

OPERATOR = 'namespace="netbaseline-system"'
LEADS = {
    f'netbaseline_leader{{cluster="east",{OPERATOR},pod="a"}}': 1,
    f'netbaseline_leader{{cluster="east",{OPERATOR},pod="b"}}': 0,
    f'netbaseline_leader{{cluster="west",{OPERATOR},pod="c"}}': 0,
}

Answers = list[tuple[str, float]]
"""The labels of each series, as promtool writes them, and its value."""


def answers(panel: str, given: Mapping[str, float], folder: Path, *expected: Answers) -> None:
    """Assert that each query of a panel, asked of all clusters five minutes in, answers as expected."""
    asked = [question.expr for question in questions() if question.panel == panel]
    cases = [
        {
            "expr": expr.replace("$cluster", ".*"),
            "eval_time": "5m",
            "exp_samples": [{"labels": labels, "value": value} for labels, value in expectation],
        }
        for expr, expectation in zip(asked, expected, strict=True)
    ]
    series = [{"series": name, "values": f"{value}x10"} for name, value in given.items()]
    file = folder / "questions.yaml"
    test = {"interval": "1m", "input_series": series, "promql_expr_test": cases}
    file.write_text(yaml.safe_dump({"tests": [test]}), encoding="utf-8")
    ended = subprocess.run([promtool(), "test", "rules", file], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_replica_that_does_not_lead_has_no_say_in_how_many_namespaces_wait(tmp_path: Path) -> None:
    waiting = {
        f'netbaseline_queue_depth{{cluster="east",{OPERATOR},pod="a"}}': 2,
        f'netbaseline_queue_depth{{cluster="east",{OPERATOR},pod="b"}}': 700,
    }
    answers("Namespaces that wait", LEADS | waiting, tmp_path, [('{cluster="east"}', 2)])


def test_an_install_without_a_leader_is_counted(tmp_path: Path) -> None:
    answers("Installs without a leader", LEADS, tmp_path, [("{}", 1)])


@pytest.mark.parametrize(
    ("given", "without", "unknown"),
    [
        ({"east": 1, "west": 1}, [("{}", 0)], [("{}", 0)]),
        ({"east": 0, "west": -1}, [("{}", 1)], [("{}", 1)]),
        ({}, [], []),
    ],
)
def test_a_network_of_which_nothing_is_known_is_not_said_to_enforce(
    given: Mapping[str, float], without: Answers, unknown: Answers, tmp_path: Path
) -> None:
    series = {f'netbaseline_cni_enforces{{cluster="{cluster}",{OPERATOR}}}': value for cluster, value in given.items()}
    answers("Not enforced", series, tmp_path, without, unknown)


def test_the_replica_that_hears_nothing_is_not_hidden_by_the_one_that_does(tmp_path: Path) -> None:
    heard = {
        'netbaseline_watch_last_event_timestamp_seconds{cluster="east",pod="a",resource="pods"}': 290,
        'netbaseline_watch_last_event_timestamp_seconds{cluster="east",pod="b",resource="pods"}': 20,
    }
    answers("Silence of watches", heard, tmp_path, [('{cluster="east", resource="pods"}', 280)])
