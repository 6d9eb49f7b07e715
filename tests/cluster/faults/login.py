"""The shipped service account on any control plane."""

from pathlib import Path

from tests.deploy import manifests
from tests.sandbox.control_plane import ControlPlane

_NODE = "{apiVersion: v1, kind: Node, metadata: {name: node}}"


def prepare(plane: ControlPlane) -> None:
    """Install the account with its rights, and the node that pods name: without it they would be collected."""
    manifests.apply(plane, manifests.who_and_what(manifests.render(plane, manifests.BASE)))
    plane.kubectl("apply", "-f", "-", stdin=_NODE)


def login(plane: ControlPlane, server: str | None = None) -> Path:
    """A kubeconfig of that account; `server` is a proxy's address."""
    namespace, name = manifests.account(manifests.render(plane, manifests.BASE))
    return plane.service_account_kubeconfig(namespace, name, server)
