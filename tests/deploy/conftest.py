"""The rendered manifests."""

import pytest

from tests.deploy import manifests
from tests.deploy.manifests import Json
from tests.sandbox.control_plane import ControlPlane


@pytest.fixture(scope="session")
def base(control_plane: ControlPlane) -> list[Json]:
    """Everything in deploy/base."""
    return manifests.render(control_plane, manifests.BASE)


@pytest.fixture(scope="session")
def example(control_plane: ControlPlane) -> list[Json]:
    """Everything in deploy/namespaced/example."""
    return manifests.render(control_plane, manifests.EXAMPLE)


@pytest.fixture(params=["base", "example"])
def install(request: pytest.FixtureRequest) -> list[Json]:
    """Each of the two ways to install it."""
    objects: list[Json] = request.getfixturevalue(request.param)
    return objects
