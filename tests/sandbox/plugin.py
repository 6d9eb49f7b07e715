"""The pytest fixture `control_plane`: one for a whole session, started when the first test asks for it.

Each worker of pytest-xdist is a session of its own and so gets its own.
"""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.sandbox.binaries import Binaries, locate, obtain
from tests.sandbox.build import BESIDE
from tests.sandbox.control_plane import ControlPlane


@pytest.fixture(scope="session")
def sandbox_binaries(request: pytest.FixtureRequest) -> Binaries:
    """The control plane's binaries; a first build takes minutes, and shows that although output is captured."""
    with shown(request):
        return locate(sys.stderr)


@pytest.fixture(scope="session")
def beside(request: pytest.FixtureRequest) -> dict[str, Path]:
    """`helm`, `kstatus` and the like by name, built at first use like the control plane."""
    with shown(request):
        return obtain(BESIDE, sys.stderr)


def shown(request: pytest.FixtureRequest) -> AbstractContextManager[None]:
    """Lets through what is printed, although output is captured."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    uncaptured: AbstractContextManager[None] = capture.global_and_fixture_disabled()
    return uncaptured


@pytest.fixture(scope="session")
def control_plane(sandbox_binaries: Binaries) -> Iterator[ControlPlane]:
    """A real control plane shared by the session: a test uses namespaces of its own, and stops nothing for good."""
    with ControlPlane.start(sandbox_binaries) as plane:
        yield plane
