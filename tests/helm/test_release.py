"""The life of a release on a real API server: install, upgrade, roll back, uninstall, with the operator at work.

No node takes the Deployment's pods; the operator is a process with the arguments, the account and the rights of the
release, and nothing else.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.deploy.manifests import CHECKOUT, Json
from tests.helm.chart import CHART, Helm
from tests.sandbox.binaries import Binaries
from tests.sandbox.control_plane import ControlPlane

HOME = "netbaseline-system"


@pytest.fixture(scope="module")
def plane(sandbox_binaries: Binaries) -> Iterator[ControlPlane]:
    """One of our own: a release takes over no CRD that another test has installed."""
    with ControlPlane.start(sandbox_binaries) as own:
        yield own


@pytest.fixture(scope="module")
def cluster_helm(helm: Helm, plane: ControlPlane) -> Helm:
    return replace(helm, kubeconfig=plane.kubeconfig)


@pytest.fixture(scope="module")
def world(plane: ControlPlane) -> World:
    return World(plane.kubeconfig)


@pytest.fixture
def release(cluster_helm: Helm) -> Iterator[str]:
    """Installed as the documentation says, with two replicas and all else as it comes; gone afterwards."""
    install(cluster_helm, "netbaseline", HOME)
    yield "netbaseline"
    cluster_helm.run("uninstall", "netbaseline", f"--namespace={HOME}", "--ignore-not-found")


def install(helm: Helm, name: str, namespace: str, *flags: str) -> None:
    helm.run("install", name, str(CHART), f"--namespace={namespace}", "--create-namespace", *flags)


def operator_of(plane: ControlPlane, namespace: str, name: str = "netbaseline") -> OperatorProcess:
    """As the Deployment of the release would run it, ready."""
    spec = plane.kubectl("get", "deployment", name, f"--namespace={namespace}", as_json=True)["spec"]["template"][
        "spec"
    ]
    command, *flags = spec["containers"][0]["args"]
    assert command == "run"
    kubeconfig: Path = plane.service_account_kubeconfig(namespace, spec["serviceAccountName"])
    return OperatorProcess(kubeconfig, *flags, f"--lease-namespace={namespace}", leader_elect=True)


def versions(plane: ControlPlane, namespace: str) -> dict[str, tuple[str, str]]:
    """UID and resourceVersion of every policy: neither deleted and made again, nor written."""
    items = plane.kubectl("get", "networkpolicies", f"--namespace={namespace}", as_json=True)["items"]
    return {item["metadata"]["name"]: (item["metadata"]["uid"], item["metadata"]["resourceVersion"]) for item in items}


def deployment(plane: ControlPlane) -> Json:
    found: Json = plane.kubectl("get", "deployment", "netbaseline", f"--namespace={HOME}", as_json=True)["spec"]
    return found


def left_in_home(plane: ControlPlane) -> list[str]:
    kinds = "all,serviceaccounts,roles,rolebindings,poddisruptionbudgets"
    names = plane.kubectl("get", kinds, f"--namespace={HOME}", "--output=name").stdout.split()
    return [name for name in names if name != "serviceaccount/default"]


@pytest.mark.usefixtures("release")
def test_no_policy_is_touched_from_install_over_upgrade_and_rollback_to_uninstall_and_install(
    plane: ControlPlane, cluster_helm: Helm, world: World
) -> None:
    namespace = world.namespace()
    with operator_of(plane, HOME) as operator:
        world.baseline(namespace, allow={"sameNamespace": {}})
        world.until(namespace, "Enforced")
        before = versions(plane, namespace)
        assert set(before) == {"nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace"}
        assert operator.metric("api_requests_total", code="403") == 0
        assert operator.stop() == 0

    flags = ["--set=replicas=3", "--set=settings.removalLimit=7", "--set=flowSchema.enabled=true"]
    cluster_helm.run("upgrade", "netbaseline", str(CHART), f"--namespace={HOME}", *flags)
    assert deployment(plane)["replicas"] == 3
    with operator_of(plane, HOME) as operator:
        eventually(lambda: operator.metric("leader") == 1)
        eventually(lambda: operator.metric("reconcile_total") >= 1)
        assert versions(plane, namespace) == before

    cluster_helm.run("rollback", "netbaseline", "1", f"--namespace={HOME}")
    assert deployment(plane)["replicas"] == 2
    with operator_of(plane, HOME) as operator:
        eventually(lambda: operator.metric("leader") == 1)
        world.delete_policy(namespace, "nbl.default.dns")
        eventually(lambda: "nbl.default.dns" in world.policies(namespace))
        rest = {name: version for name, version in before.items() if name != "nbl.default.dns"}
        assert versions(plane, namespace).items() >= rest.items()
        world.until(namespace, "Enforced")
        assert operator.stop() == 0
    before = versions(plane, namespace)

    cluster_helm.run("uninstall", "netbaseline", f"--namespace={HOME}")
    eventually(lambda: not left_in_home(plane), what="all but leases and kept things to be gone")
    assert plane.kubectl("get", "clusterroles,clusterrolebindings", "--output=name").stdout.count("netbaseline") == 0
    assert world.get_baseline(namespace)["spec"]["allow"] == {"sameNamespace": {}}
    assert versions(plane, namespace) == before

    install(cluster_helm, "netbaseline", HOME)
    with operator_of(plane, HOME) as operator:
        eventually(lambda: operator.metric("reconcile_total") >= 1)
        assert versions(plane, namespace) == before
        assert world.condition(namespace)[1] == "Enforced"


@pytest.mark.usefixtures("release")
def test_crds_that_leave_the_release_stay_in_the_cluster(plane: ControlPlane, cluster_helm: Helm, world: World) -> None:
    namespace = world.namespace()
    world.baseline(namespace)
    cluster_helm.run("upgrade", "netbaseline", str(CHART), f"--namespace={HOME}", "--set=crds.enabled=false")
    assert world.get_baseline(namespace)["metadata"]["name"] == "default"


@pytest.mark.usefixtures("release")
def test_an_admin_of_one_namespace_installs_there_what_somebody_else_has_given_rights(
    plane: ControlPlane, cluster_helm: Helm, world: World
) -> None:
    namespace = world.namespace()
    for where in (namespace, "default"):
        plane.kubectl("create", "rolebinding", "team", "--clusterrole=admin", "--user=team", f"--namespace={where}")
    release = ["team", str(CHART), f"--namespace={namespace}", f"--set=watchNamespaces={{{namespace}}}"]
    alone = [*release, "--set=crds.enabled=false", "--kube-as-user=team"]
    refused = cluster_helm.run("install", *alone, check=False)
    assert "attempting to grant RBAC permissions not currently held" in refused.stderr
    cluster_helm.run("uninstall", "team", f"--namespace={namespace}")
    plane.kubectl("delete", "rolebinding", "team", "--namespace=default")

    roles = cluster_helm.run("template", *release, "--show-only=templates/rbac.yaml").stdout
    plane.kubectl("apply", "--server-side", "--filename=-", stdin=roles)
    cluster_helm.run("install", *alone, "--set=rbac.create=false")
    cluster_helm.run("upgrade", *alone, "--set=rbac.create=false,replicas=3")
    with operator_of(plane, namespace, "team-netbaseline") as operator:
        world.baseline(namespace)
        world.until(namespace, "Enforced")
        assert operator.metric("api_requests_total", code="403") == 0
    plane.kubectl("delete", "--filename=-", stdin=roles)
    cluster_helm.run("uninstall", "team", f"--namespace={namespace}", "--kube-as-user=team")


def test_crds_that_came_by_kubectl_are_taken_over_with_their_baselines_by_who_says_so(
    plane: ControlPlane, cluster_helm: Helm, world: World, tmp_path: Path
) -> None:
    plane.kubectl("delete", "crd", "networkbaselines.netbaseline.dev", "--ignore-not-found")
    plane.kubectl("apply", "--server-side", f"--kustomize={CHECKOUT / 'crds'}")
    namespace = world.namespace()
    world.baseline(namespace)
    before = world.get_baseline(namespace)["metadata"]["uid"]
    newer = tmp_path / "netbaseline"
    shutil.copytree(CHART, newer)
    for path in (newer / "files" / "crds").iterdir():
        path.write_text(path.read_text().replace("description: Enforce or Audit.", "description: Audit or Enforce."))

    def refused(*command: str) -> str:
        result = cluster_helm.run(*command, f"--namespace={HOME}", check=False)
        assert result.returncode != 0
        return result.stderr

    assert "invalid ownership metadata" in refused("install", "netbaseline", str(CHART), "--create-namespace")
    install(cluster_helm, "netbaseline", HOME, "--take-ownership")
    try:
        assert 'conflict with "kubectl"' in refused("upgrade", "netbaseline", str(newer))
        for flags in (["--force-conflicts"], []):
            cluster_helm.run("upgrade", "netbaseline", str(newer), f"--namespace={HOME}", *flags)
        assert world.get_baseline(namespace)["metadata"]["uid"] == before
    finally:
        cluster_helm.run("uninstall", "netbaseline", f"--namespace={HOME}")
    assert world.get_baseline(namespace)["metadata"]["uid"] == before


@pytest.mark.usefixtures("release")
def test_a_release_for_one_namespace_works_there_and_has_no_right_elsewhere(
    plane: ControlPlane, cluster_helm: Helm, world: World
) -> None:
    here, there = world.namespace("here"), world.namespace("there")
    install(
        cluster_helm, "teams", "teams", f"--set=watchNamespaces={{{here}}},crds.enabled=false,fullnameOverride=teams"
    )
    try:
        with operator_of(plane, "teams", "teams") as operator:
            for namespace in (here, there):
                world.baseline(namespace)
            world.until(here, "Enforced")
            assert operator.metric("leader") == 1
            assert operator.metric("api_requests_total", code="403") == 0
            assert "observedGeneration" not in world.get_baseline(there).get("status", {})
        may = plane.kubectl(
            "auth",
            "can-i",
            "patch",
            "networkpolicies",
            f"--namespace={there}",
            "--as=system:serviceaccount:teams:teams",
            check=False,
        )
        assert may.stdout.strip() == "no"
    finally:
        cluster_helm.run("uninstall", "teams", "--namespace=teams")
