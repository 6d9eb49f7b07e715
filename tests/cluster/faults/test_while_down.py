"""What happens while no operator runs is found, healed and told by the next one; an unchanged world is left alone."""

import signal
from functools import partial
from pathlib import Path

import pytest

from netbaseline.api.group import GROUP, PLURAL, VERSION
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import at_rest, eventually, stays
from tests.cluster.world import World

DENY, DNS, SAME = "nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"
WRITES = ("apply", "merge", "strip", "delete")


def end(operator: OperatorProcess, how: signal.Signals) -> None:
    """SIGTERM in a quiet moment must be an orderly end; SIGKILL is what it is."""
    if how is signal.SIGKILL:
        operator.kill()
    else:
        assert operator.stop() == 0


def through(operator: OperatorProcess) -> bool:
    """Whether it has been through what it found at its start."""
    return operator.metric("reconcile_total") > 0 and operator.settled()


def drift(operator: OperatorProcess, what: str) -> dict[str, float]:
    """Counts by type, without the zeros."""
    kinds = ("missing", "modified", "orphaned", "weakened")
    found = {kind: operator.metric(f"drift_{what}_total", type=kind) for kind in kinds}
    return {kind: count for kind, count in found.items() if count}


def versions(world: World) -> dict[str, str]:
    """Of every baseline and every policy in the cluster."""
    policies = world.networking.list_network_policy_for_all_namespaces(_preload_content=False).json()["items"]
    baselines = world.custom.list_cluster_custom_object(GROUP, VERSION, PLURAL)["items"]
    metas = [item["metadata"] for item in (*policies, *baselines)]
    return {f"{meta['namespace']}/{meta['name']}": meta["resourceVersion"] for meta in metas}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_done_while_the_operator_was_down_is_healed_counted_and_told(
    world: World, operator_kubeconfig: Path, how: signal.Signals
) -> None:
    namespace = world.namespace()
    with OperatorProcess(operator_kubeconfig) as first:
        world.baseline(namespace, allow={"sameNamespace": {}})
        world.until(namespace, "Enforced")
        eventually(first.settled)
        end(first, how)
    before = world.policies(namespace)
    world.delete_policy(namespace, DNS)
    world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}}, manager="night-shift")
    world.policy(namespace, "open-door", {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]})
    with OperatorProcess(operator_kubeconfig) as second:

        def healed() -> bool:
            there = world.policies(namespace)
            assert set(there) == {DENY, DNS, SAME, "open-door"}
            assert all(there[name].spec == before[name].spec for name in (DENY, DNS, SAME))
            return True

        eventually(healed)
        eventually(lambda: drift(second, "corrected") == {"missing": 1, "modified": 1})
        eventually(lambda: second.metric("drift_detected_total", type="weakened") >= 1)
        assert {**drift(second, "detected"), "weakened": 0} == {"missing": 1, "modified": 1, "weakened": 0}
        assert world.policies(namespace)[DENY].uid == before[DENY].uid, "a deny was deleted to change it"
        assert world.policies(namespace)[SAME].resource_version == before[SAME].resource_version

        def told() -> bool:
            texts = [text for _, reason, text in world.events(namespace) if reason == "DriftHealed"]
            assert any(DENY in text and "night-shift" in text for text in texts), texts
            assert any(DNS in text and "deleted" in text for text in texts), texts
            return True

        eventually(told)
        eventually(lambda: "open-door" in world.condition(namespace, "Weakened")[2])
        assert world.condition(namespace)[:2] == ("True", "Enforced")
        world.delete_policy(namespace, "open-door")
        eventually(lambda: world.condition(namespace, "Weakened") == ("", "", ""))


def test_what_only_our_own_spec_changed_while_the_operator_was_down_is_no_drift(
    world: World, operator_kubeconfig: Path
) -> None:
    namespace = world.namespace()
    with OperatorProcess(operator_kubeconfig) as first:
        world.baseline(namespace)
        world.until(namespace, "Enforced")
        eventually(first.settled)
    world.edit_baseline(namespace, allow={"sameNamespace": {}, "dns": {"enabled": False}}, owner="team")
    with OperatorProcess(operator_kubeconfig) as second:
        world.until(namespace, "Enforced")
        assert set(world.policies(namespace)) == {DENY, SAME}
        eventually(second.settled)
        assert {**drift(second, "detected"), "weakened": 0} == {"weakened": 0}
    assert not any(reason == "DriftHealed" for _, reason, _ in world.events(namespace))


def test_a_baseline_deleted_while_the_operator_was_down_is_not_missed_by_it(
    world: World, operator_kubeconfig: Path
) -> None:
    namespace, other = world.namespace(), world.namespace()
    with OperatorProcess(operator_kubeconfig) as first:
        for each in (namespace, other):
            world.baseline(each)
            world.until(each, "Enforced")
        eventually(first.settled)
    world.delete_baseline(namespace)
    with OperatorProcess(operator_kubeconfig) as second:
        eventually(lambda: not world.policies(namespace), seconds=90, what="the garbage collector")
        stays(lambda: not world.policies(namespace), what="the policies being gone")
        assert set(world.policies(other)) == {DENY, DNS}
        assert second.metric("drift_detected_total", type="missing") == 0


def unchanged(world: World, before: dict[str, str]) -> bool:
    """Every resourceVersion is as it was."""
    now = versions(world)
    assert {key for key in {*before, *now} if before.get(key) != now.get(key)} == set()
    return True


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_start_over_an_unchanged_world_writes_nothing(
    world: World, operator_kubeconfig: Path, how: signal.Signals
) -> None:
    namespace = world.namespace()
    # Coverage is told half a minute late as a rule: what other tests have left is told now.
    with OperatorProcess(operator_kubeconfig, "--coverage-interval=0") as first:
        world.baseline(namespace, allow={"sameNamespace": {}}, owner="team", reviewed="2026-01-01")
        world.baseline(namespace, "kept", deletionPolicy="Retain")
        world.baseline(namespace, "audited", mode="Audit")
        for name, reason in (("default", "Enforced"), ("kept", "Enforced"), ("audited", "Audited")):
            world.until(namespace, reason, name)
        eventually(first.settled)
        before = at_rest(lambda: versions(world))
        end(first, how)
    for _ in range(2):
        with OperatorProcess(operator_kubeconfig) as again:
            eventually(partial(through, again))
            stays(lambda: unchanged(world, before))
            assert [again.metric("api_requests_total", verb=verb) for verb in WRITES] == [0] * len(WRITES)
            end(again, how)
