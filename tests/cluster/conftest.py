"""The CRD on the real API server, a view of it, and an operator with exactly the shipped rights."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netbaseline.api import schema
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually
from tests.cluster.world import World
from tests.deploy import manifests
from tests.sandbox.control_plane import ControlPlane


@pytest.fixture(scope="session")
def installed(control_plane: ControlPlane) -> ControlPlane:
    """The control plane with our CRD in it."""
    control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=schema.crd_yaml())
    # `kubectl wait` fails outright as long as the CRD has no conditions at all.
    eventually(lambda: control_plane.kubectl("get", "networkbaselines", check=False).returncode == 0)
    return control_plane


@pytest.fixture(scope="session")
def world(installed: ControlPlane) -> World:
    return World(installed.kubeconfig)


@pytest.fixture(scope="session")
def operator_kubeconfig(installed: ControlPlane) -> Path:
    """What the operator logs in with: the service account of deploy/base, with the rights that are shipped."""
    objects = manifests.render(installed, manifests.BASE)
    manifests.apply(installed, manifests.who_and_what(objects))
    return installed.service_account_kubeconfig(*manifests.account(objects))


@pytest.fixture(scope="module")
def operator(operator_kubeconfig: Path) -> Iterator[OperatorProcess]:
    """One operator for all tests of a module."""
    with OperatorProcess(operator_kubeconfig) as running:
        running.rest()
        yield running
