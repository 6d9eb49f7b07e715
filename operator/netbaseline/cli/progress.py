"""What is going on, for a person who waits: on standard error, on a terminal, and only once it takes a while."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console

PATIENCE = 2.0
"""Seconds."""
EVERY = 100
"""Items between two signs of progress."""

T = TypeVar("T")


class Progress:
    """A line that is kept up to date, and gone at the end."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._status = console.status("") if console.is_terminal else None
        self._began = time.monotonic()
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._status is not None and self._shown:
            self._status.stop()

    def tell(self, what: str) -> None:
        """What goes on now."""
        if self._status is None or time.monotonic() - self._began < PATIENCE:
            return
        self._status.update(what)
        if not self._shown:
            self._status.start()
            self._shown = True


@contextmanager
def working(what: str) -> Iterator[None]:
    """Says `what` as long as the body runs, which can't tell how far it is."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    status = console.status(what)
    timer = threading.Timer(PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()


def counted(items: Iterable[T], what: Callable[[int], str]) -> Iterator[T]:
    """`items`, with a line that says what `what` makes of the number of them so far."""
    with Progress() as progress:
        for number, item in enumerate(items, 1):
            yield item
            if number % EVERY == 0:
                progress.tell(what(number))
