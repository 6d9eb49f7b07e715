"""The operator behind a proxy that makes the API server fail, with the rights that are shipped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.faults.accounts import Account, operator_account
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import FaultProxy


@pytest.fixture(scope="session")
def account(installed: ControlPlane) -> Account:
    """Whom the operator logs in as."""
    return operator_account(installed)


@pytest.fixture(scope="session", autouse=True)
def node(installed: ControlPlane) -> None:
    """The node that the pods of `World` name; the pod garbage collector would take them from one that isn't there."""
    manifest = "{apiVersion: v1, kind: Node, metadata: {name: node}}"
    installed.kubectl("apply", "-f", "-", stdin=manifest)


@pytest.fixture(scope="module")
def module_proxy(installed: ControlPlane) -> Iterator[FaultProxy]:
    with FaultProxy(installed.server, installed.ca_file) as proxy:
        yield proxy


@pytest.fixture
def proxy(module_proxy: FaultProxy) -> Iterator[FaultProxy]:
    """A proxy before the API server, without faults at the start and at the end."""
    yield module_proxy
    module_proxy.after_write = None
    module_proxy.clear()


@pytest.fixture(scope="module")
def proxied(installed: ControlPlane, account: Account, module_proxy: FaultProxy) -> Path:
    """A kubeconfig of the operator's account that goes by way of the proxy."""
    return installed.service_account_kubeconfig(account.namespace, account.name, module_proxy.url)


@pytest.fixture(scope="session")
def direct(installed: ControlPlane, account: Account) -> Path:
    """A kubeconfig of the operator's account that goes to the API server itself."""
    return installed.service_account_kubeconfig(account.namespace, account.name)
