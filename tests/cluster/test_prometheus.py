"""A real Prometheus scrapes the operator: each alert fires when its cause is made, each question has an answer.

Two clusters, as Prometheus sees them: `east` is the operator that works, `west` one that never gets the Lease.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
import yaml

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.deploy import manifests
from tests.monitoring.prometheus import Prometheus
from tests.monitoring.rules import Question, alerts, questions, rules
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import CutStream, Delay, Fault, FaultProxy, Respond, Silence

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
POLICIES = "/networkpolicies"
SECONDS = 60.0
"""How long to wait for an alert, on a machine that is busy."""

ALWAYS = {
    "NetbaselineNamespaceUnprotected": "each test makes namespaces, and west is new to them",
    "NetbaselineCoverageFallen": "each test makes pods, most of them in open namespaces",
    "NetbaselineWatchStale": "it is a matter of seconds here, and a quiet watch has a bookmark a minute",
    "NetbaselineDoesNotLead": "west never does",
}
"""Alerts that may fire before their cause is made, and why."""

Cause = Callable[[], AbstractContextManager[object]]


class Story:
    """Makes the cause of each alert, once; each is over when the alert has been seen."""

    def __init__(self, world: World, plane: ControlPlane, proxy: FaultProxy, east: OperatorProcess) -> None:
        self.world, self.plane, self.proxy, self.east = world, plane, proxy, east
        self.prometheus: Prometheus
        self.west: OperatorProcess
        self.began = time.time()  # noqa: TID251 - Prometheus' clock
        self.seen: dict[str, list[dict[str, str]]] = {}
        self.causes: dict[str, Cause] = {
            "NetbaselineNamespaceUnprotected": lambda: nullcontext(world.namespace()),
            "NetbaselineCoverageFallen": self._coverage_fallen,
            "NetbaselineReviewOverdue": lambda: self._baseline(reviewed=_days_ago(400)),
            "NetbaselineNotAsDeclared": self._name_taken,
            "NetbaselineWeakened": self._weakened,
            "NetbaselineTugOfWar": self._tug_of_war,
            "NetbaselineDriftHealedOften": self._healed_often,
            "NetbaselineHealSlow": self._healed_slowly,
            "NetbaselineQueueStuck": lambda: self._fault(Delay(4.0), self.world.baseline),
            "NetbaselineRequestsFail": lambda: self._fault(Respond(500), self.world.baseline, namespaces=12),
            "NetbaselineWatchStale": self._silence,
            "NetbaselineNotEnforced": self._no_enforcement,
            "NetbaselineDoesNotLead": nullcontext,
            "NetbaselineAbsent": self._west_ends,
        }

    def tell(self, name: str) -> list[dict[str, str]]:
        """The alert's instances while its cause lasts."""
        if name not in self.seen:
            if name not in ALWAYS:
                eventually(lambda: not self.prometheus.alerts(name), seconds=SECONDS, what=f"{name} not to fire")
            with self.causes[name]():
                self.seen[name] = eventually(
                    lambda: self.prometheus.alerts(name), seconds=SECONDS, what=f"{name} to fire"
                )
        return self.seen[name]

    @contextmanager
    def _baseline(self, **spec: str) -> Iterator[str]:
        name = self.world.namespace()
        self.world.baseline(name, annotations=None, **spec)
        self.world.until(name, "Enforced", seconds=SECONDS)
        yield name
        self.world.delete_baseline(name)

    @contextmanager
    def _coverage_fallen(self) -> Iterator[None]:
        name = self.world.namespace(pods=20)
        self.world.baseline(name)
        conformant = 'install:netbaseline_pods:max{cluster="east",direction="Ingress",state="conformant"} >= 20'
        eventually(lambda: self.prometheus.now(conformant), seconds=SECONDS, what="20 pods to be conformant")
        self.world.delete_baseline(name)
        yield

    @contextmanager
    def _name_taken(self) -> Iterator[None]:
        name = self.world.namespace()
        self.world.policy(name, DENY, {"podSelector": {}})
        self.world.baseline(name)
        yield
        self.world.delete_baseline(name)

    @contextmanager
    def _weakened(self) -> Iterator[None]:
        with self._baseline() as name:
            self.world.policy(name, "theirs", {"podSelector": {}, "ingress": [{}]})
            yield

    @contextmanager
    def _tug_of_war(self) -> Iterator[None]:
        def fought() -> bool:
            if self.world.policies(name)[DENY].spec.ingress == ():
                self.world.patch_policy(name, DENY, {"spec": {"ingress": [{}]}})
            return self.east.metric("tug_of_war", namespace=name) == 1

        with self._baseline() as name:
            eventually(fought, seconds=SECONDS)
            yield

    @contextmanager
    def _healed_often(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name in [stack.enter_context(self._baseline()) for _ in range(3)]:
                for policy in (DENY, DNS) * 2:
                    self.world.delete_policy(name, policy)
                    eventually(lambda: policy in self.world.policies(name), seconds=SECONDS)  # noqa: B023
            yield

    @contextmanager
    def _healed_slowly(self) -> Iterator[None]:
        with self._baseline() as name, self._faulty(Fault(path=f"{name}{POLICIES}", method="PATCH", action=Delay(3.0))):
            self.world.delete_policy(name, DNS)
            eventually(lambda: DNS in self.world.policies(name), seconds=SECONDS)
            yield

    @contextmanager
    def _fault(self, action: Delay | Respond, then: Callable[[str], object], *, namespaces: int = 3) -> Iterator[None]:
        """Every write of a policy fares so, while new namespaces need some."""
        names = [self.world.namespace() for _ in range(namespaces)]
        with self._faulty(Fault(path=POLICIES, method="PATCH", action=action)):
            for name in names:
                then(name)
            yield
        for name in names:
            self.world.until(name, "Enforced", seconds=SECONDS)

    @contextmanager
    def _silence(self) -> Iterator[None]:
        with self._faulty(Fault(path=rf"{POLICIES}\?.*watch=", action=Silence())):
            yield

    @contextmanager
    def _faulty(self, fault: Fault) -> Iterator[None]:
        self.proxy.add(fault)
        try:
            yield
        finally:
            self.proxy.remove(fault)

    @contextmanager
    def _no_enforcement(self) -> Iterator[None]:
        pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        spec = {"selector": {"matchLabels": {"a": "b"}}, "template": pod}
        manifest = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "kube-flannel-ds"}, "spec": spec}
        self.plane.kubectl("apply", "-n", "kube-system", "-f", "-", stdin=yaml.safe_dump(manifest))
        yield
        self.plane.kubectl("delete", "-n", "kube-system", "daemonset", "kube-flannel-ds")

    @contextmanager
    def _west_ends(self) -> Iterator[None]:
        self.tell("NetbaselineDoesNotLead")
        self.west.stop()
        yield


