"""What the API can't tell: that nothing enforces the policies, and that somebody else opens the pods again."""

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.control_plane import ControlPlane

FLANNEL = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-flannel-ds, namespace: kube-system}
spec:
  selector: {matchLabels: {app: flannel}}
  template:
    metadata: {labels: {app: flannel}}
    spec: {containers: [{name: flannel, image: flannel}]}
"""


def test_a_cni_that_enforces_nothing_is_told_until_one_that_does_is_there(
    world: World, operator: OperatorProcess, installed: ControlPlane
) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    assert operator.metric("cni_enforces") == -1
    installed.kubectl("apply", "-f", "-", stdin=FLANNEL)
    try:
        world.until(namespace, "NotEnforced")
        assert world.condition(namespace, "Programmed")[0] == "True"
        assert world.condition(namespace, "Degraded")[0] == world.condition(namespace, "Stalled")[0] == "True"
        assert "Flannel" in world.condition(namespace)[2]
        assert operator.metric("cni_enforces") == 0
        installed.kubectl("apply", "-f", "-", stdin=FLANNEL.replace("kube-flannel-ds", "calico-node"))
        world.until(namespace, "Enforced")
        assert operator.metric("cni_enforces") == 1
        assert world.condition(namespace, "Degraded") == ("", "", "")
    finally:
        installed.kubectl(
            "delete", "daemonset", "-n", "kube-system", "kube-flannel-ds", "calico-node", "--ignore-not-found"
        )
    eventually(lambda: operator.metric("cni_enforces") == -1)


def test_a_policy_that_opens_covered_pods_is_told_and_left_alone(world: World, operator: OperatorProcess) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    before = operator.metric("drift_detected_total", type="weakened")
    world.policy(namespace, "allow-all", {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]})
    eventually(lambda: world.condition(namespace, "Weakened")[0] == "True")
    told = world.condition(namespace, "Weakened")[2]
    assert "allow-all" in told
    assert "everybody" in told
    assert world.condition(namespace)[:2] == ("True", "Enforced")
    assert operator.metric("drift_detected_total", type="weakened") == before + 1
    assert operator.metric("weakened") >= 1
    told = f"{namespace}/default: Weakened: NetworkPolicy allow-all opens all pods of this baseline from everybody"
    assert told in operator.log()
    eventually(lambda: [reason for _, reason, _ in world.events(namespace)] == ["Weakened"])
    world.delete_policy(namespace, "allow-all")
    eventually(lambda: world.condition(namespace, "Weakened") == ("", "", ""))


def test_somebody_else_as_controller_of_our_policy_does_not_keep_it_open(
    world: World, operator: OperatorProcess
) -> None:
    namespace = world.namespace()
    uid = world.baseline(namespace)["metadata"]["uid"]
    world.until(namespace, "Enforced")
    taken = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "6a6e7b26-0000-0000-0000-000000000000"}
    # The collector would remove the whole policy for an owner that isn't there: this one is.
    made = world.core.create_namespaced_config_map(namespace, {"metadata": {"name": "x"}})
    owners = [{**taken, "uid": made.metadata.uid, "controller": True}]
    world.patch_policy(
        namespace, "nbl.default.deny", {"metadata": {"ownerReferences": owners}, "spec": {"ingress": [{}]}}
    )
    eventually(lambda: world.policies(namespace)["nbl.default.deny"].controller == uid)
    assert world.policies(namespace)["nbl.default.deny"].spec.ingress == ()
