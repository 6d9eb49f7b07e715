"""Plain requests to the API server: the demo looks at the operator from outside, so it shares no code with it here."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import urllib3
from kubernetes import client, config

from tests.demo.errors import DemoError

Json = dict[str, Any]

_MERGE_PATCH = "application/merge-patch+json"
_COLLECTIONS = {
    "Namespace": "/api/v1/namespaces",
    "Pod": "/api/v1/namespaces/{}/pods",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "NetworkBaseline": "/apis/netbaseline.dev/v1alpha1/namespaces/{}/networkbaselines",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
}
POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"
BASELINES = "/apis/netbaseline.dev/v1alpha1/networkbaselines"


class Refused(DemoError):
    """The API server answered with an error; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """One API server with the rights of a kubeconfig's current context."""

    def __init__(self, kubeconfig: Path | None) -> None:
        """Without `kubeconfig`, the one that KUBECONFIG names. Raises DemoError where it is of no use."""
        try:
            file = None if kubeconfig is None else str(kubeconfig)
            self._client: Any = config.new_client_from_config(file)  # type: ignore[no-untyped-call]
        except (config.ConfigException, OSError) as error:
            raise DemoError(f"KUBECONFIG: {error}") from None

    def get(self, path: str, **query: str) -> Json:
        """One object or list."""
        return self._decoded(self._send("GET", path, None, query))

    def create(self, manifest: Json, *, manager: str = "netbaseline-demo") -> Json:
        """A new object, by a field manager; Refused (409) where there is one already."""
        return self._decoded(self._send("POST", collection(manifest), manifest, {"fieldManager": manager}))

    def merge(self, path: str, patch: Json, *, manager: str) -> Json:
        """A JSON merge patch, by a field manager."""
        return self._decoded(self._send("PATCH", path, patch, {"fieldManager": manager}, _MERGE_PATCH))

    def delete(self, path: str, uid: str) -> None:
        """Delete this very object; gone already is as good."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        try:
            self._decoded(self._send("DELETE", path, options, {}))
        except Refused as error:
            if error.status != 404:
                raise

    def watch(self, path: str, version: str) -> Iterator[Json]:
        """The events after `version`, until the server ends the stream."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "600"}
        response = self._send("GET", path, None, query).response
        rest = b""
        for chunk in response.stream(amt=None):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (json.loads(line) for line in lines if line)

    def _send(
        self, method: str, path: str, body: Json | None, query: Mapping[str, str], content: str = "application/json"
    ) -> Any:
        headers = {"Accept": "application/json", "Content-Type": content}
        method, url, headers, sent, _ = self._client.param_serialize(
            method, path, query_params=list(query.items()), header_params=headers, body=body,
            auth_settings=["BearerToken"],
        )  # fmt: skip
        try:
            return self._client.call_api(method, url, headers, sent)
        except (urllib3.exceptions.HTTPError, client.exceptions.ApiException) as error:
            raise DemoError(f"no answer from the API server: {error}") from None

    @staticmethod
    def _decoded(answer: Any) -> Json:
        raw: bytes = answer.read()
        if answer.status >= 400:
            raise Refused(answer.status, f"the API server answers {answer.status}: {_message(raw)}")
        found: Json = json.loads(raw)
        return found


def _message(raw: bytes) -> str:
    """What an error says: the message of a Status, or the text of something else, such as a path that isn't served."""
    try:
        return str(json.loads(raw)["message"])
    except (ValueError, KeyError, TypeError):
        return raw.decode(errors="replace").strip()


def collection(manifest: Json) -> str:
    """The path to create an object at."""
    return _COLLECTIONS[manifest["kind"]].format(manifest["metadata"].get("namespace", ""))


def path_of(manifest: Json) -> str:
    """The path of an object."""
    return f"{collection(manifest)}/{manifest['metadata']['name']}"
