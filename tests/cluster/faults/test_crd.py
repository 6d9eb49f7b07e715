"""The CRD that isn't there yet, and the one that goes away and comes back; on a control plane of its own."""

from pathlib import Path

import pytest
from kubernetes.client.exceptions import ApiException

from netbaseline.api.group import CRD_NAME
from tests.cluster.faults.crd import install, remove
from tests.cluster.faults.login import login
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually, stays
from tests.cluster.world import World
from tests.sandbox.control_plane import ControlPlane

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
LONG = 90.0
"""Seconds; a watch that was refused is tried again more and more seldom."""


@pytest.fixture
def no_crd(bare: ControlPlane) -> None:
    remove(bare)


@pytest.fixture
def account(bare: ControlPlane) -> Path:
    return login(bare)


def enforced(world: World) -> str:
    namespace = world.namespace("crd")

    def created() -> bool:
        try:
            world.baseline(namespace)
        except ApiException as error:  # the API server takes a moment to serve a new CRD
            assert error.status != 404, error
            raise
        return True

    eventually(created)
    world.until(namespace, "Enforced", seconds=LONG)
    return namespace


@pytest.mark.usefixtures("no_crd")
def test_without_the_crd_it_waits_says_so_once_and_begins_when_it_comes(
    bare: ControlPlane, theirs: World, account: Path
) -> None:
    with OperatorProcess(account, wait=False) as operator:
        eventually(lambda: operator.probe("readyz")[0] == 503, seconds=LONG)
        eventually(lambda: f"{CRD_NAME} is not installed" in operator.probe("readyz")[1])
        stays(lambda: operator.process.poll() is None, seconds=5)
        assert operator.log().count("is not installed") == 1
        assert operator.probe("healthz")[0] == 200, "a CRD that is missing is no reason to restart the operator"
        install(bare)
        operator.wait_ready(LONG)
        namespace = enforced(theirs)
        assert set(theirs.policies(namespace)) == {DENY, DNS}


def test_a_deleted_crd_takes_the_policies_along_and_a_new_one_is_taken_up(
    bare: ControlPlane, theirs: World, account: Path
) -> None:
    install(bare)
    with OperatorProcess(account) as operator:
        namespaces = [enforced(theirs) for _ in range(3)]
        remove(bare)
        eventually(lambda: not any(theirs.policies(namespace) for namespace in namespaces), seconds=LONG)
        eventually(lambda: operator.probe("readyz")[0] == 503, seconds=LONG)
        assert "networkbaselines" in operator.probe("readyz")[1]
        stays(lambda: operator.process.poll() is None, seconds=3)
        assert not any(theirs.policies(namespace) for namespace in namespaces), "the collector's work was undone"
        assert operator.metric("drift_detected_total") == 0
        assert operator.probe("healthz")[0] == 200
        assert "Traceback" not in operator.log()
        install(bare)
        eventually(lambda: operator.probe("readyz")[0] == 200, seconds=LONG)
        enforced(theirs)
        assert operator.metric("baselines") == 1
        assert operator.process.poll() is None