class Usurper:
    """Holds the Lease and is no operator; ended, and the Lease with it, at the end of the `with`."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane, self._stop = plane, threading.Event()
        self._thread = threading.Thread(target=self._renew, name="usurper", daemon=True)

    def __enter__(self) -> Self:
        self._hold()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        self._plane.kubectl("delete", "lease", "netbaseline", "-n", "netbaseline-system")

    def _renew(self) -> None:
        while not self._stop.wait(2.0):
            self._hold()

    def _hold(self) -> None:
        now = f"{datetime.fromtimestamp(time.time(), UTC):%Y-%m-%dT%H:%M:%S.%fZ}"  # noqa: TID251 - the candidate's clock
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "netbaseline", "namespace": "netbaseline-system"},
            "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 60, "acquireTime": now, "renewTime": now},
        }
        self._plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=yaml.safe_dump(lease))


def _days_ago(days: int) -> str:
    return f"{datetime.fromtimestamp(time.time(), UTC) - timedelta(days=days):%Y-%m-%d}"  # noqa: TID251 - as above


@pytest.fixture(scope="module")
def story(installed: ControlPlane, operator_kubeconfig: Path, world: World) -> Iterator[Story]:
    """Two operators and a Prometheus; `east` works a turn at a time, so that a queue can build up."""
    # What other tests have left would fire alerts that nobody here has made the cause of.
    installed.kubectl("delete", "networkbaselines", "--all", "--all-namespaces", "--ignore-not-found")
    with ExitStack() as stack:
        prometheus = stack.enter_context(Prometheus())
        proxy = stack.enter_context(FaultProxy(installed.server, installed.ca_file))
        account = manifests.account(manifests.render(installed, manifests.BASE))
        proxied = installed.service_account_kubeconfig(*account, proxy.url)
        east = stack.enter_context(OperatorProcess(proxied, "--workers", "1"))
        told = Story(world, installed, proxy, east)
        stack.enter_context(Usurper(installed))
        told.west = stack.enter_context(OperatorProcess(operator_kubeconfig, leader_elect=True))
        told.prometheus = prometheus
        prometheus.scrape(east=east.port, west=told.west.port)
        eventually(lambda: len(prometheus.now("netbaseline_build_info")) == 2, seconds=SECONDS)
        yield told


def test_every_rule_is_evaluated_without_an_error(story: Story) -> None:
    expected = {rule.name: ("ok", "") for rule in rules()}
    eventually(lambda: story.prometheus.rules() == expected, seconds=SECONDS)


def test_there_is_a_cause_for_every_alert(story: Story) -> None:
    assert set(story.causes) == set(alerts())


@pytest.mark.parametrize("name", list(alerts()))
def test_an_alert_fires_when_its_cause_is_made(story: Story, name: str) -> None:
    where = {each["cluster"] for each in story.tell(name)}
    if name in {"NetbaselineDoesNotLead", "NetbaselineAbsent"}:
        assert where == {"west"}
    else:
        assert "east" in where


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.panel)
def test_a_question_of_the_dashboard_has_an_answer(story: Story, question: Question) -> None:
    for name in story.causes:
        story.tell(name)
    restarts = story.east.metric("watch_restarts_total")
    if not restarts:
        story.proxy.add(Fault(path=rf"{POLICIES}\?.*watch=", action=CutStream()))
        eventually(lambda: story.east.metric("watch_restarts_total") > restarts)
    expr = question.expr.replace('cluster=~"$cluster"', 'cluster=~"east|west"').replace("$__rate_interval", "10s")

    def answer() -> bool:
        return bool(story.prometheus.since(story.began, time.time(), expr))  # noqa: TID251

    eventually(answer, seconds=SECONDS)


def test_what_is_recorded_has_values(story: Story) -> None:
    for name in story.causes:
        story.tell(name)
    for rule in rules():
        if rule.alert is None:
            assert story.prometheus.since(story.began, time.time(), rule.name), rule.name  # noqa: TID251 - as above
