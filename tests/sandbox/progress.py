"""Shows that a long step is alive: a counting line on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_LINE_EVERY = 60.0  # seconds between two lines in a log
_ERASE_LINE = "\r\x1b[K"


class Progress:
    """Writes to one console; made for steps of minutes, told about time by their callers' ticks."""

    def __init__(self, console: TextIO) -> None:
        """`console` is a terminal or any text stream."""
        self._console = console
        self._terminal = console.isatty()

    def say(self, text: str) -> None:
        """Write one line and show it at once."""
        self._console.write(f"sandbox: {text}\n")
        self._console.flush()

    @contextmanager
    def step(self, what: str, about: str) -> Iterator[Callable[[], None]]:
        """Announce `what`, which takes `about` so long; the caller calls what is yielded every second or so."""
        began = last_line = time.monotonic()
        if not self._terminal:
            self.say(f"{what}, about {about} …")

        def tick() -> None:
            nonlocal last_line
            now = time.monotonic()
            if self._terminal:
                self._console.write(f"{_ERASE_LINE}sandbox: {what}, about {about}: {now - began:.0f} s")
                self._console.flush()
            elif now - last_line >= _LINE_EVERY:
                last_line = now
                self.say(f"{what}: {now - began:.0f} s")

        done = False
        try:
            yield tick
            done = True
        finally:
            if self._terminal:
                self._console.write(_ERASE_LINE)
            self.say(f"{what}: {'done' if done else 'given up'} after {time.monotonic() - began:.0f} s")
