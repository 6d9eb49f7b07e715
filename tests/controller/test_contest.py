"""When healing becomes a tug-of-war."""

import pytest

from netbaseline.controller.contest import LONGEST_PAUSE, PATIENCE, WINDOW, Contest


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def healed(contest: Contest, times: int, policy: str = "p") -> None:
    for _ in range(times):
        contest.healed(policy)


def test_a_few_heals_are_put_down_to_chance(clock: Clock) -> None:
    contest = Contest(clock)
    healed(contest, PATIENCE - 1)
    assert contest.against("p", "argocd") is None


def test_too_many_heals_name_the_opponent_and_pause(clock: Clock) -> None:
    contest = Contest(clock)
    healed(contest, PATIENCE)
    found = contest.against("p", "argocd")
    assert found is not None
    assert (found.policy, found.writer) == ("p", "argocd")
    assert found.pause == 1.0


def test_each_further_heal_doubles_the_pause_up_to_the_longest(clock: Clock) -> None:
    contest = Contest(clock)
    healed(contest, PATIENCE)
    pauses = []
    for _ in range(9):
        found = contest.against("p", None)
        assert found is not None
        pauses.append(found.pause)
        contest.healed("p")
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_the_pause_runs_out_and_then_it_is_healed_again(clock: Clock) -> None:
    contest = Contest(clock)
    healed(contest, PATIENCE)
    clock.now = 0.75
    found = contest.against("p", None)
    assert found is not None
    assert found.pause == 0.25
    clock.now = 1.0
    found = contest.against("p", None)
    assert found is not None
    assert found.pause == 0.0


def test_heals_long_ago_do_not_count(clock: Clock) -> None:
    contest = Contest(clock)
    healed(contest, PATIENCE - 1)
    clock.now = WINDOW + 1
    contest.healed("p")
    assert contest.against("p", None) is None


def test_a_contest_ends_when_the_other_side_gives_up(clock: Clock) -> None:
    contest = Contest(clock)
    healed(contest, PATIENCE + 3)
    clock.now = WINDOW + 1
    assert contest.against("p", None) is None


def test_each_policy_has_a_contest_of_its_own(clock: Clock) -> None:
    contest = Contest(clock)
    healed(contest, PATIENCE, "p")
    assert contest.against("q", None) is None
