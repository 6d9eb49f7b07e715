"""A real Prometheus with the shipped rules, made impatient: it scrapes and evaluates at once, and fires at once."""

import json
import re
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.cluster.waiting import eventually
from tests.monitoring.rules import RULES
from tests.monitoring.tools import prometheus
from tests.sandbox.ports import ReservedPort
from tests.sandbox.processes import Child, end

SOONER = {
    "netbaseline_queue_oldest_seconds) > 60": "netbaseline_queue_oldest_seconds) > 1",
    "netbaseline_watch_last_event_timestamp_seconds > 300": "netbaseline_watch_last_event_timestamp_seconds > 5",
    "netbaseline_heal_duration_seconds:p99_rate15m > 10": "netbaseline_heal_duration_seconds:p99_rate15m > 1",
}
"""Limits that no test waits for, and what stands for them; the true ones are promtool's to test."""

Series = dict[str, str]


class Prometheus:
    """Ended, and its data removed, at the end of the `with`."""

    def __init__(self) -> None:
        program = prometheus()
        self._folder = tempfile.TemporaryDirectory(prefix="prometheus-")
        home = Path(self._folder.name)
        self._targets = home / "targets.json"
        self.scrape()
        (home / "rules.yaml").write_text(impatient(RULES.read_text(encoding="utf-8")), encoding="utf-8")
        (home / "prometheus.yaml").write_text(yaml.safe_dump(_configuration()), encoding="utf-8")
        self._port = ReservedPort()
        self._child = Child(
            "prometheus",
            [
                program,
                f"--config.file={home / 'prometheus.yaml'}",
                f"--storage.tsdb.path={home / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port.number}",
                "--log.level=warn",
            ],
            home / "log",
        )
        eventually(self._ready, seconds=60, what="Prometheus to be ready")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"the log of Prometheus:\n{self._child.tail(30)}")
        end([self._child], 10)
        self._port.release()
        self._folder.cleanup()

    def scrape(self, **ports: int) -> None:
        """From now on, scrape these clusters: an operator's port for each."""
        listed = [
            {
                "targets": [f"127.0.0.1:{port}"],
                "labels": {"cluster": cluster, "namespace": "netbaseline-system", "pod": f"netbaseline-{cluster}"},
            }
            for cluster, port in ports.items()
        ]
        new = self._targets.with_suffix(".new")
        new.write_text(json.dumps(listed), encoding="utf-8")
        new.rename(self._targets)

    def now(self, expr: str) -> list[Series]:
        """The labels of the series that an expression gives at this moment."""
        return [item["metric"] for item in self._ask("query", query=expr)["result"]]

    def since(self, start: float, end: float, expr: str) -> list[Series]:
        """The labels of the series that it gives at any moment between two Unix times, down to half a scrape."""
        found = self._ask("query_range", query=expr, start=f"{start}", end=f"{end}", step="0.25")["result"]
        return [item["metric"] for item in found]

    def alerts(self, name: str) -> list[Series]:
        """The labels of an alert's instances that fire."""
        found = self._ask("alerts")["alerts"]
        return [each["labels"] for each in found if each["labels"]["alertname"] == name and each["state"] == "firing"]

    def rules(self) -> dict[str, tuple[str, str]]:
        """Of each rule by name, its health and its last error."""
        groups = self._ask("rules")["groups"]
        return {
            rule["name"]: (rule["health"], rule.get("lastError", "")) for group in groups for rule in group["rules"]
        }

    def _ready(self) -> bool:
        assert self._child.alive(), f"Prometheus has ended:\n{self._child.tail(30)}"
        try:
            with urlopen(f"http://127.0.0.1:{self._port.number}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _ask(self, what: str, **parameters: str) -> Any:
        address = f"http://127.0.0.1:{self._port.number}/api/v1/{what}?{urlencode(parameters)}"
        try:
            with urlopen(address, timeout=30) as answer:
                found = json.load(answer)
        except HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error
        assert found["status"] == "success", found
        assert not found.get("warnings"), found
        return found["data"]


def impatient(rules: str) -> str:
    """The rules, firing at once and at limits that a test can reach."""
    for limit, sooner in SOONER.items():
        assert limit in rules, f"{limit} isn't in the rules any more"
        rules = rules.replace(limit, sooner)
    return re.sub(r"^(\s+for:) \w+$", r"\1 0s", rules, flags=re.MULTILINE)


def _configuration() -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [
            {
                "job_name": "netbaseline",
                "honor_labels": True,
                "file_sd_configs": [{"files": ["targets.json"], "refresh_interval": "1s"}],
            }
        ],
    }
