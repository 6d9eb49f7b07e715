"""The work queue: every key once, one turn at a time, later with patience."""

import asyncio

import pytest

from netbaseline.controller.queue import FIRST_BACKOFF, LAST_BACKOFF, KeyedQueue


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> KeyedQueue:
    return KeyedQueue(clock)


async def taken(queue: KeyedQueue) -> list[str]:
    """The keys that can be taken now, each of them done at once."""
    found: list[str] = []
    while (key := await one(queue)) is not None:
        found.append(key)
        queue.done(key)
    return found


async def one(queue: KeyedQueue) -> str | None:
    """The next key, left running; None where there is none now."""
    task = asyncio.ensure_future(queue.take())
    for _ in range(5):
        await asyncio.sleep(0)
        if task.done():
            return task.result().key
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return None


async def test_keys_come_out_once_each_in_the_order_they_were_added(queue: KeyedQueue) -> None:
    for key in ("b", "a", "b", "b", "c"):
        queue.add(key)
    assert queue.depth == 3
    assert await taken(queue) == ["b", "a", "c"]
    assert queue.depth == 0


async def test_a_key_has_one_turn_at_a_time(queue: KeyedQueue) -> None:
    queue.add("a")
    assert await one(queue) == "a"
    queue.add("a")
    assert await one(queue) is None
    queue.done("a")
    assert await one(queue) == "a"


async def test_a_key_that_is_added_while_its_turn_runs_gets_exactly_one_more(queue: KeyedQueue) -> None:
    queue.add("a")
    assert await one(queue) == "a"
    queue.add("a")
    queue.add("a")
    queue.done("a")
    assert await taken(queue) == ["a"]


async def test_other_keys_go_on_while_one_is_running(queue: KeyedQueue) -> None:
    queue.add("a")
    assert await one(queue) == "a"
    queue.add("b")
    assert await taken(queue) == ["b"]


async def test_waiting_takers_are_woken_by_a_new_key(queue: KeyedQueue) -> None:
    takers = [asyncio.ensure_future(queue.take()) for _ in range(3)]
    await asyncio.sleep(0)
    for key in ("a", "b", "c"):
        queue.add(key)
    found = await asyncio.wait_for(asyncio.gather(*takers), 10)
    assert sorted(ticket.key for ticket in found) == ["a", "b", "c"]


async def test_a_waiting_taker_is_woken_by_the_end_of_a_turn(queue: KeyedQueue) -> None:
    queue.add("a")
    assert await one(queue) == "a"
    queue.add("a")
    taker = asyncio.ensure_future(queue.take())
    await asyncio.sleep(0)
    queue.done("a")
    assert (await asyncio.wait_for(taker, 10)).key == "a"


async def test_a_ticket_says_since_when_its_key_waits(queue: KeyedQueue, clock: Clock) -> None:
    queue.add("a")
    clock.now += 3
    queue.add("a")
    ticket = await queue.take()
    assert (ticket.key, ticket.since) == ("a", 100.0)


async def test_a_key_for_later_comes_when_its_time_has_come(queue: KeyedQueue, clock: Clock) -> None:
    queue.add_later("a", 5)
    assert await one(queue) is None
    assert queue.depth == 0
    clock.now += 4.9
    assert await one(queue) is None
    clock.now += 0.1
    assert await taken(queue) == ["a"]


@pytest.mark.parametrize("delays", [(5, 50), (50, 5)])
async def test_of_several_wishes_for_later_the_earliest_counts_and_only_once(
    queue: KeyedQueue, clock: Clock, delays: tuple[float, float]
) -> None:
    for delay in delays:
        queue.add_later("a", delay)
    clock.now += 5
    assert await taken(queue) == ["a"]
    clock.now += 100
    assert await taken(queue) == []


async def test_a_wish_for_later_does_not_hold_back_news(queue: KeyedQueue, clock: Clock) -> None:
    queue.add_later("a", 50)
    queue.add("a")
    assert await taken(queue) == ["a"]
    clock.now += 50
    assert await taken(queue) == ["a"]


async def test_a_taker_wakes_by_itself_when_a_later_key_is_due() -> None:
    loop = asyncio.get_running_loop()
    queue = KeyedQueue(loop.time)
    queue.add_later("a", 0.01)
    assert (await asyncio.wait_for(queue.take(), 10)).key == "a"


def test_the_backoff_doubles_with_each_failure_up_to_its_longest(queue: KeyedQueue) -> None:
    for number in range(30):
        longest = min(LAST_BACKOFF, FIRST_BACKOFF * 2**number)
        assert longest / 2 <= queue.retry("a") <= longest
        assert queue.failures("a") == number + 1


def test_a_success_forgets_the_failures_of_its_key_only(queue: KeyedQueue) -> None:
    for _ in range(5):
        queue.retry("a")
        queue.retry("b")
    queue.succeeded("a")
    assert (queue.failures("a"), queue.failures("b")) == (0, 5)
    assert queue.retry("a") <= FIRST_BACKOFF


def test_a_server_that_asks_for_patience_gets_it(queue: KeyedQueue) -> None:
    assert queue.retry("a", at_least=30.0) == 30.0


async def test_a_key_that_failed_comes_again_after_its_backoff(queue: KeyedQueue, clock: Clock) -> None:
    delay = queue.retry("a")
    assert await one(queue) is None
    clock.now += delay
    assert await taken(queue) == ["a"]


async def test_the_oldest_key_may_be_waiting_or_running(queue: KeyedQueue, clock: Clock) -> None:
    assert queue.oldest == 0
    queue.add("a")
    clock.now += 1
    queue.add("b")
    clock.now += 1
    assert queue.oldest == 2
    assert await one(queue) == "a"
    assert queue.oldest == 2
    queue.done("a")
    assert queue.oldest == 1
    assert await taken(queue) == ["b"]
    assert queue.oldest == 0


async def test_keys_for_later_are_not_old(queue: KeyedQueue, clock: Clock) -> None:
    queue.add_later("a", 5)
    clock.now += 4
    assert queue.oldest == 0


async def test_a_standby_that_takes_over_has_kept_nobody_waiting(queue: KeyedQueue, clock: Clock) -> None:
    queue.add("a")
    queue.add("b")
    clock.now += 500
    queue.restart_clocks()
    assert queue.oldest == 0
    assert await taken(queue) == ["a", "b"]


async def test_a_nudge_does_not_hasten_what_keeps_its_distance_after_a_failure(queue: KeyedQueue, clock: Clock) -> None:
    queue.nudge("a")
    assert await one(queue) == "a"
    queue.retry("a", at_least=2.0)
    queue.done("a")
    queue.nudge("a")
    assert await taken(queue) == []
    clock.now += 2.1
    assert await taken(queue) == ["a"]
    queue.succeeded("a")
    queue.nudge("a")
    assert await taken(queue) == ["a"]
