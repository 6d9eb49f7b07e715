"""Rule 1: no cut, no gap, after each single write of a turn, whatever the states before and after."""

from collections.abc import Mapping

from hypothesis import event, given, settings
from hypothesis import strategies as st

from netbaseline.core.names import is_bridge
from netbaseline.core.netpol import IPBlock, Peer, Rule, Spec
from netbaseline.core.selectors import equal
from netbaseline.core.sequence import sequence
from netbaseline.core.verdict import Applied, decide
from tests.core.strategies import NAMESPACE, every_flow, label_selectors, specs, states

FLOWS = every_flow()


def allowed(state: Mapping[str, Spec], fixed: list[Spec]) -> set[int]:
    """Indexes into FLOWS of what passes."""
    policies = [Applied(NAMESPACE, name, spec) for name, spec in state.items()]
    policies += [Applied(NAMESPACE, f"foreign-{index}", spec) for index, spec in enumerate(fixed)]
    return {index for index, flow in enumerate(FLOWS) if decide(policies, flow).allowed}


def check(before: dict[str, Spec], after: dict[str, Spec], fixed: list[Spec]) -> int:
    """Play the writes and hold the law after each; returns how many there were."""
    at_start, at_end = allowed(before, fixed), allowed(after, fixed)
    state = dict(before)
    steps = sequence(before, after, fixed, namespace=NAMESPACE)
    for number, step in enumerate(steps):
        if step.spec is None:
            del state[step.name]
        else:
            state[step.name] = step.spec
        now = allowed(state, fixed)
        cut, gap = (at_start & at_end) - now, now - (at_start | at_end)
        assert not cut, f"write {number} of {steps} cuts {[FLOWS[index] for index in sorted(cut)[:2]]}"
        assert not gap, f"write {number} of {steps} opens {[FLOWS[index] for index in sorted(gap)[:2]]}"
    assert state == after
    return len(steps)


@settings(max_examples=150, deadline=None)
@given(before=states(), after=states(), fixed=st.lists(specs, max_size=2))
def test_no_flow_is_cut_or_opened_between_any_two_states(
    before: dict[str, Spec], after: dict[str, Spec], fixed: list[Spec]
) -> None:
    event(f"writes: {min(check(before, after, fixed), 12)}")


@settings(max_examples=50, deadline=None)
@given(after=states(minimum=1), fixed=st.lists(specs, max_size=2))
def test_no_flow_is_cut_or_opened_when_a_namespace_is_closed_or_opened(after: dict[str, Spec], fixed: list[Spec]) -> None:
    check({}, after, fixed)
    check(after, {}, fixed)


@settings(max_examples=50, deadline=None)
@given(before=states(), after=states(), fixed=st.lists(specs, max_size=2), data=st.data())
def test_a_turn_that_died_anywhere_is_finished_by_the_next_one(
    before: dict[str, Spec], after: dict[str, Spec], fixed: list[Spec], data: st.DataObject
) -> None:
    at_start, at_end = allowed(before, fixed), allowed(after, fixed)
    steps = sequence(before, after, fixed, namespace=NAMESPACE)
    state = dict(before)
    for step in steps[: data.draw(st.integers(0, len(steps)))]:
        if step.spec is None:
            del state[step.name]
        else:
            state[step.name] = step.spec
    for step in sequence(state, after, fixed, namespace=NAMESPACE):
        if step.spec is None:
            del state[step.name]
        else:
            state[step.name] = step.spec
        now = allowed(state, fixed)
        assert at_start & at_end <= now <= at_start | at_end
    assert state == after


@given(selector=label_selectors)
def test_closing_an_open_namespace_is_bridged_once_for_both_directions(selector: object) -> None:
    after = {
        "nbl.a.deny": Spec(ingress=(), egress=()),
        "nbl.a.dns": Spec(egress=(Rule((Peer(block=IPBlock("192.0.2.0/24")),)),)),
    }
    written = [(step.name, step.spec is None) for step in sequence({}, after, [], namespace=NAMESPACE)]
    assert written == [("nbl.a.bridge", False), ("nbl.a.deny", False), ("nbl.a.dns", False), ("nbl.a.bridge", True)]


def test_a_single_write_needs_no_bridge() -> None:
    after = {"nbl.a.deny": Spec(ingress=(), egress=())}
    assert [step.name for step in sequence({}, after, [], namespace=NAMESPACE)] == ["nbl.a.deny"]


def test_a_namespace_without_pods_is_just_written() -> None:
    after = {"nbl.a.deny": Spec(ingress=()), "nbl.a.rule.x": Spec(equal({"app": "a"}), ingress=(Rule(),))}
    assert not any(is_bridge(step.name) for step in sequence({}, after, [], namespace=NAMESPACE, has_pods=False))


def test_healing_a_lost_policy_of_an_isolated_namespace_is_one_write() -> None:
    whole = {"nbl.a.deny": Spec(ingress=(), egress=()), "nbl.a.rule.x": Spec(equal({"app": "a"}), ingress=(Rule(),))}
    for name in whole:
        rest = {other: spec for other, spec in whole.items() if other != name}
        assert [step.name for step in sequence(rest, whole, [], namespace=NAMESPACE)] == [name]
