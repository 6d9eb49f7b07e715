"""A cluster at the port of a turn: what the API server would answer, with faults on request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from netbaseline.cluster.errors import ApiError, Conflict, NotFound
from netbaseline.core.live import Live, from_manifest
from netbaseline.core.names import FIELD_MANAGER
from netbaseline.core.netpol import Policy, to_manifest

Json = dict[str, Any]


@dataclass
class Write:
    """One accepted or refused write."""

    verb: str
    name: str
    error: ApiError | None = None


@dataclass
class FakeCluster:
    """Objects by name, of one namespace. `fault` decides, by number (from 1) and name, which writes are refused."""

    objects: dict[str, Json] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    statuses: list[tuple[str, Json]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    fault: Callable[[int, str], ApiError | None] = lambda _number, _name: None
    status_fault: Callable[[], ApiError | None] = lambda: None
    webhook: Callable[[Json], None] = lambda _: None
    """Changes an object on its way in, as a mutating webhook may."""
    after_write: Callable[[], None] = lambda: None
    pods: bool = True
    existing: set[str] = field(default_factory=set)
    """UIDs of the baselines that are there."""
    leaving: bool | ApiError = False
    """Whether the namespace is going, or why nobody says."""
    version: int = 1000

    async def create(self, policy: Policy) -> Live:
        self._attempt("create", policy.name)
        if policy.name in self.objects:
            raise self._refused(Conflict("somebody was faster", status=409))
        self.version += 1
        return self._stored(policy, uid=f"uid {self.version}", managers=[])

    async def update(self, policy: Policy, there: Live) -> Live:
        self._attempt("update", policy.name)
        meta = self._observed(there)
        self.version += 1
        return self._stored(policy, uid=meta["uid"], managers=meta["managedFields"])

    async def strip(self, there: Live, annotations: tuple[str, ...], owner_uid: str | None) -> Live:
        self._attempt("strip", there.name)
        meta = self._observed(there)
        self.version += 1
        kept = {key: value for key, value in meta["annotations"].items() if key not in annotations}
        owners = [item for item in meta.get("ownerReferences", []) if item["uid"] != owner_uid]
        changed = {"annotations": kept, "ownerReferences": owners, "resourceVersion": str(self.version)}
        self.objects[there.name]["metadata"] = meta | changed
        return self.live(there.name)

    async def delete(self, there: Live) -> None:
        self._attempt("delete", there.name)
        self._observed(there)
        del self.objects[there.name]
        self.after_write()

    async def write_status(self, namespace: str, name: str, uid: str, status: Json) -> None:
        error = self.status_fault()
        if error is not None:
            raise error
        if uid not in self.existing:
            raise NotFound(f"{namespace}/{name} isn't there", status=404)
        self.statuses.append((name, status))

    async def has_pods(self, namespace: str) -> bool:
        self.questions.append(f"has_pods {namespace}")
        return self.pods

    async def demote(self, there: Live, controller: str) -> Live:
        for reference in self.objects[there.name]["metadata"].get("ownerReferences", []):
            if reference["uid"] == controller:
                reference["controller"] = False
        return self.live(there.name)

    async def is_there(self, namespace: str, name: str, uid: str) -> bool:
        self.questions.append(f"is_there {namespace}/{name}")
        return uid in self.existing

    async def is_leaving(self, namespace: str) -> bool:
        self.questions.append(f"is_leaving {namespace}")
        if isinstance(self.leaving, ApiError):
            raise self.leaving
        return self.leaving

    # --- what tests look at and do --------------------------------------------------------------------------------

    def live(self, name: str) -> Live:
        return from_manifest(self.objects[name])

    def everything(self) -> list[Live]:
        return [self.live(name) for name in self.objects]

    def edit(self, name: str, manager: str = "kubectl-edit", **spec: Any) -> Live:
        """Somebody else changes the spec of a policy."""
        self.version += 1
        found = self.objects[name]
        found["spec"] |= spec
        entry = {"manager": manager, "operation": "Update", "time": f"{self.version}"}
        meta = found["metadata"]
        found["metadata"] = {
            **meta,
            "resourceVersion": str(self.version),
            "managedFields": [*meta["managedFields"], entry],
        }
        return self.live(name)

    def done(self) -> list[tuple[str, str]]:
        """Verb and name of the writes that were accepted."""
        return [(write.verb, write.name) for write in self.writes if write.error is None]

    # --- inside ----------------------------------------------------------------------------------------------------

    def _attempt(self, verb: str, name: str) -> None:
        self.writes.append(Write(verb, name))
        error = self.fault(len(self.writes), name)
        if error is not None:
            raise self._refused(error)

    def _refused(self, error: ApiError) -> ApiError:
        self.writes[-1].error = error
        return error

    def _observed(self, there: Live) -> Json:
        """Metadata of the object, if it is still the one that was observed."""
        if there.name not in self.objects:
            raise self._refused(NotFound(f"{there.name} isn't there", status=404))
        meta: Json = self.objects[there.name]["metadata"]
        if (meta["uid"], meta["resourceVersion"]) != (there.uid, there.resource_version):
            raise self._refused(Conflict("the object has been modified", status=409))
        return meta

    def _stored(self, policy: Policy, uid: str, managers: list[Json]) -> Live:
        entry = {"manager": FIELD_MANAGER, "operation": "Apply", "time": f"{self.version}"}
        others = [item for item in managers if item["manager"] != FIELD_MANAGER]
        manifest = to_manifest(policy)
        manifest["metadata"] |= {
            "uid": uid,
            "resourceVersion": str(self.version),
            "managedFields": [*others, entry],
        }
        self.webhook(manifest)
        self.objects[policy.name] = manifest
        self.after_write()
        return self.live(policy.name)
