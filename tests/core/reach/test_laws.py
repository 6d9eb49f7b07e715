"""Laws that hold for any cluster, whatever is in it: the engine is asked twice, and the answers have to fit."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.reach import rows
from netbaseline.core.reach.allowance import Allowance
from netbaseline.core.reach.cases import OPEN, Semantics
from netbaseline.core.reach.matrix import Reachability
from tests.core.reach.judges.engine import BLOCKS_MATCH_PODS
from tests.core.reach.judges.worlds import NAMESPACES, OUTSIDE, Json, World, policies, worlds

Meaning = dict[tuple[int, int], Allowance]
"""All that may pass, by source and destination as numbered in `World.ends`."""

DENIED_EVERYWHERE = tuple(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": name},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }
    for name in NAMESPACES
)


def nodes(world: World, reach: Reachability) -> list[int]:
    return [*map(reach.node_of_pod, range(len(world.pods))), *map(reach.node_of_address, OUTSIDE)]


def meaning(world: World, semantics: Semantics = OPEN) -> Meaning:
    """What the engine says of every pair."""
    reach = Reachability(world.inventory(), semantics)
    at = nodes(world, reach)
    return {pair: reach.between(at[pair[0]], at[pair[1]]) for pair in world.pairs()}


def widened(before: Allowance, after: Allowance) -> bool:
    """Whether nothing is lost: neither what is allowed for certain, nor what some plugin may allow."""
    return not (before.allowed - after.allowed) and not (before.possible - after.possible)


def with_policies(world: World, given: Sequence[Json]) -> World:
    return replace(world, policies=tuple(given))


@given(worlds(), policies)
def test_a_policy_takes_nothing_from_a_pod_that_was_isolated_before(world: World, added: Json) -> None:
    before = Reachability(world.inventory())
    more = with_policies(world, [*world.policies, added])
    after = Reachability(more.inventory())
    at_before, at_after = nodes(world, before), nodes(more, after)
    isolated = 0
    for pod in range(len(world.pods)):
        for direction in Direction:
            if before.isolating(at_before[pod], direction):
                isolated += 1
                one, other = before.row(at_before[pod], direction), after.row(at_after[pod], direction)
                for near, far in zip(at_before, at_after, strict=True):
                    assert widened(rows.at(one, near), rows.at(other, far))
    event(f"{'some' if isolated else 'no'} pod was isolated")


@given(worlds(), policies)
def test_a_policy_that_isolates_nothing_new_never_removes_a_connection(world: World, added: Json) -> None:
    denied = with_policies(world, [*DENIED_EVERYWHERE, *world.policies])
    before, after = meaning(denied), meaning(with_policies(denied, [*denied.policies, added]))
    assert all(widened(before[pair], after[pair]) for pair in before)
    event(f"{'something' if before != after else 'nothing'} was opened")


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_pods_documents_rules_peers_and_ports_changes_nothing(world: World, random: Any) -> None:
    order = list(range(len(world.pods)))
    random.shuffle(order)
    shuffled = [_shuffled(policy, random) for policy in world.policies]
    random.shuffle(shuffled)
    other = meaning(replace(world, pods=tuple(world.pods[number] for number in order), policies=tuple(shuffled)))
    back = {number: place for place, number in enumerate(order)}
    for (source, destination), given_before in meaning(world).items():
        assert other[back.get(source, source), back.get(destination, destination)] == given_before


def _shuffled(policy: Json, random: Any) -> Json:
    found = deepcopy(policy)
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        rules = found["spec"].get(direction) or []
        random.shuffle(rules)
        for rule in rules:
            random.shuffle(rule.get(peers) or [])
            random.shuffle(rule.get("ports") or [])
    return found


@given(worlds())
def test_saying_everything_twice_changes_nothing(world: World) -> None:
    assert meaning(with_policies(world, world.policies * 2)) == meaning(world)


@given(worlds())
def test_a_policy_may_be_split_by_rule_and_by_direction(world: World) -> None:
    pieces = [piece for policy in world.policies for piece in _split(policy)]
    assert meaning(with_policies(world, pieces)) == meaning(world)
    event(f"{len(pieces) - len(world.policies)} policies more")


@given(worlds())
def test_a_rule_may_be_split_by_peer_and_by_port(world: World) -> None:
    assert meaning(with_policies(world, [_rules_split(policy) for policy in world.policies])) == meaning(world)


def _split(policy: Json) -> list[Json]:
    """One policy for each direction and rule; for a direction without rules, one that isolates alone."""
    spec = policy["spec"]
    types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    found = []
    for name in types:
        direction = name.lower()
        for number, rules in enumerate([[rule] for rule in spec.get(direction) or ()] or [[]]):
            piece = {"podSelector": spec.get("podSelector", {}), "policyTypes": [name], direction: rules}
            metadata = {**policy["metadata"], "name": f"{policy['metadata']['name']}-{direction}-{number}"}
            found.append({**policy, "metadata": metadata, "spec": piece})
    return found


def _rules_split(policy: Json) -> Json:
    found = deepcopy(policy)
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        if direction in found["spec"]:
            found["spec"][direction] = [
                {**({peers: [peer]} if peer else {}), **({"ports": [port]} if port else {})}
                for rule in found["spec"][direction]
                for peer in rule.get(peers) or [None]
                for port in rule.get("ports") or [None]
            ]
    return found


@given(worlds())
def test_an_answer_to_what_is_open_settles_the_verdict_between_what_was_certain_and_what_was_possible(
    world: World,
) -> None:
    unsettled, settled = meaning(world), meaning(world, BLOCKS_MATCH_PODS)
    for pair, given_open in unsettled.items():
        assert not settled[pair].depends
        assert not given_open.allowed - settled[pair].allowed
        assert not settled[pair].allowed - given_open.possible
