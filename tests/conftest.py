"""What all tests share: the control plane's fixtures, and profiles for Hypothesis."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.sandbox.plugin", "tests.core.reach.judges.plugin"]

# Timing asserts nothing here: a slow machine is no failure. `make fuzz` looks much longer than `make test`.
settings.register_profile("test", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", deadline=None, max_examples=5000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A test that passed only when it was tried again has failed once: how, is told as for any other failure."""
    again: list[pytest.TestReport] = terminalreporter.stats.get("rerun", [])
    if again:
        terminalreporter.section("tried again")
    for report in again:
        terminalreporter.section(report.nodeid, sep="_")
        terminalreporter.line(report.longreprtext)
