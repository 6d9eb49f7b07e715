"""Every metric seen changing by its cause on the real API server, and exactly those of the table."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from netbaseline import __version__
from netbaseline.exporter.metrics import PREFIX, TABLE
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import at_rest, eventually
from tests.cluster.world import World
from tests.deploy import manifests
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import CutStream, Delay, Fault, FaultProxy, InjectEvent, Respond

DENY, DNS = "nbl.default.deny", "nbl.default.dns"
POLICIES = "/networkpolicies"


@pytest.fixture(scope="module")
def proxy(installed: ControlPlane) -> Iterator[FaultProxy]:
    with FaultProxy(installed.server, installed.ca_file) as running:
        yield running


@pytest.fixture(scope="module")
def operator(installed: ControlPlane, operator_kubeconfig: Path, proxy: FaultProxy) -> Iterator[OperatorProcess]:
    """One with the operator's account, by way of the proxy; it takes a turn at a time, so that a queue can build up."""
    assert operator_kubeconfig.is_file()
    account = manifests.account(manifests.render(installed, manifests.BASE))
    proxied = installed.service_account_kubeconfig(*account, proxy.url)
    with OperatorProcess(proxied, "--workers", "1") as running:
        running.rest()
        yield running


@pytest.fixture
def namespace(world: World, operator: OperatorProcess) -> str:
    """A namespace with an enforced baseline."""
    assert operator.process.poll() is None
    name = world.namespace()
    world.baseline(name)
    world.until(name, "Enforced")
    return name


@contextmanager
def in_force(proxy: FaultProxy, fault: Fault) -> Iterator[None]:
    """A fault for a while."""
    proxy.add(fault)
    try:
        yield
    finally:
        proxy.remove(fault)


@contextmanager
def grows(operator: OperatorProcess, name: str, by: float = 1, **labels: str) -> Iterator[None]:
    """A metric that is at least so much larger at the end."""
    before = operator.metric(name, **labels)
    yield
    eventually(lambda: operator.metric(name, **labels) >= before + by, what=f"{name} {labels} to grow from {before}")


@contextmanager
def moves(operator: OperatorProcess, name: str, by: float = 1, **labels: str) -> Iterator[Callable[[], None]]:
    """A gauge that has moved by so much at the end; what is given waits until it has moved back."""
    before = operator.metric(name, **labels)

    def back() -> None:
        eventually(lambda: operator.metric(name, **labels) == before, what=f"{name} {labels} to be {before} again")

    yield back
    eventually(lambda: operator.metric(name, **labels) == before + by, what=f"{name} {labels} to be {before + by}")


def test_what_is_exported_is_what_the_table_says(
    world: World, operator: OperatorProcess, namespace: str, proxy: FaultProxy
) -> None:
    world.edit_baseline(namespace, reviewed="2026-01-01")
    world.policy(namespace, "theirs", {"podSelector": {}, "ingress": [{}]})
    proxy.add(Fault(path=POLICIES, action=CutStream()))
    rows = {f"{PREFIX}{row.name}": row for row in TABLE}

    def all_there() -> bool:
        families = {item.name: item for item in text_string_to_metric_families(operator.probe("metrics")[1])}
        assert families.keys() == rows.keys()
        for name, family in families.items():
            assert (family.type, family.documentation) == (rows[name].kind, rows[name].help)
            assert family.samples or name == f"{PREFIX}tug_of_war", f"{name} has no series"
            for sample in family.samples:
                assert set(sample.labels) - {"le"} == set(rows[name].labels)
        return True

    eventually(all_there)


def test_baselines_are_counted_by_their_state_and_no_longer_when_they_are_gone(
    world: World, operator: OperatorProcess, namespace: str
) -> None:
    with moves(operator, "baselines", state="Suspended") as back, moves(operator, "baselines", -1, state="Enforced"):
        world.edit_baseline(namespace, suspend=True)
    world.delete_baseline(namespace)
    back()


def test_namespaces_are_counted_by_what_their_pods_are_open_to(world: World, operator: OperatorProcess) -> None:
    # Those of other tests are judged beside the turns, and may still come and go.
    at_rest(lambda: [operator.metric("namespaces", state=state) for state in ("open", "partial", "protected")])
    with moves(operator, "namespaces", state="open") as back:
        name = world.namespace()
    with moves(operator, "namespaces", state="protected"):
        world.baseline(name)
    back()


