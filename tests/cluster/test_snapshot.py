"""A cluster is the same kind of input as a folder, for those who may see all of it and for those who may not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.cli.loading import Loaded, load
from netbaseline.cli.problems import UserError
from netbaseline.cluster import kinds
from tests.cli.running import netbaseline
from tests.cluster.foreign_apis import of, served
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.sandbox.control_plane import ControlPlane


@pytest.fixture
def cilium(installed: ControlPlane) -> Iterator[None]:
    """A cluster that knows Cilium's policies."""
    with served(installed, of("CiliumNetworkPolicy")):
        yield


def objects(namespace: str) -> list[dict[str, Any]]:
    """A Deployment with one live pod, a CronJob without, a Service, an Ingress, a policy and a Secret."""
    template: dict[str, Any] = {
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    job = {"template": {**template, "spec": {**template["spec"], "restartPolicy": "Never"}}}
    backend = {"service": {"name": "api", "port": {"number": 80}}}
    found = [
        ("apps/v1", "Deployment", "api", {"selector": {"matchLabels": {"app": "api"}}, "template": template}),
        ("batch/v1", "CronJob", "backup", {"schedule": "0 0 * * *", "jobTemplate": {"spec": job}}),
        ("v1", "Service", "api", {"selector": {"app": "api"}, "ports": [{"port": 80, "targetPort": 8080}]}),
        ("networking.k8s.io/v1", "Ingress", "api", {"defaultBackend": backend}),
        ("networking.k8s.io/v1", "NetworkPolicy", "closed", {"podSelector": {}, "policyTypes": ["Ingress"]}),
    ]
    listed: list[dict[str, Any]] = [
        {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}
        for version, kind, name, spec in found
    ]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": namespace}}
    return [*listed, secret]


def create(plane: ControlPlane, *manifests: dict[str, Any]) -> None:
    plane.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(manifests))


def read(plane: ControlPlane, namespace: str | None = None, kubeconfig: Path | None = None) -> Loaded:
    return load(None, namespace=namespace, kubeconfig=kubeconfig or plane.kubeconfig)


def test_everything_of_a_namespace_is_read_as_from_files(installed: ControlPlane, world: World, tmp_path: Path) -> None:
    namespace = world.namespace("read", labels={"team": "a"})
    create(installed, *objects(namespace))
    # The controller manager makes pods of the Deployment, as it would from the same manifest.
    eventually(lambda: len(installed.kubectl("get", "pods", "-n", namespace, "-o", "name").stdout.split()) == 2)
    found = read(installed, namespace).inventory
    assert {str(pod.workload): pod.template for pod in found.pods} == {
        f"{namespace}/web-0[Pod]": False,
        f"{namespace}/api[Deployment]": False,
        f"{namespace}/backup[CronJob]": True,
    }
    assert [str(policy) for policy in found.policies] == [f"{namespace}/closed"]
    assert [(item.name, item.ports[0].target, len(item.cluster_ips)) for item in found.services] == [("api", 8080, 1)]
    assert [item.backends[0].service for item in found.ingresses] == ["api"]
    assert found.namespaces[namespace].labels["team"] == "a"
    assert "default" in found.namespaces
    origin = found.policies[0].origin
    assert origin is not None
    assert origin.line("spec") is None
    assert "managedFields" not in json.dumps(found.policies[0].manifest)
    dumped = tmp_path / "dump.json"
    dumped.write_text(
        installed.kubectl("get", "pods,deploy,rs,cronjobs,svc,ing,netpol", "-n", namespace, "-o", "json").stdout
    )
    from_file = load([str(dumped)]).inventory
    assert {pod.name for pod in from_file.pods} == {pod.name for pod in found.pods}
    assert {pod.workload for pod in from_file.pods} == {pod.workload for pod in found.pods}


def test_all_namespaces_are_read_when_none_is_named_and_long_lists_in_pages(
    installed: ControlPlane, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netbaseline.cluster.transport.PAGE", 3)
    namespaces = {world.namespace("all", pods=4) for _ in range(2)}
    found = read(installed).inventory
    for namespace in namespaces:
        assert sorted(pod.name for pod in found.pods if pod.namespace == namespace) == [f"web-{n}" for n in range(4)]


def test_baselines_count_as_if_applied_with_the_addresses_of_the_api_server(
    installed: ControlPlane, world: World
) -> None:
    namespace = world.namespace("applied")
    world.baseline(namespace, allow={"kubeAPIServer": {}})
    servers = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes-seen",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["192.0.2.7"]}],
        "ports": [{"port": 6443, "protocol": "TCP", "name": "https"}],
    }
    create(installed, servers)
    try:
        found = read(installed, namespace).inventory
    finally:
        installed.kubectl("delete", "endpointslice", "-n", "default", "kubernetes-seen")
    names = {policy.name for policy in found.policies}
    assert names == {"nbl.default.deny", "nbl.default.dns", "nbl.default.kube-api-server"}
    assert "192.0.2.7/32" in str(found.policies)
    assert {policy.baseline for policy in found.policies} == {"default"}


