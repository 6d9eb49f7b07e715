"""What is shipped for the Prometheus operator, before a real API server that knows its kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster.waiting import eventually
from tests.monitoring.rules import FOLDER
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.modules import source

KINDS = ("podmonitors", "prometheusrules")


@pytest.fixture(scope="module")
def plane(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    """One where these kinds can be made, for as long as the tests of this module last."""
    folder = source("github.com/prometheus-operator/prometheus-operator") / "example" / "prometheus-operator-crd"
    files = [folder / f"monitoring.coreos.com_{kind}.yaml" for kind in KINDS]
    for file in files:
        control_plane.kubectl("apply", "--server-side", "-f", str(file))
    for kind in KINDS:
        eventually(lambda: control_plane.kubectl("get", kind, "-A", check=False).returncode == 0, what=kind)  # noqa: B023
    control_plane.kubectl("create", "namespace", "netbaseline-system", check=False)
    yield control_plane
    for file in files:
        control_plane.kubectl("delete", "--ignore-not-found", "-f", str(file))


def test_the_api_server_takes_all_of_it_as_it_is(plane: ControlPlane) -> None:
    applied = plane.kubectl("apply", "--server-side", "--validate=strict", "-k", str(FOLDER)).stdout.splitlines()
    assert [line.partition(" ")[0] for line in sorted(applied)] == [
        "configmap/netbaseline-dashboard",
        "podmonitor.monitoring.coreos.com/netbaseline",
        "prometheusrule.monitoring.coreos.com/netbaseline",
    ]


def test_a_field_that_the_kind_does_not_have_would_be_refused(plane: ControlPlane, tmp_path: Path) -> None:
    monitor = yaml.safe_load((FOLDER / "podmonitor.yaml").read_text(encoding="utf-8"))
    monitor["spec"]["podMetricsEndpoints"][0]["honourLabels"] = True
    wrong = tmp_path / "podmonitor.yaml"
    wrong.write_text(yaml.safe_dump(monitor), encoding="utf-8")
    refused = plane.kubectl("apply", "--server-side", "--validate=strict", "-f", str(wrong), check=False)
    assert refused.returncode != 0
    assert "honourLabels" in refused.stderr


def test_the_pods_that_it_scrapes_are_those_of_the_operator(plane: ControlPlane) -> None:
    monitor = yaml.safe_load((FOLDER / "podmonitor.yaml").read_text(encoding="utf-8"))
    rendered = list(yaml.safe_load_all(plane.kubectl("kustomize", str(FOLDER.parent / "base")).stdout))
    (deployment,) = (item for item in rendered if item["kind"] == "Deployment")
    template = deployment["spec"]["template"]
    assert monitor["metadata"]["namespace"] == deployment["metadata"]["namespace"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    ports = [port["name"] for container in template["spec"]["containers"] for port in container["ports"]]
    assert endpoint["port"] in ports
    assert endpoint["honorLabels"] is True