def test_policies_are_counted_by_whose_they_are(world: World, operator: OperatorProcess, namespace: str) -> None:
    with moves(operator, "policies", state="foreign") as back:
        world.policy(namespace, "theirs", {"podSelector": {}})
    world.delete_policy(namespace, "theirs")
    back()
    with moves(operator, "policies", 1, state="ours"):
        world.edit_baseline(namespace, allow={"sameNamespace": {}})


def test_drift_is_counted_by_type_when_it_is_seen_and_when_it_is_undone(
    world: World, operator: OperatorProcess, namespace: str
) -> None:
    causes: dict[str, Callable[[], None]] = {
        "missing": lambda: world.delete_policy(namespace, DNS),
        "modified": lambda: world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}}),
        "orphaned": lambda: restore_what_is_no_longer_declared(world, namespace),
    }
    for kind, cause in causes.items():
        with (
            grows(operator, "drift_detected_total", type=kind),
            grows(operator, "drift_corrected_total", type=kind),
            grows(operator, "heal_duration_seconds_count"),
        ):
            cause()


def restore_what_is_no_longer_declared(world: World, namespace: str) -> None:
    """A policy from a backup, after the baseline has ceased to declare it."""
    networking: Any = world.networking
    backup = networking.read_namespaced_network_policy(DNS, namespace, _preload_content=False).json()
    world.edit_baseline(namespace, allow={"dns": {"enabled": False}})
    eventually(lambda: DNS not in world.policies(namespace))
    for field in ("uid", "resourceVersion", "managedFields"):
        del backup["metadata"][field]
    networking.patch_namespaced_network_policy(
        DNS, namespace, backup, field_manager="netbaseline", force=True, _content_type="application/apply-patch+yaml"
    )


def test_openings_by_others_are_counted_as_long_as_they_last(
    world: World, operator: OperatorProcess, namespace: str
) -> None:
    with (
        moves(operator, "weakened", namespace=namespace) as back,
        grows(operator, "drift_detected_total", type="weakened"),
    ):
        world.policy(namespace, "theirs", {"podSelector": {}, "ingress": [{}]})
    world.delete_policy(namespace, "theirs")
    back()


def test_a_tug_of_war_is_counted(world: World, operator: OperatorProcess, namespace: str) -> None:
    def fought() -> bool:
        if world.policies(namespace)[DENY].spec.ingress == ():
            world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}})
        return operator.metric("tug_of_war", namespace=namespace, baseline="default") == 1

    assert operator.metric("tug_of_war") == 0
    eventually(fought)
    world.delete_baseline(namespace)
    eventually(lambda: operator.metric("tug_of_war") == 0)


def test_the_time_to_converge_and_the_time_without_protection_are_measured(
    world: World, operator: OperatorProcess
) -> None:
    name = world.namespace()
    with (
        grows(operator, "convergence_seconds_count"),
        grows(operator, "convergence_seconds_sum", 0.001),
        grows(operator, "namespace_unprotected_seconds_count"),
        grows(operator, "namespace_unprotected_seconds_sum", 0.001),
    ):
        world.baseline(name)


def test_turns_are_counted_by_their_result(
    world: World, operator: OperatorProcess, namespace: str, proxy: FaultProxy
) -> None:
    with grows(operator, "reconcile_total", result="written"):
        world.delete_policy(namespace, DNS)
    with grows(operator, "reconcile_total", result="unchanged"):
        world.edit_baseline(namespace, annotations={"netbaseline.dev/reconcile-at": "now"})
    for code, result in ((409, "conflict"), (500, "error")):
        once = Fault(path=f"{namespace}{POLICIES}", method="PATCH", action=Respond(code), times=1)
        with in_force(proxy, once), grows(operator, "reconcile_total", result=result):
            world.delete_policy(namespace, DNS)
        eventually(lambda: DNS in world.policies(namespace))


def test_requests_are_counted_by_verb_resource_and_code(
    world: World, operator: OperatorProcess, namespace: str, proxy: FaultProxy
) -> None:
    with grows(operator, "api_requests_total", verb="apply", resource="networkpolicies", code="201"):
        world.delete_policy(namespace, DNS)
    eventually(lambda: DNS in world.policies(namespace))
    once = Fault(path=f"{namespace}{POLICIES}", method="PATCH", action=Respond(503), times=1)
    with in_force(proxy, once), grows(operator, "api_requests_total", verb="apply", code="503"):
        world.delete_policy(namespace, DNS)


