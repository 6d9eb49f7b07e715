"""Rule 1: no cut, no gap, after each single write of a turn, whatever the states before and after."""

from collections.abc import Iterable, Mapping
from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from netbaseline.core import selectors
from netbaseline.core.netpol import IPBlock, Peer, Rule, Spec
from netbaseline.core.normalize import normalized
from netbaseline.core.selectors import Selector, equal, outside
from netbaseline.core.sequence import Step, sequence
from netbaseline.core.verdict import Applied, decide
from tests.core.strategies import NAMESPACE, every_flow, specs, states

FLOWS = every_flow()
POLICIES = 40

foreign = st.dictionaries(st.sampled_from(("theirs", "others")), specs, max_size=2)


def allowed(state: Mapping[str, Spec], fixed: dict[str, Spec]) -> set[int]:
    """Indexes into FLOWS of what passes."""
    policies = [Applied(NAMESPACE, name, spec) for name, spec in state.items()]
    policies += [Applied(NAMESPACE, name, spec) for name, spec in fixed.items()]
    return {index for index, flow in enumerate(FLOWS) if decide(policies, flow).allowed}


def writes(before: dict[str, Spec], after: dict[str, Spec], fixed: dict[str, Spec], order: Random) -> list[Step]:
    """The writes of a turn, each stage in an order of its own."""
    stages = sequence(before, after, fixed, namespace=NAMESPACE)
    return [step for stage in stages for step in order.sample(stage, len(stage))]


def check(before: dict[str, Spec], after: dict[str, Spec], fixed: dict[str, Spec], order: Random) -> int:
    """Play the writes and hold the law after each; returns how many there were."""
    at_start, at_end = allowed(before, fixed), allowed(after, fixed)
    state = dict(before)
    steps = writes(before, after, fixed, order)
    for number, step in enumerate(steps):
        if step.spec is None:
            del state[step.name]
        else:
            assert step.spec == normalized(step.spec), "it would not be read back as it was written"
            state[step.name] = step.spec
        now = allowed(state, fixed)
        cut, gap = (at_start & at_end) - now, now - (at_start | at_end)
        assert not cut, f"write {number} of {steps} cuts {[FLOWS[index] for index in sorted(cut)[:2]]}"
        assert not gap, f"write {number} of {steps} opens {[FLOWS[index] for index in sorted(gap)[:2]]}"
    assert state == after
    return len(steps)


@settings(max_examples=150, deadline=None)
@given(before=states(), after=states(), fixed=foreign, order=st.randoms())
def test_no_flow_is_cut_or_opened_between_any_two_states(
    before: dict[str, Spec], after: dict[str, Spec], fixed: dict[str, Spec], order: Random
) -> None:
    event(f"writes: {min(check(before, after, fixed, order), 12)}")


@settings(max_examples=50, deadline=None)
@given(after=states(minimum=1), fixed=foreign, order=st.randoms())
def test_no_flow_is_cut_or_opened_when_a_namespace_is_closed_or_opened(
    after: dict[str, Spec], fixed: dict[str, Spec], order: Random
) -> None:
    check({}, after, fixed, order)
    check(after, {}, fixed, order)


@settings(max_examples=50, deadline=None)
@given(before=states(), after=states(), fixed=foreign, data=st.data())
def test_a_turn_that_died_anywhere_is_finished_by_the_next_one(
    before: dict[str, Spec], after: dict[str, Spec], fixed: dict[str, Spec], data: st.DataObject
) -> None:
    at_start, at_end = allowed(before, fixed), allowed(after, fixed)
    order = data.draw(st.randoms())
    steps = writes(before, after, fixed, order)
    state = dict(before)
    for step in steps[: data.draw(st.integers(0, len(steps)))]:
        if step.spec is None:
            del state[step.name]
        else:
            state[step.name] = step.spec
    for step in writes(state, after, fixed, order):
        if step.spec is None:
            del state[step.name]
        else:
            state[step.name] = step.spec
        now = allowed(state, fixed)
        assert at_start & at_end <= now <= at_start | at_end
    assert state == after


def test_closing_an_open_namespace_is_bridged_once_for_both_directions() -> None:
    after = {
        "nbl.a.deny": Spec(ingress=(), egress=()),
        "nbl.a.dns": Spec(egress=(Rule((Peer(block=IPBlock("192.0.2.0/24")),)),)),
    }
    written = [
        (step.name, step.spec is None) for stage in sequence({}, after, {}, namespace=NAMESPACE) for step in stage
    ]
    assert written == [("nbl.a.bridge", False), ("nbl.a.deny", False), ("nbl.a.dns", False), ("nbl.a.bridge", True)]


def test_a_single_write_needs_no_bridge() -> None:
    after = {"nbl.a.deny": Spec(ingress=(), egress=())}
    assert sequence({}, after, {}, namespace=NAMESPACE) == ((Step("nbl.a.deny", after["nbl.a.deny"]),),)


def test_a_namespace_without_pods_is_just_written() -> None:
    after = {"nbl.a.deny": Spec(ingress=()), "nbl.a.rule.x": Spec(equal({"app": "a"}), ingress=(Rule(),))}
    (stage,) = sequence({}, after, {}, namespace=NAMESPACE, has_pods=False)
    assert {step.name for step in stage} == set(after)


def test_healing_a_lost_policy_of_an_isolated_namespace_is_one_write() -> None:
    whole = {"nbl.a.deny": Spec(ingress=(), egress=()), "nbl.a.rule.x": Spec(equal({"app": "a"}), ingress=(Rule(),))}
    for name, lost in whole.items():
        rest = {other: spec for other, spec in whole.items() if other != name}
        assert sequence(rest, whole, {}, namespace=NAMESPACE) == ((Step(name, lost),),)


@given(before=states(), after=states(), fixed=foreign, order=st.randoms(), survived=st.integers(1, 3))
def test_a_turn_that_dies_after_every_few_writes_still_arrives(
    before: dict[str, Spec], after: dict[str, Spec], fixed: dict[str, Spec], order: Random, survived: int
) -> None:
    state = dict(before)
    most = 2 * len(writes(before, after, fixed, order)) + 4
    for _ in range(most):
        for step in writes(state, after, fixed, order)[:survived]:
            if step.spec is None:
                del state[step.name]
            else:
                state[step.name] = step.spec
        if state == after:
            return
    assert state == after, f"still not there after {most} rounds: {sorted(state)}"


def test_what_selectors_leave_out_is_asked_a_few_times_a_policy_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is the dear part: asked anew for each pair of policies, a turn over 64 rules took half a minute."""

    def state(shift: int) -> dict[str, Spec]:
        def closed(number: int) -> Spec:
            pods = equal({"app": f"app-{number + shift}"})
            peers = (Peer(pods=equal({"from": f"{number + shift}"})),)
            return normalized(Spec(pods, ingress=(Rule(peers),), egress=(Rule(peers),)))

        return {f"nbl.default.rule.r{number}": closed(number) for number in range(POLICIES)}

    asked: list[Selector] = []

    def counted(base: Selector, covered: Iterable[Selector], limit: int) -> tuple[Selector, ...] | None:
        asked.append(base)
        return outside(base, covered, limit)

    monkeypatch.setattr(selectors, "outside", counted)
    assert len(sequence(state(0), state(POLICIES // 2), {}, namespace=NAMESPACE)) > 3
    assert len(asked) <= 20 * POLICIES
