"""Policies of other APIs: they come and go with their CRDs, and what they select depends on more than we judge."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster.foreign_apis import of, served
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import Json, World
from tests.deploy import manifests
from tests.sandbox.control_plane import ControlPlane

SELECTS_WEB: Json = {"endpointSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"fromEntities": ["host"]}]}


@pytest.fixture(scope="module")
def operator(operator_kubeconfig: Path) -> Iterator[OperatorProcess]:
    """One that starts before any such kind is served."""
    with OperatorProcess(operator_kubeconfig, "--coverage-interval=1") as running:
        yield running


def covered(world: World, labels: dict[str, str] | None = None) -> str:
    """A namespace with one pod that its baseline covers."""
    name = world.namespace("foreign", labels=labels)
    world.baseline(name)
    world.until(name, "Enforced")
    shown(world, name, "1/1")
    return name


def shown(world: World, name: str, summary: str) -> Json:
    def reached() -> Json | None:
        found: Json = world.get_baseline(name).get("status", {}).get("coverage") or {}
        assert found.get("summary") == summary, found
        return found

    return eventually(reached, seconds=60, what=f"coverage of {name} to be {summary}") or {}


def cilium(namespace: str) -> Json:
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "theirs", "namespace": namespace},
        "spec": SELECTS_WEB,
    }


def admin(subject: Json) -> Json:
    rules = [{"action": "Deny", "from": [{"namespaces": {}}]}]
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": "theirs"},
        "spec": {"priority": 1, "subject": subject, "ingress": rules},
    }


def apply(plane: ControlPlane, item: Json) -> None:
    plane.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(item))


def test_a_kind_that_is_served_later_is_seen_and_its_policies_move_metric_and_status_as_they_come_and_go(
    world: World, operator: OperatorProcess, installed: ControlPlane
) -> None:
    name, other = covered(world), covered(world)
    assert operator.metric("pods", state="depends") == 0
    with served(installed, of("CiliumNetworkPolicy")):
        apply(installed, cilium(name))
        found = shown(world, name, "0/1")
        assert (found["ingress"]["depends"], found["egress"]["conformant"], found["dependsKnown"]) == (1, 1, True)
        assert operator.metric("pods", direction="Ingress", state="depends") == 1
        installed.kubectl("delete", "ciliumnetworkpolicy", "theirs", "-n", name)
        assert shown(world, name, "1/1")["ingress"]["conformant"] == 1
        assert operator.metric("pods", state="depends") == 0
        apply(installed, cilium(name))
        shown(world, name, "0/1")
    shown(world, name, "1/1")
    eventually(
        lambda: not operator.has("watch_last_event_timestamp_seconds", resource="ciliumnetworkpolicies.cilium.io")
    )
    assert shown(world, other, "1/1")["ingress"]["depends"] == 0
    assert (operator.probe("readyz")[0], operator.probe("healthz")[0]) == (200, 200)


def test_a_cluster_wide_policy_counts_in_the_namespaces_whose_labels_it_selects(
    world: World, operator: OperatorProcess, installed: ControlPlane
) -> None:
    mine, theirs = covered(world, {"team": "a"}), covered(world, {"team": "b"})
    with served(installed, of("AdminNetworkPolicy")):
        apply(installed, admin({"namespaces": {"matchLabels": {"team": "a"}}}))
        assert shown(world, mine, "0/1")["ingress"]["depends"] == 1
        assert shown(world, theirs, "1/1")["ingress"]["depends"] == 0
        world.core.patch_namespace(theirs, {"metadata": {"labels": {"team": "a"}}})
        shown(world, theirs, "0/1")
    shown(world, mine, "1/1")
    assert operator.process.poll() is None


def test_without_the_right_to_see_such_policies_what_depends_is_unknown_and_all_else_goes_on(
    world: World, installed: ControlPlane
) -> None:
    rights = manifests.moved(manifests.render(installed, manifests.BASE), f"no-foreign-{os.getpid()}")
    with served(installed, of("CiliumNetworkPolicy")):
        manifests.apply(installed, manifests.without(rights, "list", "ciliumnetworkpolicies"))
        kubeconfig = installed.service_account_kubeconfig(*manifests.account(rights))
        with OperatorProcess(kubeconfig, "--coverage-interval=1") as operator:
            name = covered(world)
            apply(installed, cilium(name))
            said = "which pods depend on ciliumnetworkpolicies.cilium.io is unknown: the right to list and watch it is"
            eventually(lambda: said in operator.log())
            eventually(lambda: not world.get_baseline(name)["status"]["coverage"]["dependsKnown"])
            assert operator.metric("pods", state="conformant") >= 1
            assert not operator.has("pods", state="depends")
            assert (operator.probe("readyz")[0], operator.probe("healthz")[0]) == (200, 200)
            manifests.apply(installed, rights)
            shown(world, name, "0/1")
            eventually(lambda: world.get_baseline(name)["status"]["coverage"]["dependsKnown"])
            eventually(lambda: operator.has("pods", state="depends"))
            assert operator.process.poll() is None
