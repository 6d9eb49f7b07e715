"""What the API server would make of objects if they were applied: validated, defaulted and merged, and not stored.

A dry run by server-side apply, as `kubectl diff --server-side` does it; it needs the right to patch these objects.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from netbaseline.cluster.errors import ApiError, Forbidden, Invalid, NamespaceLeaving, NotFound
from netbaseline.cluster.kinds import KINDS, Kind
from netbaseline.cluster.transport import Json, connect
from netbaseline.cluster.transport import Path as ApiPath
from netbaseline.core.inventory import DEFAULT_NAMESPACE

MANAGER = "netbaseline-plan"


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be there. `refused` says why the API server won't have it, `unasked` why it wasn't asked."""

    content: Json
    refused: str | None = None
    unasked: str | None = None


async def dry_run(
    objects: Iterable[Json], *, kubeconfig: Path | None = None, context: str | None = None
) -> list[Answer]:
    """One answer for each object, in order.

    Raises ConfigurationError where there is no cluster, and ApiError where it doesn't answer.
    """
    known = {(kind.api_version, kind.kind): kind for kind in KINDS}
    transport = await connect("netbaseline-cli", lambda *_: None, kubeconfig=kubeconfig, context=context)
    query = {"dryRun": "All", "fieldManager": MANAGER, "force": "true"}
    answers: list[Answer] = []
    try:
        for content in objects:
            kind = known.get((str(content.get("apiVersion")), str(content.get("kind"))))
            path = None if kind is None else _path(kind, content)
            if kind is None or path is None:
                answers.append(Answer(content))
                continue
            try:
                _, found = await transport.request("apply", kind.plural, path, query, _applicable(content))
                answers.append(Answer(_without_managers(found)))
            except (Forbidden, NotFound, NamespaceLeaving) as error:
                # Its namespace or its CRD may be among the objects that come with it.
                answers.append(Answer(content, unasked=str(error)))
            except Invalid as error:
                answers.append(Answer(content, refused=str(error)))
            except ApiError as error:
                if error.status != 400:
                    raise
                answers.append(Answer(content, refused=str(error)))
    finally:
        await transport.close()
    return answers


def _path(kind: Kind, content: Json) -> ApiPath | None:
    meta = content.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    if not isinstance(meta, dict) or not isinstance(name, str):
        return None
    namespace = meta.get("namespace") or DEFAULT_NAMESPACE
    return ApiPath(f"{kind.path(str(namespace))}/{quote(name, safe='')}")


def _applicable(content: Json) -> Json:
    """Without what may not be applied: managedFields, a resourceVersion and a status of another time."""
    meta = {key: value for key, value in content["metadata"].items() if key not in {"managedFields", "resourceVersion"}}
    return {**{key: value for key, value in content.items() if key != "status"}, "metadata": meta}


def _without_managers(content: Json) -> Json:
    meta = {key: value for key, value in content["metadata"].items() if key != "managedFields"}
    return {**content, "metadata": meta}
