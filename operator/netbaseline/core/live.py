"""A NetworkPolicy as it stands in the cluster: its meaning, who it belongs to, who wrote it last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netbaseline.api.group import GROUP, KIND
from netbaseline.core import names
from netbaseline.core.netpol import Policy, Spec, spec_from_manifest
from netbaseline.core.normalize import normalized
from netbaseline.core.sharing import shared

_DOMAIN = "netbaseline.dev/"


@dataclass(frozen=True, slots=True)
class Live:
    """Metadata is kept as far as it is ours; everything else on the object is somebody else's business."""

    namespace: str
    name: str
    spec: Spec
    uid: str
    resource_version: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    owner_uids: frozenset[str]
    """UIDs of the NetworkBaselines that the object's ownerReferences name."""
    controller: str | None
    """UID of the controller among the owners, of whatever kind: an object can have but one."""
    applied_by_us: bool
    """Whether our field manager ever applied it, by `metadata.managedFields`."""
    last_writer: str | None
    """The field manager of the newest entry that isn't ours and isn't older than our last apply. The API keeps no
    trace of somebody who only took something away."""

    def owned_by(self, uid: str) -> bool:
        """Ours is what has our owner's UID, beside the name that the caller looked up; a label proves nothing."""
        return bool(uid) and (uid in self.owner_uids or self.annotations.get(names.ANNOTATION_BASELINE_UID) == uid)


def from_manifest(manifest: Mapping[str, Any]) -> Live:
    """A NetworkPolicy as list and watch give it. Raises KeyError or TypeError where it isn't one."""
    meta = manifest["metadata"]
    references = [
        reference
        for reference in meta.get("ownerReferences") or ()
        if reference.get("kind") == KIND and str(reference.get("apiVersion", "")).startswith(f"{GROUP}/")
    ]
    entries = [(entry.get("time") or "", entry.get("manager"), entry) for entry in meta.get("managedFields") or ()]
    applied = max((time for time, manager, _ in entries if manager == names.FIELD_MANAGER), default="")
    # What was written before our last apply is not what changed the object since.
    newer = [
        (time, manager)
        for time, manager, _ in entries
        if manager not in {None, names.FIELD_MANAGER} and time >= applied
    ]
    return Live(
        namespace=shared(meta["namespace"]),
        name=shared(meta["name"]),
        spec=shared(normalized(spec_from_manifest(manifest.get("spec") or {}))),
        uid=meta["uid"],
        resource_version=meta["resourceVersion"],
        labels=_ours(meta.get("labels")),
        annotations=_ours(meta.get("annotations")),
        owner_uids=shared(frozenset(shared(reference["uid"]) for reference in references)),
        controller=shared(
            next((item["uid"] for item in meta.get("ownerReferences") or () if item.get("controller")), None)
        ),
        applied_by_us=any(
            manager == names.FIELD_MANAGER and entry.get("operation") == "Apply" for _, manager, entry in entries
        ),
        last_writer=shared(max(newer)[1] if newer else None),
    )


def _ours(items: Mapping[str, str] | None) -> dict[str, str]:
    return {
        shared(key): shared(value)
        for key, value in (items or {}).items()
        if key.startswith(_DOMAIN) or key == names.LABEL_MANAGED_BY
    }


def agrees(live: Live, wanted: Policy) -> bool:
    """Whether there is nothing to write: the same meaning, our metadata, the reference to our owner (or none)."""
    uid = wanted.annotations.get(names.ANNOTATION_BASELINE_UID, "")
    owned = (
        uid in live.owner_uids and live.controller == uid if wanted.owner is not None else uid not in live.owner_uids
    )
    return (
        live.spec == wanted.spec
        and owned
        and all(live.labels.get(key) == value for key, value in wanted.labels.items())
        and {key: live.annotations.get(key) for key in _KNOWN} == {key: wanted.annotations.get(key) for key in _KNOWN}
    )


def surplus(live: Live, wanted: Policy) -> tuple[tuple[str, ...], str | None]:
    """Metadata of ours that somebody else put there: annotations, and the UID of an owner that shouldn't be named.

    Applying takes back only what we own, so these have to be removed by name.
    """
    annotations = tuple(key for key in _KNOWN if key in live.annotations and key not in wanted.annotations)
    uid = wanted.annotations.get(names.ANNOTATION_BASELINE_UID, "")
    return annotations, uid if wanted.owner is None and uid in live.owner_uids else None


_KNOWN = (
    names.ANNOTATION_OWNER,
    names.ANNOTATION_DESCRIPTION,
    names.ANNOTATION_REVIEWED,
    names.ANNOTATION_SOURCES,
    names.ANNOTATION_BASELINE_UID,
)