def test_policies_of_other_apis_are_found_where_the_cluster_knows_them(
    installed: ControlPlane, world: World, cilium: None
) -> None:
    namespace = world.namespace("cilium")
    spec = {"endpointSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]}
    metadata = {"name": "l7", "namespace": namespace}
    create(installed, {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": spec})
    found = read(installed, namespace)
    assert [str(item) for item in found.inventory.foreign] == [f"{namespace}/l7 (CiliumNetworkPolicy of cilium.io)"]
    assert any("1 CiliumNetworkPolicy of cilium.io/v2 set aside" in str(note) for note in found.notes)


def test_what_a_user_may_not_list_is_mentioned_and_the_rest_is_read(installed: ControlPlane, world: World) -> None:
    namespace = world.namespace("partly")
    for arguments in (
        ("create", "serviceaccount", "viewer"),
        ("create", "role", "viewer", "--verb=list", "--resource=pods,networkpolicies.networking.k8s.io"),
        ("create", "rolebinding", "viewer", "--role=viewer", f"--serviceaccount={namespace}:viewer"),
    ):
        installed.kubectl(*arguments, "-n", namespace)
    kubeconfig = installed.service_account_kubeconfig(namespace, "viewer")
    found = read(installed, namespace, kubeconfig)
    assert [pod.name for pod in found.inventory.pods] == ["web-0"]
    assert found.problems == ()
    told = [str(note) for note in found.notes]
    (text,) = [text for text in told if " left out: " in text]
    left_out = text.split(" left out: ")[0].split(": ")[1].split(", ")
    assert {"namespaces", "services", "deployments", "networkbaselines"} <= set(left_out)
    assert not {"pods", "networkpolicies", "ciliumnetworkpolicies"} & set(left_out)
    assert "cannot list resource" in text


def test_no_secret_is_ever_asked_for() -> None:
    assert not [kind for kind in kinds.KINDS if kind.plural in {"secrets", "configmaps"}]


@pytest.mark.parametrize(
    ("kubeconfig", "context", "told"),
    [
        ("none", None, "no kubeconfig at"),
        (None, "no-such-context", "no-such-context"),
        ("broken", None, "can't be used"),
    ],
)
def test_a_cluster_that_cannot_be_had_is_told(
    installed: ControlPlane, tmp_path: Path, kubeconfig: str | None, context: str | None, told: str
) -> None:
    (tmp_path / "broken").write_text("[")
    file = installed.kubeconfig if kubeconfig is None else tmp_path / kubeconfig
    with pytest.raises(UserError, match=told):
        load(None, kubeconfig=file, context=context)


def test_an_unknown_user_is_told_in_the_servers_words(installed: ControlPlane, tmp_path: Path) -> None:
    config = yaml.safe_load(installed.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": "nobody"}
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(UserError, match="Unauthorized"):
        load(None, kubeconfig=path)


def test_a_plan_against_a_cluster_asks_the_api_server_and_writes_nothing(
    installed: ControlPlane, world: World, tmp_path: Path
) -> None:
    namespace = world.namespace("plan")
    before = world.networking.list_namespaced_network_policy(namespace).items
    wanted = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": "default", "namespace": namespace},
        "spec": {"defaultDeny": ["Ingress"]},
    }
    file = tmp_path / "baseline.yaml"
    file.write_text(yaml.safe_dump(wanted))
    cluster = ("-n", namespace, "--kubeconfig", installed.kubeconfig, "-o", "json")
    ended = netbaseline("plan", "-f", file, *cluster)
    assert ended.code == 1, ended.err
    found = json.loads(ended.out)
    assert [item["policy"] for item in found["policies"]] == [f"{namespace}/nbl.default.deny"]
    assert {item["destination"] for item in found["narrowed"]} == {f"{namespace}/web-0[Pod]"}
    assert world.networking.list_namespaced_network_policy(namespace).items == before == []

    block = {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/8"]}
    file.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "outside", "namespace": namespace},
                "spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": block}]}]},
            }
        )
    )
    refused = netbaseline("plan", "-f", file, *cluster)
    assert (refused.code, refused.out) == (2, "")
    assert "the API server refuses it" in refused.err
    assert "Traceback" not in refused.err
