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
from tests.sandbox.faults import FaultProxy

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
LONG = 180.0
"""Seconds; the collector takes its time to learn of a CRD, and a refused watch is tried more and more seldom."""


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
            if error.status == 404:
                return False
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


def test_a_deleted_crd_is_waited_for_and_what_comes_after_it_is_taken_up(bare: ControlPlane, theirs: World) -> None:
    install(bare)
    with (
        FaultProxy(bare.server, bare.ca_file) as proxy,
        OperatorProcess(login(bare, proxy.url)) as operator,
    ):
        namespaces = [enforced(theirs) for _ in range(3)]
        remove(bare)
        eventually(lambda: operator.probe("readyz")[0] == 503, seconds=LONG)
        eventually(lambda: f"{CRD_NAME} is not installed" in operator.probe("readyz")[1], seconds=LONG)
        before = len(proxy.writes())
        stays(lambda: operator.process.poll() is None, seconds=5)
        told = operator.log()
        assert told.count("is not installed") == 1
        assert "Traceback" not in told
        assert operator.probe("healthz")[0] == 200
        assert len(proxy.writes()) == before, "it writes on behalf of baselines that are gone"
        install(bare)
        eventually(lambda: operator.probe("readyz")[0] == 200, seconds=LONG)
        for namespace in namespaces:  # as a GitOps tool would: the same again, with other UIDs than the policies know
            theirs.baseline(namespace)
        enforced(theirs)
        for namespace in namespaces:
            theirs.until(namespace, "Enforced", seconds=LONG)
            uid = theirs.get_baseline(namespace)["metadata"]["uid"]
            assert all(policy.owned_by(uid) for policy in theirs.policies(namespace).values())
            assert set(theirs.policies(namespace)) == {DENY, DNS}
        assert operator.metric("baselines") == 4
        assert operator.metric("drift_detected_total") == 0
        assert operator.process.poll() is None
