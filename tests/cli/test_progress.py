"""What a person sees who waits: nothing at first, then what goes on, and nothing of it afterwards."""

import io
from functools import partial

import pytest
from rich.console import Console

from netbaseline.cli import progress
from netbaseline.cli.progress import counted, working
from tests.cluster.waiting import eventually

CURSOR_IS_BACK = "\x1b[?25h"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is written to a terminal on which nobody has any patience."""
    written = io.StringIO()
    monkeypatch.setattr(progress, "Console", partial(Console, file=written, force_terminal=True, width=80))
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    return written


def test_what_cannot_tell_how_far_it_is_says_what_it_does(terminal: io.StringIO) -> None:
    with working("looking for mistakes"):
        eventually(lambda: "looking for mistakes" in terminal.getvalue())
    assert CURSOR_IS_BACK in terminal.getvalue()


def test_it_is_gone_from_the_terminal_when_the_work_fails(terminal: io.StringIO) -> None:
    def work() -> None:
        eventually(lambda: "looking for mistakes" in terminal.getvalue())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), working("looking for mistakes"):
        work()
    assert CURSOR_IS_BACK in terminal.getvalue()


def test_what_can_be_counted_is(terminal: io.StringIO) -> None:
    assert list(counted(range(250), lambda number: f"{number} of 250")) == list(range(250))
    assert "200 of 250" in terminal.getvalue()
    assert CURSOR_IS_BACK in terminal.getvalue()


def test_what_is_soon_done_says_nothing(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    with working("looking for mistakes"):
        pass
    assert len(list(counted(range(250), str))) == 250
    assert "looking" not in terminal.getvalue()
    assert "200" not in terminal.getvalue()


def test_off_a_terminal_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(progress, "Console", partial(Console, file=written))
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with working("looking for mistakes"):
        assert len(list(counted(range(250), str))) == 250
    assert written.getvalue() == ""
