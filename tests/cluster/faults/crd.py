"""CRDs that come and go, and one that checks nothing."""

import copy
import json
from typing import Any

from netbaseline.api import schema
from netbaseline.api.group import CRD_NAME
from tests.cluster.waiting import eventually
from tests.sandbox.control_plane import ControlPlane

Json = dict[str, Any]


def install(plane: ControlPlane, crd: Json | None = None) -> None:
    """Install the CRD, or another one of its name, and wait until it is served."""
    text = json.dumps(crd or schema.crd())
    plane.kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", stdin=text)
    eventually(lambda: plane.kubectl("get", "networkbaselines", check=False).returncode == 0, seconds=60)


def remove(plane: ControlPlane) -> None:
    """Delete the CRD, and so every NetworkBaseline."""
    plane.kubectl("delete", "crd", CRD_NAME, "--ignore-not-found")


def unchecked() -> Json:
    """A CRD that takes any spec, as that of another version might take what this one refuses."""
    crd = copy.deepcopy(schema.crd())
    (version,) = crd["spec"]["versions"]
    root = version["schema"]["openAPIV3Schema"]
    root.pop("x-kubernetes-validations")
    version.pop("selectableFields")
    version.pop("additionalPrinterColumns")
    root["properties"]["spec"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return crd
