"""Everything in a cluster that decides who may talk to whom, read once. Nothing is written, and no Secret is read.

What the user may not list, or the cluster doesn't know, is left out and told: most people may see a part of a cluster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from kubernetes.aio import config

from netbaseline.cluster import paths
from netbaseline.cluster.errors import ApiError, Forbidden, Gone, NotFound
from netbaseline.cluster.kinds import CALICO, CALICO_STORED, KINDS, Kind, served_versions
from netbaseline.cluster.sinks import EndpointSink
from netbaseline.cluster.transport import Json, Transport, connect
from netbaseline.cluster.transport import Path as ApiPath
from netbaseline.core.platform import ServerAddress

KUBERNETES_SERVICE = "kubernetes.io/service-name=kubernetes"
MOST_RELISTS = 3
"""A list that took longer than the API server keeps its pages starts over."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was there. `source` names the cluster; `left_out` says what couldn't be seen, and why."""

    source: str
    objects: list[Json] = field(default_factory=list)
    servers: tuple[ServerAddress, ...] = ()
    left_out: tuple[str, ...] = ()


async def snapshot(
    namespace: str | None = None,
    *,
    kubeconfig: Path | None = None,
    context: str | None = None,
    seen: Callable[[int], object] = lambda _: None,
) -> Snapshot:
    """The cluster of a context, or of one namespace and all Namespaces; `seen` is told how many objects there are.

    Raises ConfigurationError where there is no cluster, and ApiError where it doesn't answer or knows no such user.
    """
    transport = await connect("netbaseline-cli", lambda *_: None, kubeconfig=kubeconfig, context=context)
    try:
        objects: list[Json] = []
        hidden: dict[str, ApiError] = {}
        served = await _served(transport)
        for kind in KINDS:
            if served is not None and kind.optional and kind.api_version not in served:
                continue
            try:
                found = await _list(transport, kind, namespace)
            except (Forbidden, NotFound) as error:
                if not (kind.aside or (kind.optional and isinstance(error, NotFound))):
                    hidden[kind.plural] = error
                if kind.kind == "Namespace" and namespace is not None:
                    objects += await _one_namespace(transport, namespace)
                continue
            objects += found
            seen(len(objects))
        return Snapshot(
            _name(transport, kubeconfig, context),
            _without_copies(objects),
            await _servers(transport),
            _left_out(hidden),
        )
    finally:
        await transport.close()


async def _served(transport: Transport) -> set[str] | None:
    """The API versions that the cluster serves, or None where it doesn't tell.

    Whether a right is missing is answered before whether there is such a kind, so asking for the kind isn't enough.
    """
    try:
        return await served_versions(transport)
    except (Forbidden, NotFound):
        return None


def _left_out(hidden: Mapping[str, ApiError]) -> tuple[str, ...]:
    """One text for all kinds that may not be listed, in the server's words for the first, and one for unknown ones."""
    forbidden = {plural: error for plural, error in hidden.items() if isinstance(error, Forbidden)}
    unknown = [plural for plural in hidden if plural not in forbidden]
    told = [f"{', '.join(forbidden)} left out: {next(iter(forbidden.values()))}"] if forbidden else []
    return (*told, *([f"{', '.join(unknown)} left out: the cluster doesn't know them"] if unknown else ()))


async def _list(transport: Transport, kind: Kind, namespace: str | None) -> list[Json]:
    for left in reversed(range(MOST_RELISTS)):
        found: list[Json] = []
        try:
            async for page in transport.pages(kind.plural, kind.path(namespace), {}):
                found += [_slim(kind, item) for item in page.get("items") or ()]
        except Gone:
            if not left:
                raise
        else:
            break
    return found


def _slim(kind: Kind, item: Json) -> Json:
    """An object of a list, which names its kind only once, without what nobody reads and is half of its size."""
    (item.get("metadata") or {}).pop("managedFields", None)
    return {"apiVersion": kind.api_version, "kind": kind.kind, **item}


async def _one_namespace(transport: Transport, namespace: str) -> list[Json]:
    """The Namespace itself, for those who may not list all of them."""
    try:
        _, found = await transport.request(
            "get", paths.NAMESPACES, ApiPath(f"{paths.namespaces()}/{quote(namespace, safe='')}")
        )
    except (Forbidden, NotFound):
        return []
    return [_slim(KINDS[0], found)]


async def _servers(transport: Transport) -> tuple[ServerAddress, ...]:
    """Where the API server really is, for `kubeAPIServer: {}`; nothing where that may not be seen."""
    told: list[tuple[ServerAddress, ...]] = [()]
    sink = EndpointSink(told.append)
    items: list[Json] = []
    try:
        async for page in transport.pages(
            paths.ENDPOINT_SLICES, paths.endpoint_slices("default"), {"labelSelector": KUBERNETES_SERVICE}
        ):
            items += page.get("items") or ()
    except (Forbidden, NotFound):
        return ()
    sink.replace(map(sink.parse, items), 0)
    return told[-1]


def _without_copies(objects: list[Json]) -> list[Json]:
    """Calico's own API server serves again what it keeps as `crd.projectcalico.org`."""
    if any(item["apiVersion"] == CALICO for item in objects):
        return [item for item in objects if item["apiVersion"] != CALICO_STORED]
    return objects


def _name(transport: Transport, kubeconfig: Path | None, context: str | None) -> str:
    """The context's name, which people know; the server's address inside of a cluster."""
    if context is not None:
        return context
    try:
        _, active = config.list_kube_config_contexts(  # type: ignore[no-untyped-call]
            None if kubeconfig is None else str(kubeconfig)
        )
        return str(active["name"])
    except (config.ConfigException, OSError, TypeError, KeyError):
        return str(transport.client.configuration.host)
