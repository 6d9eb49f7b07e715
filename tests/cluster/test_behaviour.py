"""What the operator makes of its modes and annotations, and that the real API server takes what is compiled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from kubernetes import client

from netbaseline.api.group import GROUP, PLURAL, VERSION
from netbaseline.core.compile import compile_baseline
from netbaseline.core.netpol import IPBlock, Peer, Port, Rule, Spec, spec_from_manifest, to_manifest
from netbaseline.core.normalize import normalized
from tests.cluster.faults.history import History
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import at_rest, eventually, stays
from tests.cluster.world import World
from tests.core.baselines import PLATFORM, baseline, specs

DENY, DNS, SAME = "nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"
API_SERVER = "nbl.default.kube-api-server"
RENDERED = sorted((Path(__file__).resolve().parents[1] / "golden" / "rendered").glob("*.yaml"))


@pytest.fixture(scope="module")
def dry(world: World) -> str:
    """A namespace in which nothing is ever stored."""
    return world.namespace("dry-run", pods=0)


@pytest.fixture(scope="module")
def limited(operator_kubeconfig: Path) -> Iterator[OperatorProcess]:
    """An operator that asks before it removes more than one policy."""
    with OperatorProcess(operator_kubeconfig, "--removal-limit", "1") as running:
        running.rest()
        yield running


def taken(world: World, namespace: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """The policy as the API server would store it; a warning or an unknown field fails."""
    manifest["metadata"]["namespace"] = namespace
    options: dict[str, Any] = {"dry_run": "All", "field_validation": "Strict", "_preload_content": False}
    body: Any = manifest
    answer: Any = client.NetworkingV1Api(world.api).create_namespaced_network_policy(namespace, body, **options)
    assert answer.headers.get("Warning") is None
    found: dict[str, Any] = answer.json()
    return found


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(spec=specs)
def test_the_api_server_takes_every_compiled_policy_and_keeps_its_meaning(
    world: World, dry: str, spec: dict[str, Any]
) -> None:
    for policy in compile_baseline(baseline(spec, uid="6f1c1f3e-0000-4000-8000-000000000000"), PLATFORM).policies:
        stored = taken(world, dry, to_manifest(policy))
        assert normalized(spec_from_manifest(stored["spec"])) == policy.spec
        assert stored["metadata"]["labels"] == policy.labels
        assert stored["metadata"]["annotations"] == policy.annotations


@pytest.mark.parametrize("golden", RENDERED, ids=lambda path: path.stem)
def test_the_api_server_takes_what_is_rendered_from_an_example(world: World, dry: str, golden: Path) -> None:
    for manifest in yaml.safe_load_all(golden.read_text()):
        stored = taken(world, dry, manifest)
        assert stored["spec"]["policyTypes"] == manifest["spec"]["policyTypes"]


# --- modes ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("limited")
def test_going_back_to_audit_withdraws_the_policies_in_an_order_that_cuts_and_opens_nothing(world: World) -> None:
    namespace = world.namespace()
    created = world.baseline(namespace, allow={"sameNamespace": {}})
    world.until(namespace, "Enforced")
    history = History(world, namespace)
    world.edit_baseline(namespace, mode="Audit")
    pending = world.until(namespace, "RemovalHeld")["pendingRemoval"]
    assert set(world.policies(namespace)) == {DENY, DNS, SAME}
    confirmation = {"netbaseline.dev/confirm-removal": pending["hash"]}
    world.edit_baseline(namespace, annotations=confirmation)
    status = world.until(namespace, "Audited")
    assert world.policies(namespace) == {}
    assert status["forecast"]["create"] == 3
    assert len(history.hold_rule_1()) > 4
    assert world.get_baseline(namespace)["metadata"]["uid"] == created["metadata"]["uid"]


@pytest.mark.usefixtures("limited")
def test_a_removal_above_the_limit_waits_for_its_own_hash(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace, allow={"sameNamespace": {}})
    world.until(namespace, "Enforced")
    world.edit_baseline(namespace, defaultDeny=["Ingress"], allow={"sameNamespace": None})
    pending = world.until(namespace, "RemovalHeld")["pendingRemoval"]
    assert pending["policies"] == [DNS, SAME]
    world.edit_baseline(namespace, annotations={"netbaseline.dev/confirm-removal": "0" * 12})
    stays(lambda: set(world.policies(namespace)) == {DENY, DNS, SAME})
    world.edit_baseline(namespace, annotations={"netbaseline.dev/confirm-removal": pending["hash"]})
    assert "pendingRemoval" not in world.until(namespace, "Enforced")
    assert set(world.policies(namespace)) == {DENY}
    assert world.policies(namespace)[DENY].spec == Spec(ingress=())


@pytest.mark.usefixtures("limited")
def test_a_suspended_baseline_leaves_a_deleted_and_an_edited_policy_as_they_are(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    world.until(namespace, "Enforced")
    world.edit_baseline(namespace, suspend=True)
    world.until(namespace, "Suspended")
    world.delete_policy(namespace, DNS)
    world.patch_policy(namespace, DENY, {"spec": {"ingress": [{}]}})
    stays(lambda: set(world.policies(namespace)) == {DENY})
    assert world.policies(namespace)[DENY].spec.ingress == (Rule(),)
    world.edit_baseline(namespace, suspend=False)
    world.until(namespace, "Enforced")
    assert set(world.policies(namespace)) == {DENY, DNS}
    assert world.policies(namespace)[DENY].spec.ingress == ()


@pytest.mark.usefixtures("limited")
def test_a_foreign_policy_is_taken_over_only_where_the_baseline_adopts(world: World) -> None:
    namespace = world.namespace()
    foreign = world.policy(namespace, DNS, {"podSelector": {}, "ingress": [{}]}, labels={"team": "shop"})
    world.baseline(namespace)
    world.until(namespace, "NameTaken")
    created = world.edit_baseline(namespace, adoptionPolicy="Adopt")
    assert "findings" not in world.until(namespace, "Enforced")
    adopted = world.policies(namespace)[DNS]
    assert adopted.uid == foreign["metadata"]["uid"]
    assert adopted.owned_by(created["metadata"]["uid"])
    assert adopted.spec.ingress is None
    stored: Any = world.networking.read_namespaced_network_policy(DNS, namespace)
    assert stored.metadata.labels["team"] == "shop"


@pytest.mark.usefixtures("limited")
def test_policies_of_a_deleted_baseline_go_or_stay_as_it_was_declared(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace, "going")
    world.baseline(namespace, "staying", deletionPolicy="Retain")
    for name in ("going", "staying"):
        world.until(namespace, "Enforced", name)
        world.delete_baseline(namespace, name)
    kept = {"nbl.staying.deny", "nbl.staying.dns"}
    eventually(lambda: set(world.policies(namespace)) == kept, seconds=90, what="the garbage collector")
    stays(lambda: set(world.policies(namespace)) == kept)


@pytest.mark.usefixtures("limited")
def test_a_turn_that_is_asked_for_is_echoed(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    assert "lastHandledReconcileAt" not in world.until(namespace, "Enforced")

    def echoed() -> str | None:
        told: str | None = world.get_baseline(namespace)["status"].get("lastHandledReconcileAt")
        return told

    for moment in ("2026-01-01T00:00:00Z", "x" * 100):
        world.edit_baseline(namespace, annotations={"netbaseline.dev/reconcile-at": moment})
        eventually(lambda: echoed() == moment[:64])  # noqa: B023 - called before the next round


@pytest.mark.usefixtures("limited")
def test_the_api_servers_addresses_are_opened_when_they_are_published_and_followed(world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace, allow={"kubeAPIServer": {}})
    world.until(namespace, "NothingDiscovered")
    discovery = client.DiscoveryV1Api(world.api)
    found: Any = {
        "metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
        "endpoints": [{"addresses": ["192.0.2.1"]}],
    }

    def opened() -> tuple[str, ...]:
        """The addresses in the policy, sorted."""
        there = world.policies(namespace).get(API_SERVER)
        rules = () if there is None else there.spec.egress or ()
        assert all(rule.ports == (Port("TCP", 6443),) for rule in rules)
        return tuple(peer.block.cidr for rule in rules for peer in rule.peers if peer.block is not None)

    discovery.create_namespaced_endpoint_slice("default", found)
    try:
        world.until(namespace, "Enforced")
        assert opened() == ("192.0.2.1/32",)
        more: Any = {"endpoints": [{"addresses": ["192.0.2.2"]}, {"addresses": ["192.0.2.3"]}]}
        discovery.patch_namespaced_endpoint_slice("kubernetes", "default", more)
        eventually(lambda: opened() == ("192.0.2.2/32", "192.0.2.3/32"))
    finally:
        discovery.delete_namespaced_endpoint_slice("kubernetes", "default")
    world.until(namespace, "NothingDiscovered")
    assert opened() == ("192.0.2.2/32", "192.0.2.3/32"), "a gap in what can be discovered closes nothing"


@pytest.mark.usefixtures("limited")
def test_baselines_of_a_namespace_add_up_and_each_has_a_status_of_its_own(world: World) -> None:
    namespace = world.namespace()
    out = {"name": "pay", "to": [{"cidr": "203.0.113.0/24"}], "ports": [{"port": 443}]}
    world.baseline(namespace, "opener", defaultDeny=["Ingress"], allow={"egress": [out]})
    (idle,) = world.until(namespace, "Enforced", "opener")["findings"]
    assert idle["id"] == "RuleIdle"
    assert set(world.policies(namespace)) == {"nbl.opener.deny"}
    world.baseline(namespace, "closer", defaultDeny=["Egress"])
    world.until(namespace, "Enforced", "closer")
    eventually(lambda: "findings" not in world.get_baseline(namespace, "opener")["status"])
    rule = world.policies(namespace)["nbl.opener.rule.pay"]
    assert rule.spec.egress == (Rule((Peer(block=IPBlock("203.0.113.0/24")),), (Port("TCP", 443),)),)
    assert {name.split(".")[1] for name in world.policies(namespace)} == {"opener", "closer"}


# Last, since it ends the operator that the others use.
def test_an_unchanged_world_is_not_written_to_over_restarts(
    world: World, limited: OperatorProcess, operator_kubeconfig: Path
) -> None:
    namespace = world.namespace()
    world.baseline(namespace, allow={"sameNamespace": {}}, owner="team", reviewed="2026-01-01")
    world.baseline(namespace, "kept", deletionPolicy="Retain", podSelector={"matchLabels": {"app": "web"}})
    world.baseline(namespace, "audited", mode="Audit")

    def versions() -> dict[str, str]:
        """Of every baseline and policy in the cluster, as the other tests have left them too."""
        policies: Any = world.networking.list_network_policy_for_all_namespaces(_preload_content=False)
        baselines: Any = world.custom.list_cluster_custom_object(GROUP, VERSION, PLURAL)
        metas = [item["metadata"] for item in (*policies.json()["items"], *baselines["items"])]
        return {f"{meta['namespace']}/{meta['name']}": meta["resourceVersion"] for meta in metas}

    def covered() -> bool:
        return all(
            "coverage" in world.get_baseline(namespace, name)["status"] for name in ("default", "kept", "audited")
        )

    def unchanged() -> bool:
        assert versions() == before
        return True

    assert limited.stop() == 0
    # Coverage is told half a minute late as a rule: what the other tests have left is told now.
    with OperatorProcess(operator_kubeconfig, "--removal-limit", "1", "--coverage-interval", "0"):
        for name, reason in (("default", "Enforced"), ("kept", "Enforced"), ("audited", "Audited")):
            world.until(namespace, reason, name)
        eventually(covered)
        before = at_rest(versions)
    with OperatorProcess(operator_kubeconfig, "--removal-limit", "1") as restarted:
        eventually(lambda: restarted.metric("reconcile_total", result="unchanged") >= 1)
        stays(unchanged)
        assert restarted.metric("drift_detected_total") == 0
        for verb in ("apply", "merge", "strip", "delete"):
            assert restarted.metric("api_requests_total", verb=verb) == 0
