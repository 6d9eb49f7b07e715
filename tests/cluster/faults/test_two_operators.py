"""Two operators at once: one writes, the other takes over, and who has lost the lease writes no more."""

import functools
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from netbaseline.cluster.lease import LEASE_DURATION, RENEW_DEADLINE
from tests.cluster.faults.login import login
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import Drop, Fault, FaultProxy, Hang, Recorded

HOME, LEASE = "netbaseline-system", "netbaseline"
DENY, DNS = "nbl.default.deny", "nbl.default.dns"
LONG = 60.0


@pytest.fixture(autouse=True)
def no_lease(prepared: ControlPlane) -> None:
    """As before the first start."""
    prepared.kubectl("delete", "lease", LEASE, f"--namespace={HOME}", "--ignore-not-found")


class Replica:
    """One operator with a proxy of its own, so that its writes are known from the other's."""

    def __init__(self, plane: ControlPlane, stack: ExitStack) -> None:
        self.proxy = stack.enter_context(FaultProxy(plane.server, plane.ca_file))
        self.operator = stack.enter_context(OperatorProcess(login(plane, self.proxy.url), leader_elect=True))

    @property
    def leads(self) -> bool:
        return self.operator.metric("leader") == 1

    def writes(self) -> list[Recorded]:
        """All that it wrote but the lease."""
        return [write for write in self.proxy.writes() if "/leases" not in write.path]

    def renewals(self) -> list[Recorded]:
        return [write for write in self.proxy.writes() if "/leases" in write.path and (write.status or 500) < 300]


@contextmanager
def replicas(plane: ControlPlane) -> Iterator[tuple[Replica, Replica]]:
    """A leader and a standby."""
    with ExitStack() as stack:
        first = Replica(plane, stack)
        eventually(lambda: first.leads, what="the first to lead")
        yield first, Replica(plane, stack)


def leases(world: World) -> Any:
    return client.CoordinationV1Api(world.api)


def holder(world: World) -> str | None:
    found: str | None = leases(world).read_namespaced_lease(LEASE, HOME).spec.holder_identity
    return found


def enforced(world: World) -> str:
    namespace = world.namespace("replicas")
    world.baseline(namespace)
    world.until(namespace, "Enforced", seconds=LONG)
    return namespace


def test_of_two_operators_one_writes_and_the_other_is_ready(world: World, prepared: ControlPlane) -> None:
    with replicas(prepared) as (leader, standby):
        namespace = enforced(world)
        world.delete_policy(namespace, DNS)
        eventually(lambda: DNS in world.policies(namespace))
        eventually(lambda: any(reason == "DriftHealed" for _, reason, _ in world.events(namespace)))
        assert standby.operator.probe("readyz")[0] == 200
        assert leader.leads
        assert not standby.leads
        assert leader.writes()
        assert not standby.writes()


def corrected(operator: OperatorProcess, kind: str) -> bool:
    return operator.metric("drift_corrected_total", type=kind) == 1


def test_a_killed_leader_is_followed_and_what_happened_in_between_is_healed(
    world: World, prepared: ControlPlane
) -> None:
    with replicas(prepared) as (leader, standby):
        namespace = enforced(world)
        leader.operator.kill()
        world.delete_policy(namespace, DNS)
        world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}}, manager="burglar")
        orphaned = world.namespace("replicas")
        world.baseline(orphaned)
        world.until(orphaned, "Enforced", seconds=LONG)
        eventually(lambda: DNS in world.policies(namespace), seconds=LONG)
        eventually(lambda: not world.policies(namespace)[DENY].spec.ingress, seconds=LONG)
        assert standby.leads
        for kind in ("missing", "modified"):
            eventually(functools.partial(corrected, standby.operator, kind))
        eventually(lambda: any("by burglar" in text for _, _, text in world.events(namespace)))


def test_a_stopped_leader_gives_the_lease_back_and_ends_well(world: World, prepared: ControlPlane) -> None:
    with replicas(prepared) as (leader, standby):
        freed: list[str | None] = []
        leader.proxy.after_write = lambda write: freed.append(holder(world)) if "/leases/" in write.path else None
        eventually(lambda: freed)
        assert leader.operator.stop() == 0
        assert freed[-1] is None, "its last word on the lease was not that it is free"
        eventually(lambda: standby.leads)
        enforced(world)
        count = len(leader.writes())
        assert standby.writes()
        assert len(leader.writes()) == count


class Provocation(threading.Thread):
    """Breaks a policy again and again, so that an operator that may write has something to write."""

    def __init__(self, world: World, namespaces: list[str]) -> None:
        super().__init__()
        self._world, self._namespaces = world, namespaces
        self._over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._over.wait(0.5):
            number += 1
            namespace = self._namespaces[number % len(self._namespaces)]
            self._world.patch_policy(namespace, DENY, {"spec": {"ingress": [{"ports": [{"port": number}]}]}})

    def end(self) -> None:
        self._over.set()
        self.join()


@pytest.mark.parametrize("how", ["somebody else takes it", "it can't be reached", "it doesn't answer"])
def test_an_operator_that_lost_the_lease_ends_before_anybody_else_could_have_it(
    world: World, proxy: FaultProxy, proxied: Path, how: str
) -> None:
    with OperatorProcess(proxied, leader_elect=True) as operator:
        eventually(lambda: operator.metric("leader") == 1)
        provoked = [enforced(world) for _ in range(8)]
        provocation = Provocation(world, provoked)
        provocation.start()
        try:
            if how == "somebody else takes it":
                steal(world)
            else:
                proxy.add(Fault(path="/leases", action=Drop() if how == "it can't be reached" else Hang()))
            code = operator.process.wait(LONG)
        finally:
            provocation.end()
            for namespace in provoked:  # nobody is left to heal them
                world.delete_baseline(namespace)
        assert code not in (0, None)
        told = operator.log()
        assert f"the lease {HOME}/{LEASE} was lost" in told
        assert "Traceback" not in told
    renewed = max(write.at for write in proxy.writes() if "/leases" in write.path and write.status == 200)
    written = [write.at for write in proxy.writes() if "/networkpolicies/" in write.path]
    assert max(written) > renewed, "nothing was provoked"
    # The renewal counts from its answer; nobody else could have had the lease before LEASE_DURATION.
    assert max(written) < renewed + RENEW_DEADLINE + 2 < renewed + LEASE_DURATION


def steal(world: World) -> None:
    """Become the holder for a long time, whoever was it, as somebody with the right to write the Lease could."""
    later = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - a test has no clock to inject
    spec = {"holderIdentity": "thief", "renewTime": later.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    leases(world).patch_namespaced_lease(LEASE, HOME, {"spec": spec})
    eventually(lambda: holder(world) == "thief")
