"""Waiting for the world to become as expected."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a slow machine gets; what comes at once on a fast one is waited for no longer than it takes."""


def eventually(question: Callable[[], T], *, seconds: float = PATIENCE, what: str = "") -> T:
    """The first true answer; AssertionError with the last one, or with its own assertion, when time is up."""
    end = time.monotonic() + seconds
    while True:
        try:
            answer = question()
            if answer:
                return answer
            last: object = answer
        except AssertionError as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain for {what or question.__name__}; last: {last}")
        time.sleep(0.02)


def stays(question: Callable[[], bool], *, seconds: float = 1.0, what: str = "") -> None:
    """Holds all the time; for what must not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert question(), f"{what or question.__name__} ceased to hold"
        time.sleep(0.05)


def at_rest(sample: Callable[[], T], *, seconds: float = 2.5, patience: float = 60.0, what: str = "") -> T:
    """What `sample` says once it has said the same for a while."""
    last, since, end = sample(), time.monotonic(), time.monotonic() + patience
    while time.monotonic() - since < seconds:
        assert time.monotonic() < end, f"{what or 'the world'} did not come to rest in {patience:g} s"
        time.sleep(0.1)
        now = sample()
        if now != last:
            last, since = now, time.monotonic()
    return last
