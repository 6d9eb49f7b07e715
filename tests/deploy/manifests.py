"""The shipped manifests, as kubectl's kustomize renders them, and what tests do with them."""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.sandbox.control_plane import ControlPlane

CHECKOUT = Path(__file__).resolve().parents[2]
BASE = CHECKOUT / "deploy" / "base"
NAMESPACED = CHECKOUT / "deploy" / "namespaced"
EXAMPLE = NAMESPACED / "example"
RBAC = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")

Json = dict[str, Any]


def render(plane: ControlPlane, folder: Path) -> list[Json]:
    """All objects of a kustomization, in the order in which `kubectl apply -k` creates them."""
    return [item for item in yaml.safe_load_all(plane.kubectl("kustomize", str(folder)).stdout) if item]


def apply(plane: ControlPlane, objects: Iterable[Json], *flags: str) -> str:
    """What kubectl says to a server-side apply of them."""
    command = ("apply", "--server-side", "--force-conflicts", *flags, "--filename=-")
    return plane.kubectl(*command, stdin=as_text(objects)).stdout


def as_text(objects: Iterable[Json]) -> str:
    """As a file for kubectl."""
    return str(yaml.safe_dump_all(objects))


def of_kind(objects: Iterable[Json], *kinds: str) -> list[Json]:
    return [item for item in objects if item["kind"] in kinds]


def the(objects: Iterable[Json], kind: str) -> Json:
    """The only object of its kind."""
    (found,) = of_kind(objects, kind)
    return found


def account(objects: Iterable[Json]) -> tuple[str, str]:
    """Namespace and name of the operator's service account."""
    meta = the(objects, "ServiceAccount")["metadata"]
    return meta["namespace"], meta["name"]


def who_and_what(objects: Iterable[Json]) -> list[Json]:
    """The namespace, the account and its rights: all that a login needs, and no pod."""
    return of_kind(objects, "Namespace", "ServiceAccount", *RBAC)


def moved(objects: Iterable[Json], namespace: str) -> list[Json]:
    """The same account and rights once more, for an operator in another namespace; neither touches the other."""
    found = copy.deepcopy(who_and_what(objects))
    home = account(found)[0]
    for item in found:
        meta = item["metadata"]
        if item["kind"] == "Namespace":
            meta["name"] = namespace
        elif item["kind"] in RBAC:
            meta["name"] += f".{namespace}"
        if meta.get("namespace") == home:
            meta["namespace"] = namespace
        if "roleRef" in item:
            item["roleRef"]["name"] += f".{namespace}"
            for subject in item["subjects"]:
                subject["namespace"] = namespace
    return found


def without(objects: Iterable[Json], verb: str, resource: str) -> list[Json]:
    """The same with one right taken out of every role; AssertionError where none had it."""
    found, taken = copy.deepcopy(list(objects)), 0
    for role in of_kind(found, "Role", "ClusterRole"):
        for rule in role["rules"]:
            if resource in rule["resources"] and verb in rule["verbs"]:
                rule["verbs"].remove(verb)
                taken += 1
        role["rules"] = [rule for rule in role["rules"] if rule["verbs"]]
    assert taken, f"no role may {verb} {resource}"
    return found
