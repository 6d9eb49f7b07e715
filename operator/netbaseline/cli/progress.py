"""What is going on, for a person who waits: on standard error, on a terminal, and only once it takes a while."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console

PATIENCE = 2.0
"""Seconds."""


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
