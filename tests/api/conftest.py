"""The real API server with our CRD and our roles installed."""

import time
from collections.abc import Callable

import pytest

from netbaseline.api.group import CRD_NAME
from tests.api.manifests import CHECKOUT
from tests.sandbox.control_plane import ControlPlane

TIMEOUT = 30.0  # seconds


def eventually(true: Callable[[], bool], what: str) -> None:
    """Wait until `true`; fails with `what` after TIMEOUT."""
    deadline = time.monotonic() + TIMEOUT
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {TIMEOUT:.0f} s: {what}")
        time.sleep(0.1)


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane) -> ControlPlane:
    """The control plane, serving NetworkBaselines."""
    control_plane.kubectl("apply", f"--filename={CHECKOUT / 'crds'}")
    control_plane.kubectl("apply", f"--filename={CHECKOUT / 'deploy' / 'base' / 'aggregated-roles.yaml'}")
    control_plane.kubectl("wait", "--for=condition=Established", "crd", CRD_NAME, f"--timeout={TIMEOUT:.0f}s")
    eventually(
        lambda: control_plane.kubectl("get", "networkbaselines", "--all-namespaces", check=False).returncode == 0,
        "the API server serves NetworkBaselines",
    )
    return control_plane


@pytest.fixture(scope="module")
def namespace(cluster: ControlPlane, request: pytest.FixtureRequest) -> str:
    """A namespace of the module's own; what is left in it hurts nobody."""
    name: str = request.module.__name__.rpartition(".")[2].replace("_", "-")
    cluster.kubectl("create", "namespace", name)
    return name
