"""One line a step on stderr, with the seconds it took, so that a slow step can be seen and named."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say that `what` has begun, and how it ended."""
    say(f"{what} …")
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say(f"{what}: given up after {time.monotonic() - began:.1f} s")
        raise
    say(f"{what}: {time.monotonic() - began:.1f} s")


def say(text: str) -> None:
    """Write one line, past pytest's capture."""
    print(f"e2e: {text}", file=sys.__stderr__, flush=True)
