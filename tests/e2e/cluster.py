"""What the tests run on: they are the same on either."""

from pathlib import Path

from tests.e2e.kind import KindCluster
from tests.e2e.node import Node
from tests.e2e.session import Session
from tests.sandbox.binaries import Binaries, obtain
from tests.sandbox.build import KIND

Cluster = Node | KindCluster


def cluster(session: Session, binaries: Binaries) -> Cluster:
    """Give the one that a session asks for, and start nothing yet."""
    folder = Path(session.folder) / "node"
    if session.kind:
        return KindCluster(folder, binaries, obtain([KIND])[KIND.name])
    return Node(folder, session.group, binaries)
