"""From objects of the API to what the stores keep of them."""

from collections.abc import Callable, Iterable

from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.cluster.transport import Json
from netbaseline.core.cni import NAMESPACES, Enforcement, judge
from netbaseline.core.live import Live, from_manifest
from netbaseline.core.platform import ServerAddress


class PolicySink:
    """NetworkPolicies, of all namespaces or of one (`scope`)."""

    def __init__(self, store: PolicyStore, scope: str | None) -> None:
        self._store, self._scope = store, scope

    def parse(self, item: Json) -> Live:
        return from_manifest(item)

    def replace(self, items: Iterable[Live], version: int) -> None:
        self._store.replace(items, self._scope, version)

    def seen(self, item: Live) -> None:
        self._store.seen(item)

    def gone(self, item: Live) -> None:
        self._store.gone(item)


class NamespaceSink:
    """Namespaces, as name and whether they are going away."""

    def __init__(self, store: NamespaceStore) -> None:
        self._store = store

    def parse(self, item: Json) -> tuple[str, bool]:
        return item["metadata"]["name"], "deletionTimestamp" in item["metadata"]

    def replace(self, items: Iterable[tuple[str, bool]], version: int) -> None:
        self._store.replace(items)

    def seen(self, item: tuple[str, bool]) -> None:
        self._store.seen(item[0], terminating=item[1])

    def gone(self, item: tuple[str, bool]) -> None:
        self._store.gone(item[0])


class DaemonSetSink:
    """The DaemonSets of the cluster, as names by UID."""

    def __init__(self, on_change: Callable[[Enforcement], None]) -> None:
        self._on_change = on_change
        self._names: dict[str, str] = {}

    def parse(self, item: Json) -> tuple[str, str]:
        meta = item["metadata"]
        return meta["uid"], meta["name"] if meta["namespace"] in NAMESPACES else ""

    def replace(self, items: Iterable[tuple[str, str]], version: int) -> None:
        self._names = dict(items)
        self._on_change(judge(self._names.values()))

    def seen(self, item: tuple[str, str]) -> None:
        # Their status changes with each pod that comes or goes; their names don't.
        if item[0] not in self._names:
            self._names[item[0]] = item[1]
            self._on_change(judge(self._names.values()))

    def gone(self, item: tuple[str, str]) -> None:
        self._names.pop(item[0], None)
        self._on_change(judge(self._names.values()))


SliceAddresses = tuple[str, tuple[ServerAddress, ...]]


class EndpointSink:
    """The EndpointSlices of the `kubernetes` Service, as the addresses that packets to the API server carry."""

    def __init__(self, on_change: Callable[[tuple[ServerAddress, ...]], None]) -> None:
        self._on_change = on_change
        self._slices: dict[str, tuple[ServerAddress, ...]] = {}

    def parse(self, item: Json) -> SliceAddresses:
        ports = [
            port["port"] for port in item.get("ports") or () if port.get("protocol", "TCP") == "TCP" and "port" in port
        ]
        addresses = [
            address
            for endpoint in item.get("endpoints") or ()
            if (endpoint.get("conditions") or {}).get("ready") is not False
            for address in endpoint["addresses"]
        ]
        found = tuple(ServerAddress(address, port) for address in addresses for port in ports)
        return item["metadata"]["name"], found if item.get("addressType") != "FQDN" else ()

    def replace(self, items: Iterable[SliceAddresses], version: int) -> None:
        self._slices = dict(items)
        self._tell()

    def seen(self, item: SliceAddresses) -> None:
        self._slices[item[0]] = item[1]
        self._tell()

    def gone(self, item: SliceAddresses) -> None:
        self._slices.pop(item[0], None)
        self._tell()

    def _tell(self) -> None:
        self._on_change(tuple(sorted({address for addresses in self._slices.values() for address in addresses})))
