"""What is going on, for a person who waits: on standard error, on a terminal, and only once it takes a while."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

PATIENCE = 2.0
"""Seconds."""
EVERY = 100
"""Objects between two looks at the clock."""

T = TypeVar("T")


def counted(items: Iterable[T], what: Callable[[int], str]) -> Iterator[T]:
    """`items`, with a line that is kept up to date: what `what` makes of the number of them so far."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield from items
        return
    began = time.monotonic()
    status = console.status("")
    shown = False
    try:
        for number, item in enumerate(items, 1):
            yield item
            if number % EVERY == 0 and time.monotonic() - began > PATIENCE:
                status.update(what(number))
                if not shown:
                    status.start()
                    shown = True
    finally:
        if shown:
            status.stop()
