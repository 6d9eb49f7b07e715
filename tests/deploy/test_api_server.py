"""What a real API server says to the manifests."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.waiting import eventually
from tests.deploy import manifests
from tests.deploy.manifests import Json
from tests.sandbox.control_plane import ControlPlane


@pytest.fixture(scope="module", autouse=True)
def namespaces(control_plane: ControlPlane, base: list[Json], example: list[Json]) -> None:
    """A dry run puts nothing into a namespace that another object of the same dry run would be."""
    teams: list[Json] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("team-a", "team-b")
    ]
    manifests.apply(control_plane, [*teams, *manifests.of_kind([*base, *example], "Namespace")])


@pytest.mark.parametrize("folder", [manifests.BASE, manifests.EXAMPLE, manifests.CHECKOUT / "crds"])
def test_an_install_is_accepted_whole_and_without_a_warning(control_plane: ControlPlane, folder: Path) -> None:
    answer = control_plane.kubectl("apply", "--server-side", "--dry-run=server", f"--kustomize={folder}")
    assert answer.stderr == ""
    assert "(server dry run)" in answer.stdout


@pytest.mark.parametrize("folder", [manifests.BASE, manifests.EXAMPLE, manifests.CHECKOUT / "crds"])
def test_an_install_is_accepted_from_a_client_side_apply_too(control_plane: ControlPlane, folder: Path) -> None:
    answer = control_plane.kubectl("apply", "--dry-run=server", f"--kustomize={folder}")
    assert "(server dry run)" in answer.stdout


def test_the_folder_of_crds_can_also_be_applied_as_files(control_plane: ControlPlane) -> None:
    answer = control_plane.kubectl("apply", "--dry-run=server", f"--filename={manifests.CHECKOUT / 'crds'}")
    assert [line.split("/")[0] for line in answer.stdout.splitlines()] == [
        "customresourcedefinition.apiextensions.k8s.io"
    ]


@pytest.fixture
def running(control_plane: ControlPlane, base: list[Json]) -> Iterator[Json]:
    """The Deployment, applied in earnest; no node takes its pods, but all who may refuse them have been asked."""
    deployment = manifests.the(base, "Deployment")
    manifests.apply(control_plane, [deployment])
    yield deployment["metadata"]
    name, home = deployment["metadata"]["name"], namespace(deployment)
    control_plane.kubectl("delete", "deployment", name, f"--namespace={home}")


def namespace(item: Json) -> str:
    return str(item["metadata"]["namespace"])


def test_the_deployment_gets_its_pods(control_plane: ControlPlane, running: Json) -> None:
    def there() -> bool:
        found = control_plane.kubectl(
            "get", "deployment", running["name"], f"--namespace={running['namespace']}", as_json=True
        )
        return bool(found["status"].get("replicas") == 2)

    eventually(there)


def test_the_pods_keep_to_the_restricted_standard(control_plane: ControlPlane, base: list[Json]) -> None:
    refused = dry_run_as_pod(control_plane, base, lax=False)
    assert refused == ""


def test_a_pod_that_asks_for_more_is_refused_there(control_plane: ControlPlane, base: list[Json]) -> None:
    """Else the test before this one says nothing."""
    assert 'violates PodSecurity "restricted:latest"' in dry_run_as_pod(control_plane, base, lax=True)


def dry_run_as_pod(plane: ControlPlane, base: list[Json], *, lax: bool) -> str:
    """What the API server has against the Deployment's template as a pod, in the namespace that is shipped."""
    deployment = copy.deepcopy(manifests.the(base, "Deployment"))
    template = deployment["spec"]["template"]
    for constraint in template["spec"]["topologySpreadConstraints"]:
        del constraint["matchLabelKeys"]  # the controller of ReplicaSets gives pods the label, and there is none here
    if lax:
        template["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    pod = {"apiVersion": "v1", "kind": "Pod", **template}
    pod["metadata"] |= {"name": "judged", "namespace": namespace(deployment)}
    text = manifests.as_text([pod])
    return plane.kubectl("create", "--dry-run=server", "--filename=-", stdin=text, check=False).stderr
