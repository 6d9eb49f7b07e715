"""CRDs of other APIs' policies, as little of each as it takes to have such objects."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from netbaseline.cluster.kinds import CALICO_STORED, FOREIGN, Kind
from tests.cluster.waiting import eventually
from tests.sandbox.control_plane import ControlPlane


def crd(kind: Kind) -> dict[str, Any]:
    """The kind, with whatever spec."""
    version = {
        "name": kind.api_version.partition("/")[2],
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": kind.resource,
            "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/network-policy-api"},
        },
        "spec": {
            "group": kind.api_version.partition("/")[0],
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": {"plural": kind.plural, "kind": kind.kind},
            "versions": [version],
        },
    }


def of(*names: str) -> list[Kind]:
    """Kinds by what they are called."""
    return [kind for kind in FOREIGN if kind.kind in names and kind.api_version != CALICO_STORED]


STORED = [kind for kind in FOREIGN if kind.api_version == CALICO_STORED]
OTHERS = [kind for kind in FOREIGN if kind.api_version != CALICO_STORED]


@contextmanager
def served(plane: ControlPlane, kinds: list[Kind]) -> Iterator[None]:
    """The control plane with these kinds, and without them afterwards."""
    plane.kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(map(crd, kinds)))
    try:
        # `kubectl wait` fails outright as long as the CRD has no conditions at all.
        every = ",".join(kind.resource for kind in kinds)
        eventually(lambda: plane.kubectl("get", every, "-A", check=False).returncode == 0, seconds=60)
        yield
    finally:
        plane.kubectl("delete", "crd", *(kind.resource for kind in kinds), "--ignore-not-found")
