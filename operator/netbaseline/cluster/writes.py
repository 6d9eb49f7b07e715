"""The few requests that a turn makes."""

from typing import Any

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.cluster import paths
from netbaseline.cluster.errors import Conflict, NotFound
from netbaseline.cluster.transport import Json, Transport
from netbaseline.core.live import Live, from_manifest
from netbaseline.core.names import FIELD_MANAGER
from netbaseline.core.netpol import Policy, to_manifest


class Writer:
    """Server-side apply with our field manager, and what goes with it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, policy: Policy) -> Live:
        """Apply without force: where somebody else was faster, that is a Conflict, to be observed again."""
        return await self._apply(policy, to_manifest(policy), force=False)

    async def update(self, policy: Policy, there: Live) -> Live:
        """Apply with force over exactly the object that was observed; Conflict when it has changed since."""
        manifest = to_manifest(policy)
        manifest["metadata"] |= {"uid": there.uid, "resourceVersion": there.resource_version}
        return await self._apply(policy, manifest, force=True)

    async def _apply(self, policy: Policy, manifest: Json, *, force: bool) -> Live:
        query = {"fieldManager": FIELD_MANAGER, "force": "true" if force else "false"}
        path = paths.policy(policy.namespace, policy.name)
        _, found = await self._transport.request("apply", paths.POLICIES, path, query, manifest)
        return from_manifest(found)

    async def strip(self, there: Live, annotations: tuple[str, ...], owner_uid: str | None) -> Live:
        """Remove annotations and an ownerReference that applying can't take back, from exactly this object."""
        meta: dict[str, Any] = {
            "uid": there.uid,
            "resourceVersion": there.resource_version,
            "annotations": dict.fromkeys(annotations),
        }
        if owner_uid is not None:
            meta["ownerReferences"] = [{"$patch": "delete", "uid": owner_uid}]
        return await self._patch(there, meta)

    async def demote(self, there: Live, controller: str) -> Live:
        """Make somebody else's ownerReference an ordinary one: the API server allows one controller and no more."""
        meta: dict[str, Any] = {"uid": there.uid, "resourceVersion": there.resource_version}
        return await self._patch(there, {**meta, "ownerReferences": [{"uid": controller, "controller": False}]})

    async def _patch(self, there: Live, meta: dict[str, Any]) -> Live:
        path = paths.policy(there.namespace, there.name)
        query = {"fieldManager": FIELD_MANAGER}
        _, found = await self._transport.request("strip", paths.POLICIES, path, query, {"metadata": meta})
        return from_manifest(found)

    async def delete(self, there: Live) -> None:
        """Delete exactly the object that was observed. Gone already is as good; Conflict when it has changed since.

        Also Conflict where finalizers keep it: until they are removed it is there, and isolates the pods it selects.
        """
        preconditions = {"uid": there.uid, "resourceVersion": there.resource_version}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        path = paths.policy(there.namespace, there.name)
        try:
            status, found = await self._transport.request("delete", paths.POLICIES, path, body=options)
        except NotFound:
            return
        # Where it is gone the answer is a Status instead.
        if kept := (found.get("metadata") or {}).get("finalizers"):
            told = f"it was deleted, but stays in force until its finalizers are removed ({', '.join(kept)})"
            raise Conflict(told, status=status)

    async def write_status(self, namespace: str, name: str, uid: str, status: Json) -> None:
        """Replace the status; the UID keeps it off a successor of the same name (Conflict)."""
        body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"uid": uid}, "status": status}
        path = paths.baseline_status(namespace, name)
        await self._transport.request("merge", f"{paths.BASELINES}/status", path, {"fieldManager": FIELD_MANAGER}, body)

    async def has_pods(self, namespace: str) -> bool:
        """Whether there is any pod that traffic could be cut of; one that has ended has none."""
        query = {"limit": "1", "fieldSelector": "status.phase!=Succeeded,status.phase!=Failed"}
        _, found = await self._transport.request("list", paths.PODS, paths.pods(namespace), query)
        return bool(found.get("items"))

    async def is_there(self, namespace: str, name: str, uid: str) -> bool:
        """Whether the baseline still exists, is the same one, and isn't being deleted."""
        try:
            _, found = await self._transport.request("get", paths.BASELINES, paths.baseline(namespace, name))
        except NotFound:
            return False
        meta: dict[str, Any] = found["metadata"]
        return meta["uid"] == uid and "deletionTimestamp" not in meta

    async def is_leaving(self, namespace: str) -> bool:
        """Whether a namespace is going away or has gone; by a list, since that right is there for the watch."""
        query = {"limit": "1", "fieldSelector": f"metadata.name={namespace}"}
        _, found = await self._transport.request("list", paths.NAMESPACES, paths.namespaces(), query)
        return all("deletionTimestamp" in item["metadata"] for item in found.get("items") or ())
