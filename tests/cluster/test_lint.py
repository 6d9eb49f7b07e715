"""`netbaseline lint` without paths: the cluster is all there is, and annotations are where comments would be."""

import json

import yaml

from tests.cli.running import netbaseline
from tests.cluster.world import World
from tests.sandbox.control_plane import ControlPlane


def policy(namespace: str, name: str, note: str = "") -> str:
    """A policy for pods of a namespace that doesn't exist, which only a whole cluster can tell."""
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "no-such-namespace"}}}
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace, "annotations": {"netbaseline.dev/lint-ignore": note}},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [peer], "ports": [{"port": 1}]}]},
    }
    return yaml.safe_dump(manifest)


def test_a_cluster_is_linted_as_all_there_is(installed: ControlPlane, world: World) -> None:
    namespace, bare = world.namespace("lint"), world.namespace("lint-bare")
    for name, note in (("seen", ""), ("kept", "NB102: made in an hour")):
        installed.kubectl("apply", "-f", "-", stdin=policy(namespace, name, note))
    ended = netbaseline("lint", "--kubeconfig", installed.kubeconfig, "--select", "NB102,NB207", "-o", "json")
    assert ended.code == 1
    mine = (f"NetworkPolicy {namespace}/", f"Namespace {bare}")
    findings = [item for item in json.loads(ended.out)["findings"] if item["object"].startswith(mine)]
    assert [(item["id"], item["object"]) for item in findings] == [
        ("NB102", f"NetworkPolicy {namespace}/seen"),
        ("NB207", f"Namespace {bare}"),
    ]
    assert [(item["file"], item["line"]) for item in findings] == [("", None), ("", None)]


def test_one_namespace_is_judged_by_itself(installed: ControlPlane, world: World) -> None:
    one, other = world.namespace("lint-one"), world.namespace("lint-other")
    ended = netbaseline("lint", "--kubeconfig", installed.kubeconfig, "-n", one, "-o", "json")
    assert {item["object"] for item in json.loads(ended.out)["findings"]} == {f"Namespace {one}"}
    assert other not in ended.out


def test_a_cluster_has_no_files_to_fix(installed: ControlPlane) -> None:
    ended = netbaseline("lint", "--kubeconfig", installed.kubeconfig, "--fix")
    assert ended.code == 2
    assert "name files or folders" in ended.err