def test_namespaces_that_wait_for_their_turn_are_counted_and_so_is_how_long(
    world: World, operator: OperatorProcess, proxy: FaultProxy
) -> None:
    names = [world.namespace() for _ in range(3)]
    eventually(lambda: operator.metric("queue_depth") == 0)
    with in_force(proxy, Fault(path=POLICIES, method="PATCH", action=Delay(1.0))):
        for name in names:
            world.baseline(name)
        eventually(lambda: operator.metric("queue_depth") >= 1)
        eventually(lambda: operator.metric("queue_oldest_seconds") > 0.1)
    eventually(lambda: operator.metric("queue_depth") == operator.metric("queue_oldest_seconds") == 0, seconds=60)


def test_the_last_sign_of_life_of_each_watch_is_told(
    world: World, operator: OperatorProcess, proxy: FaultProxy, namespace: str
) -> None:
    causes: dict[str, Callable[[], object]] = {
        "networkpolicies": lambda: world.patch_policy(namespace, DENY, {"metadata": {"labels": {"a": "b"}}}),
        "namespaces": world.namespace,
        "networkbaselines": lambda: proxy.add(Fault(path=r"/networkbaselines\?.*watch=", action=CutStream(clean=True))),
    }
    for resource, cause in causes.items():
        started = time.time()  # noqa: TID251 - compared with the operator's clock
        cause()
        eventually(lambda: operator.metric("watch_last_event_timestamp_seconds", resource=resource) >= started)  # noqa: B023


def test_restarts_of_watches_are_counted_by_their_reason(operator: OperatorProcess, proxy: FaultProxy) -> None:
    path = rf"{POLICIES}\?.*watch="
    error = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old", "metadata": {}}}
    with grows(operator, "watch_restarts_total", resource="networkpolicies", reason="gone"):
        assert proxy.add(Fault(path=path, action=InjectEvent(error))) == 1
    eventually(lambda: any("networkpolicies" in watch for watch in proxy.watches()))
    with grows(operator, "watch_restarts_total", resource="networkpolicies", reason="connection"):
        assert proxy.add(Fault(path=path, action=CutStream())) == 1


def test_the_age_of_a_review_is_told_and_goes_with_its_baseline(world: World, operator: OperatorProcess) -> None:
    name = world.namespace()
    reviewed = datetime.fromtimestamp(time.time(), UTC) - timedelta(days=30)  # noqa: TID251 - the operator's clock
    world.baseline(name, reviewed=f"{reviewed:%Y-%m-%d}")
    labels = {"namespace": name, "baseline": "default"}
    eventually(lambda: operator.metric("baseline_review_age_seconds", **labels) in {30 * 86400, 31 * 86400})
    world.delete_baseline(name)
    eventually(lambda: not operator.has("baseline_review_age_seconds", namespace=name))


def test_whether_anything_enforces_policies_is_told(installed: ControlPlane, operator: OperatorProcess) -> None:
    assert operator.metric("cni_enforces") == -1
    pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": pod}
    for name, value in (("kube-flannel-ds", 0), ("calico-node", 1)):
        manifest = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": spec}
        installed.kubectl("apply", "-n", "kube-system", "-f", "-", stdin=yaml.safe_dump(manifest))
        eventually(lambda: operator.metric("cni_enforces") == value)  # noqa: B023
    installed.kubectl("delete", "-n", "kube-system", "daemonset", "kube-flannel-ds", "calico-node")
    eventually(lambda: operator.metric("cni_enforces") == -1)


def test_the_version_is_told(operator: OperatorProcess) -> None:
    assert operator.metric("build_info", version=__version__) == 1


# Last, since these two would work against the operator of the others.
def test_one_of_two_leads_and_the_other_takes_over(operator: OperatorProcess, operator_kubeconfig: Path) -> None:
    operator.stop()
    with OperatorProcess(operator_kubeconfig, leader_elect=True) as first:
        eventually(lambda: first.metric("leader") == 1)
        with OperatorProcess(operator_kubeconfig, leader_elect=True) as second:
            assert (first.metric("leader"), second.metric("leader")) == (1, 0)
            first.stop()
            eventually(lambda: second.metric("leader") == 1)
