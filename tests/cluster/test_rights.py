"""The shipped rights: enough for the whole job, none of them idle, and a missing one is told and got over."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.foreign_apis import OTHERS, STORED, served
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.deploy import manifests
from tests.deploy.manifests import Json
from tests.deploy.rights import Right, granted, used
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import FaultProxy

HOME = "netbaseline-system"
DENY = "nbl.default.deny"


@pytest.fixture(scope="module")
def shipped(installed: ControlPlane) -> list[Json]:
    """Everything in deploy/base."""
    return manifests.render(installed, manifests.BASE)


@pytest.fixture
def no_lease(installed: ControlPlane) -> None:
    """As before the first start ever: no Lease that could be there already."""
    installed.kubectl("delete", "leases", "--all", f"--namespace={HOME}")


def whole_job(world: World, operator: OperatorProcess) -> None:
    """Drive a leading operator through all that it does, in two namespaces, and leave no policy behind."""
    eventually(lambda: operator.metric("leader") == 1)
    for _ in range(2):
        life_of_a_baseline(world, world.namespace("rights"))


def life_of_a_baseline(world: World, namespace: str) -> None:
    """Enforced, drifted twice and healed, withdrawn."""
    world.baseline(namespace, allow={"sameNamespace": {}})
    world.until(namespace, "Enforced")
    world.delete_policy(namespace, "nbl.default.dns")
    eventually(lambda: "nbl.default.dns" in world.policies(namespace))
    good = world.policies(namespace)[DENY].spec
    world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}})
    eventually(lambda: world.policies(namespace)[DENY].spec == good)
    world.edit_baseline(namespace, mode="Audit")
    world.until(namespace, "Audited")
    assert not world.policies(namespace)
    eventually(lambda: {"DriftHealed", "Audited"} <= {reason for _, reason, _ in world.events(namespace)})


@pytest.mark.usefixtures("no_lease")
def test_the_shipped_rights_are_enough_for_the_whole_job(world: World, operator_kubeconfig: Path) -> None:
    with OperatorProcess(operator_kubeconfig, leader_elect=True) as operator:
        whole_job(world, operator)
        assert operator.probe("readyz")[0] == 200
        assert operator.metric("api_requests_total", code="403") == 0
        assert operator.stop() == 0
    assert "forbidden" not in operator.log().lower()


@pytest.mark.usefixtures("no_lease", "operator_kubeconfig")
def test_every_right_that_is_shipped_is_used_and_nothing_else_is_asked(
    world: World, installed: ControlPlane, shipped: list[Json]
) -> None:
    account = manifests.account(shipped)
    with FaultProxy(installed.server, installed.ca_file) as proxy:
        kubeconfig = installed.service_account_kubeconfig(*account, server=proxy.url)
        with served(installed, OTHERS), OperatorProcess(kubeconfig, leader_elect=True) as operator:
            whole_job(world, operator)
            eventually(lambda: all(map(operator.watches, OTHERS)), seconds=60)
            watches = proxy.watches()
            with served(installed, STORED):
                eventually(lambda: all(map(operator.watches, STORED)), seconds=60)
                watches += proxy.watches()
            assert operator.stop() == 0
        uses = {use for target in watches for use in used("GET", target)}
        for request in proxy.requests:
            uses |= used(request.method, f"{request.path}?{request.query}", request.status)
    rights = granted(shipped, account)
    assert {use for use in uses if not any(right.covers(use) for right in rights)} == set()
    assert {right for right in rights if not is_needed(right, uses)} == set()


def is_needed(right: Right, uses: set[Right]) -> bool:
    """Whether anything used it; what is granted for the whole cluster has to be used there, or in many namespaces."""
    where = {use.namespace for use in uses if right.covers(use)}
    return bool(where) and (bool(right.namespace) or "" in where or len(where) > 1)


def test_a_missing_right_to_write_is_told_and_heals_when_it_is_given(
    world: World, installed: ControlPlane, shipped: list[Json]
) -> None:
    rights = manifests.moved(shipped, f"no-patch-{os.getpid()}")
    with operator_with(installed, manifests.without(rights, "patch", "networkpolicies")) as operator:
        operator.wait_ready()
        namespace = world.namespace()
        world.baseline(namespace)
        world.until(namespace, "Retrying")
        status, _, message = world.condition(namespace)
        assert status == "False"
        assert 'cannot patch resource "networkpolicies"' in message
        assert operator.metric("reconcile_total", result="error") >= 1
        assert operator.metric("api_requests_total", resource="networkpolicies", verb="apply", code="403") >= 1
        assert operator.probe("healthz")[0] == 200
        manifests.apply(installed, rights)
        world.until(namespace, "Enforced", seconds=60)
        assert operator.process.poll() is None


@pytest.mark.parametrize(
    ("verb", "resource"),
    [("create", "networkpolicies"), ("delete", "networkpolicies")],
)
def test_a_missing_right_that_a_turn_needs_is_told_on_the_baseline(
    world: World, installed: ControlPlane, shipped: list[Json], verb: str, resource: str
) -> None:
    rights = manifests.moved(shipped, f"no-{verb}-{resource}-{os.getpid()}")
    with operator_with(installed, manifests.without(rights, verb, resource)) as operator:
        operator.wait_ready()
        namespace = world.namespace()
        world.baseline(namespace)
        world.until(namespace, "Retrying")
        assert f'cannot {verb} resource "{resource}"' in world.condition(namespace)[2]


def test_a_missing_right_to_report_is_told_in_the_log_and_counted(
    world: World, installed: ControlPlane, shipped: list[Json]
) -> None:
    rights = manifests.moved(shipped, f"no-status-{os.getpid()}")
    with operator_with(installed, manifests.without(rights, "patch", "networkbaselines/status")) as operator:
        operator.wait_ready()
        namespace = world.namespace()
        world.baseline(namespace)
        eventually(lambda: 'cannot patch resource "networkbaselines/status"' in operator.log())
        eventually(lambda: operator.metric("reconcile_total", result="error") >= 1)
        eventually(lambda: DENY in world.policies(namespace), what="the job itself to be done")
        manifests.apply(installed, rights)
        world.until(namespace, "Enforced", seconds=60)


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("list", "networkpolicies"),
        ("watch", "networkpolicies"),
        ("list", "namespaces"),
        ("list", "networkbaselines"),
        ("list", "endpointslices"),
    ],
)
def test_a_missing_right_to_read_keeps_it_unready_without_a_restart(
    installed: ControlPlane, shipped: list[Json], verb: str, resource: str
) -> None:
    rights = manifests.moved(shipped, f"no-{verb}-{resource}-{os.getpid()}")
    with operator_with(installed, manifests.without(rights, verb, resource)) as operator:
        eventually(lambda: f'cannot {verb} resource "{resource}"' in operator.probe("readyz")[1])
        assert operator.probe("readyz")[0] == 503
        assert operator.probe("healthz")[0] == 200
        manifests.apply(installed, rights)
        operator.wait_ready()


def test_a_right_that_stays_missing_is_asked_for_more_and_more_seldom(
    installed: ControlPlane, shipped: list[Json]
) -> None:
    rights = manifests.moved(shipped, f"no-watch-{os.getpid()}")
    with operator_with(installed, manifests.without(rights, "watch", "networkpolicies")) as operator:
        asked = partial(operator.metric, "api_requests_total", resource="networkpolicies", verb="watch")
        eventually(lambda: asked() >= 4)
        time.sleep(5)
        assert asked() <= 10
        assert operator.probe("readyz")[0] == 503


def test_a_missing_right_to_watch_baselines_is_told_and_heals_when_it_is_given(
    world: World, installed: ControlPlane, shipped: list[Json]
) -> None:
    rights = manifests.moved(shipped, f"no-watch-baselines-{os.getpid()}")
    with operator_with(installed, manifests.without(rights, "watch", "networkbaselines")) as operator:
        eventually(lambda: 'cannot watch resource "networkbaselines"' in operator.log())
        eventually(lambda: "HTTP 403" in operator.probe("readyz")[1])
        assert operator.probe("readyz")[0] == 503
        assert operator.probe("healthz")[0] == 200
        manifests.apply(installed, rights)
        eventually(lambda: operator.probe("readyz")[0] == 200, seconds=60)
        namespace = world.namespace()
        world.baseline(namespace)
        world.until(namespace, "Enforced", seconds=60)
        assert operator.process.poll() is None


@pytest.mark.parametrize("verb", ["list", "watch"])
def test_without_the_right_to_see_pods_coverage_is_unknown_and_all_else_goes_on(
    world: World, installed: ControlPlane, shipped: list[Json], verb: str
) -> None:
    rights = manifests.moved(shipped, f"no-{verb}-pods-{os.getpid()}")
    with operator_with(installed, manifests.without(rights, verb, "pods")) as operator:
        operator.wait_ready()
        namespace = world.namespace(pods=0)
        world.baseline(namespace)
        eventually(lambda: "coverage is unknown: the right to list and watch pods is missing" in operator.log())
        world.until(namespace, "Enforced")
        world.delete_policy(namespace, "nbl.default.dns")
        eventually(lambda: "nbl.default.dns" in world.policies(namespace), what="the policy to be restored")
        assert operator.metric("namespaces", state="unknown") >= 1
        assert operator.metric("namespaces", state="open") == 0
        assert not operator.has("pods")
        assert "coverage" not in world.get_baseline(namespace)["status"]
        assert (operator.probe("readyz")[0], operator.probe("healthz")[0]) == (200, 200)
        manifests.apply(installed, rights)
        eventually(lambda: operator.metric("namespaces", state="unknown") == 0, seconds=60)


def test_a_missing_right_to_the_lease_is_told_and_nothing_is_written(
    world: World, installed: ControlPlane, shipped: list[Json]
) -> None:
    home = f"no-lease-{os.getpid()}"
    rights = manifests.moved(shipped, home)
    crippled = manifests.without(rights, "create", "leases")
    with operator_with(installed, crippled, f"--lease-namespace={home}", leader_elect=True) as operator:
        trouble = 'cannot create resource "leases"'
        eventually(lambda: trouble in operator.probe("readyz")[1])
        namespace = world.namespace()
        world.baseline(namespace)
        time.sleep(5)  # time for more than one try
        assert (operator.probe("readyz")[0], operator.probe("healthz")[0]) == (503, 200)
        assert not world.policies(namespace)
        assert operator.metric("leader") == 0
        told = [line for line in operator.log().splitlines() if "lease" in line]
        assert [trouble in line for line in told] == [False, True], "standing by, and one line of trouble"
        manifests.apply(installed, rights)
        world.until(namespace, "Enforced")
        operator.wait_ready()


@contextmanager
def operator_with(
    plane: ControlPlane, rights: list[Json], *arguments: str, leader_elect: bool = False
) -> Iterator[OperatorProcess]:
    """An operator that has these rights instead of the shipped ones."""
    manifests.apply(plane, rights)
    kubeconfig = plane.service_account_kubeconfig(*manifests.account(rights))
    with OperatorProcess(kubeconfig, *arguments, leader_elect=leader_elect, wait=False) as operator:
        yield operator
