"""The main job on a real API server."""

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World


def test_a_baseline_becomes_its_policies(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace()
    world.baseline(namespace, allow={"sameNamespace": {}})
    world.until(namespace, "Enforced")
    assert set(world.policies(namespace)) == {"nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"}


def test_a_deleted_policy_is_restored_and_counted(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    before = operator.metric("drift_corrected_total", type="missing")
    world.delete_policy(namespace, "nbl.default.dns")
    eventually(lambda: "nbl.default.dns" in world.policies(namespace))
    eventually(lambda: operator.metric("drift_corrected_total", type="missing") == before + 1)
    eventually(
        lambda: any(
            reason == "DriftHealed" and "nbl.default.dns" in text for _, reason, text in world.events(namespace)
        )
    )
