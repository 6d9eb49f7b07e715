"""Rights as values: those that manifests grant to an account, and those that requests have made use of."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tests.deploy.manifests import Json, of_kind

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/[^/]+"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+))?)?"
)
"""A resource's path as the API server takes it apart; discovery, which everybody may read, doesn't match."""


@dataclass(frozen=True, order=True)
class Right:
    """One verb on one resource. Granted: an empty `namespace` or `name` is all of them. Used: none in the path."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""

    def covers(self, use: "Right") -> bool:
        """Whether this grant allows that use."""
        return (
            (self.verb, self.group, self.resource) == (use.verb, use.group, use.resource)
            and self.namespace in {"", use.namespace}
            and self.name in {"", use.name}
        )


def granted(objects: Iterable[Json], account: tuple[str, str]) -> set[Right]:
    """What the bindings among the objects grant to the account, by the roles among them."""
    objects = list(objects)
    subject = {"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}
    found: set[Right] = set()
    for binding in of_kind(objects, "RoleBinding", "ClusterRoleBinding"):
        if subject not in binding["subjects"]:
            continue
        namespace = binding["metadata"].get("namespace", "")
        (role,) = (
            role
            for role in of_kind(objects, binding["roleRef"]["kind"])
            if role["metadata"]["name"] == binding["roleRef"]["name"]
            and role["metadata"].get("namespace", namespace) == namespace
        )
        for rule in role["rules"]:
            found |= set(_of_rule(rule, namespace))
    return found


def _of_rule(rule: Json, namespace: str) -> Iterator[Right]:
    for verb in rule["verbs"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for name in rule.get("resourceNames") or [""]:
                    yield Right(verb, group, resource, namespace, name)


def used(method: str, target: str, status: int | None = None) -> set[Right]:
    """What a request made use of; `target` is its path with the query, `status` how it was answered.

    Nothing for one that needs no right of ours: discovery. Two rights for a server-side apply that created its object.
    """
    parts = urlsplit(target)
    match = _PATH.fullmatch(parts.path)
    if match is None:
        return set()
    found = match.groupdict(default="")
    resource = "/".join(filter(None, (found["resource"], found["subresource"])))
    verb = _verb(method, named=bool(found["name"]), watch="watch" in parse_qs(parts.query))
    right = Right(verb, found["group"], resource, found["namespace"], found["name"])
    if verb == "patch" and status == 201:
        return {right, Right("create", right.group, resource, right.namespace)}
    return {right}


def _verb(method: str, *, named: bool, watch: bool) -> str:
    match method:
        case "GET" if named:
            return "get"
        case "GET":
            return "watch" if watch else "list"
        case "DELETE":
            return "delete" if named else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}[method]
