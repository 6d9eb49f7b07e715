"""NetworkPolicies as the API server gives them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from netbaseline.core.live import Live, from_manifest
from netbaseline.core.names import FIELD_MANAGER
from netbaseline.core.netpol import Policy, to_manifest

Json = dict[str, Any]

OURS = (FIELD_MANAGER, "Apply")
KUBECTL = ("kubectl-edit", "Update")


def raw(
    policy: Policy,
    *,
    uid: str = "",
    version: int = 1,
    managers: Sequence[tuple[str, str]] = (OURS,),
    metadata: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
) -> Json:
    """`policy` as an object; `metadata` and `spec` replace fields, `managers` wrote it one after the other."""
    manifest = to_manifest(policy)
    entries = [
        {"manager": manager, "operation": operation, "time": f"2026-01-01T00:00:{number:02}Z"}
        for number, (manager, operation) in enumerate(managers)
    ]
    meta = {"uid": uid or f"uid of {policy.name}", "resourceVersion": str(version), "managedFields": entries}
    manifest["metadata"] |= meta | dict(metadata or {})
    manifest["spec"] |= dict(spec or {})
    return manifest


def live(policy: Policy, **how: Any) -> Live:
    """`policy` as the store keeps it; keywords as for `raw`."""
    return from_manifest(raw(policy, **how))
