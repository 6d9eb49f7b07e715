"""The handlers under `kopf run`, for those who start all their operators that way."""

import os
import subprocess
import sys
from pathlib import Path

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World


def test_it_does_the_same_and_ends_as_told(world: World, operator_kubeconfig: Path) -> None:
    namespace = world.namespace()
    with OperatorProcess(operator_kubeconfig, by_kopf=True) as operator:
        world.baseline(namespace)
        world.until(namespace, "Enforced")
        world.delete_policy(namespace, "nbl.default.dns")
        eventually(lambda: set(world.policies(namespace)) == {"nbl.default.deny", "nbl.default.dns"})
        eventually(lambda: operator.metric("drift_corrected_total", type="missing") == 1)
        eventually(lambda: "DriftHealed" in {reason for _, reason, _ in world.events(namespace)})
        assert operator.probe("healthz")[0] == 200
        assert operator.stop() == 0
        assert "Traceback" not in operator.log()


def test_a_port_that_is_none_is_refused_in_words(operator_kubeconfig: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "kopf", "run", "-m", "netbaseline.handlers", "--all-namespaces"],
        env={**os.environ, "KUBECONFIG": str(operator_kubeconfig), "NETBASELINE_PORT": "abc"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "NETBASELINE_PORT=abc: must be a number from 1 to 65535" in ended.stderr
    assert "ValueError" not in ended.stderr
