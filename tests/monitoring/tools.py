"""Prometheus' own programs, from Debian's package `prometheus` or from wherever PATH finds them."""

import shutil

import pytest


def promtool() -> str:
    """Its path; skips where it isn't installed."""
    return _found("promtool")


def prometheus() -> str:
    """Its path; skips where it isn't installed."""
    return _found("prometheus")


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus")
    return path
