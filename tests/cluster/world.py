"""A person's view of the cluster: create, edit, delete, and look."""

import itertools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from netbaseline.api.group import API_VERSION, GROUP, KIND, PLURAL, VERSION
from netbaseline.core.live import Live, from_manifest
from tests.cluster.waiting import PATIENCE, eventually

Json = dict[str, Any]
_numbers = itertools.count()


class World:
    """One API server, as an administrator sees it; every namespace name is its own."""

    def __init__(self, kubeconfig: Path) -> None:
        # The client takes plain dicts where its annotations ask for its models.
        self.api: Any = config.new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call]
        self.core: Any = client.CoreV1Api(self.api)
        self.networking: Any = client.NetworkingV1Api(self.api)
        self.custom: Any = client.CustomObjectsApi(self.api)

    def namespace(self, stem: str = "shop", *, pods: int = 1, labels: Mapping[str, str] | None = None) -> str:
        """A new namespace with running pods (objects only: nobody runs them) labelled app=web; returns its name."""
        name = f"{stem}-{os.getpid()}-{next(_numbers)}"
        self.core.create_namespace({"metadata": {"name": name, "labels": dict(labels or {})}})
        for number in range(pods):
            self.pod(name, f"web-{number}", {"app": "web"})
        return name

    def pod(self, namespace: str, name: str, labels: Mapping[str, str], ip: str = "10.0.0.9") -> None:
        """A pod that the API believes to be running."""
        body = {
            "metadata": {"name": name, "labels": dict(labels)},
            "spec": {"nodeName": "node", "containers": [{"name": "c", "image": "i"}]},
        }
        self.core.create_namespaced_pod(namespace, body)
        status = {"status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}]}}
        self.core.patch_namespaced_pod_status(name, namespace, status)

    def baseline(
        self, namespace: str, name: str = "default", *, annotations: Mapping[str, str] | None = None, **spec: Any
    ) -> Json:
        """A new NetworkBaseline; returns the object as created."""
        meta = {"name": name, "namespace": namespace, "annotations": dict(annotations or {})}
        body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": meta, "spec": spec}
        created: Json = self.custom.create_namespaced_custom_object(GROUP, VERSION, namespace, PLURAL, body)
        return created

    def edit_baseline(
        self, namespace: str, name: str = "default", *, annotations: Mapping[str, str | None] | None = None, **spec: Any
    ) -> Json:
        """Merge `spec` (None removes a field) and annotations into it."""
        body = {"metadata": {"annotations": dict(annotations or {})}, "spec": spec}
        changed: Json = self.custom.patch_namespaced_custom_object(GROUP, VERSION, namespace, PLURAL, name, body)
        return changed

    def delete_baseline(self, namespace: str, name: str = "default") -> None:
        self.custom.delete_namespaced_custom_object(GROUP, VERSION, namespace, PLURAL, name)

    def get_baseline(self, namespace: str, name: str = "default") -> Json:
        found: Json = self.custom.get_namespaced_custom_object(GROUP, VERSION, namespace, PLURAL, name)
        return found

    def condition(self, namespace: str, kind: str = "Ready", name: str = "default") -> tuple[str, str, str]:
        """Status, reason and message of a condition; empty texts where it isn't there."""
        for item in self.get_baseline(namespace, name).get("status", {}).get("conditions", []):
            if item["type"] == kind:
                return item["status"], item["reason"], item["message"]
        return "", "", ""

    def until(self, namespace: str, reason: str, name: str = "default", *, seconds: float = PATIENCE) -> Json:
        """Wait until Ready has this reason for the newest generation; returns the status."""

        def reached() -> Json | None:
            item = self.get_baseline(namespace, name)
            status: Json = item.get("status", {})
            ready: Json = next((entry for entry in status.get("conditions", []) if entry["type"] == "Ready"), {})
            assert ready.get("reason") == reason, ready
            assert status.get("observedGeneration") == item["metadata"]["generation"], ready
            return status

        return eventually(reached, seconds=seconds, what=f"{namespace}/{name} to be {reason}") or {}

    def policies(self, namespace: str) -> dict[str, Live]:
        """The NetworkPolicies of a namespace, as the operator's core reads them."""
        raw = self.networking.list_namespaced_network_policy(namespace, _preload_content=False).json()
        return {item["metadata"]["name"]: from_manifest(item) for item in raw["items"]}

    def policy(self, namespace: str, name: str, spec: Json, **metadata: Any) -> Json:
        """Somebody else's NetworkPolicy."""
        body = {"metadata": {"name": name, **metadata}, "spec": spec}
        created: Json = self.api.sanitize_for_serialization(
            self.networking.create_namespaced_network_policy(namespace, body)
        )
        return created

    def patch_policy(self, namespace: str, name: str, patch: Json, *, manager: str = "somebody") -> None:
        """A JSON merge patch by a field manager."""
        self.networking.patch_namespaced_network_policy(
            name, namespace, patch, field_manager=manager, _content_type="application/merge-patch+json"
        )

    def delete_policy(self, namespace: str, name: str) -> None:
        self.networking.delete_namespaced_network_policy(name, namespace)

    def events(self, namespace: str) -> list[tuple[str, str, str]]:
        """Type, reason and message of the Events in a namespace, oldest first."""
        items = self.core.list_namespaced_event(namespace).items
        items.sort(key=lambda event: event.metadata.resource_version)
        return [(event.type, event.reason, event.message) for event in items]

    def gone(self, namespace: str, name: str = "default") -> bool:
        """Whether a baseline is no more."""
        try:
            self.get_baseline(namespace, name)
        except ApiException as error:
            if error.status != 404:
                raise
            return True
        return False
