"""The operator, with the rights that are shipped, behind a proxy that makes the API server fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.faults.login import login, prepare
from tests.cluster.world import World
from tests.sandbox.binaries import Binaries
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import FaultProxy


@pytest.fixture(scope="session", autouse=True)
def prepared(installed: ControlPlane) -> ControlPlane:
    """The shared control plane, with the operator's account and a node for pods to be on."""
    prepare(installed)
    return installed


@pytest.fixture(scope="module")
def module_proxy(prepared: ControlPlane) -> Iterator[FaultProxy]:
    with FaultProxy(prepared.server, prepared.ca_file) as proxy:
        yield proxy


@pytest.fixture
def proxy(module_proxy: FaultProxy) -> Iterator[FaultProxy]:
    """A proxy before the API server, without faults at the start and at the end of a test."""
    yield module_proxy
    module_proxy.after_write = None
    module_proxy.clear()


@pytest.fixture(scope="module")
def proxied(prepared: ControlPlane, module_proxy: FaultProxy) -> Path:
    """The operator's kubeconfig by way of the proxy."""
    return login(prepared, module_proxy.url)


@pytest.fixture(scope="session")
def direct(prepared: ControlPlane) -> Path:
    """The operator's kubeconfig, with nothing in between."""
    return login(prepared)


@pytest.fixture(scope="session")
def bare(sandbox_binaries: Binaries) -> Iterator[ControlPlane]:
    """A second control plane, in which CRDs may come and go."""
    with ControlPlane.start(sandbox_binaries) as plane:
        prepare(plane)
        yield plane


@pytest.fixture(scope="session")
def theirs(bare: ControlPlane) -> World:
    """A view of the second control plane."""
    return World(bare.kubeconfig)
