"""helm, with and without a cluster."""

from pathlib import Path

import pytest

from tests.helm.chart import Helm


@pytest.fixture(scope="session")
def helm(beside: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """The pinned helm, with no cluster to talk to."""
    return Helm(beside["helm"], tmp_path_factory.mktemp("helm"))
