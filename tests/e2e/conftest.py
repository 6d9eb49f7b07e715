"""The node that the tests share, and the release that they install on it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cluster import Cluster, cluster
from tests.e2e.release import NAMESPACE, Release
from tests.e2e.session import Session
from tests.helm.chart import Helm
from tests.sandbox.binaries import Binaries, obtain
from tests.sandbox.build import HELM

_SESSION = Session.read()
# Only in the namespaces that `make e2e` makes is there a node to test on; the rest of the folder is of `make test`.
collect_ignore = [] if _SESSION else ["test_story.py", "test_trial.py"]


@pytest.fixture(scope="session")
def session() -> Session:
    """What the outer process has prepared."""
    assert _SESSION is not None
    return _SESSION


@pytest.fixture(scope="session")
def node(session: Session, sandbox_binaries: Binaries) -> Iterator[Cluster]:
    """A cluster with a node that is Ready."""
    node = cluster(session, sandbox_binaries)
    try:
        node.start([Path(archive) for archive in session.archives])
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="session")
def release(node: Cluster, session: Session) -> Release:
    """A release to be installed, in a namespace that takes restricted pods only."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    }
    node.plane.kubectl("create", "--filename=-", stdin=json.dumps(manifest))
    folder = Path(session.folder) / "helm"
    folder.mkdir()
    return Release(node, Helm(obtain([HELM])[HELM.name], folder, node.plane.kubeconfig), folder)
