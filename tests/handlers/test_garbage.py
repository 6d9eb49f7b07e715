"""What the collector of cycles still looks at."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from netbaseline.handlers import garbage


class Node:
    """Refers to itself, so that only the collector can end it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The collector belongs to the whole process, and to all its tests."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_is_there_at_the_start_is_not_looked_at_again() -> None:
    there = Node()
    garbage.settle()
    assert not any(each is there for each in gc.get_objects())


def test_cycles_of_what_comes_later_are_collected_all_the_same() -> None:
    garbage.take_time()
    garbage.settle()
    ended = weakref.ref(Node())
    assert ended() is not None
    gc.collect()
    assert ended() is None


def test_the_young_are_looked_at_less_often_and_the_others_as_often_as_before() -> None:
    before = gc.get_threshold()
    garbage.take_time()
    assert gc.get_threshold() == (garbage.NEW_OBJECTS, *before[1:])
    assert before[0] < garbage.NEW_OBJECTS
