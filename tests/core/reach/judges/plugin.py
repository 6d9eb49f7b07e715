"""Prints what the judges were shown, after a run: also where the tests ran in other processes."""

import pytest

from tests.core.reach.judges.tally import STATISTICS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == STATISTICS
    ]
    if told:
        terminalreporter.section(STATISTICS)
        for text in told:
            terminalreporter.write_line(text)
