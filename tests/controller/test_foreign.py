"""What is kept of other APIs' policies, and when enough of them is known to judge by."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from netbaseline.cluster.errors import Forbidden
from netbaseline.cluster.foreign import ForeignSink, ForeignStore, NamespaceLabelSink
from netbaseline.cluster.kinds import CALICO, FOREIGN
from netbaseline.cluster.reflector import Observer
from netbaseline.controller import foreign
from netbaseline.controller.foreign import ForeignWatches
from netbaseline.controller.settings import Settings
from tests.controller.fake_cluster import Json

CILIUM = next(kind for kind in FOREIGN if kind.kind == "CiliumNetworkPolicy")
ADMIN = next(kind for kind in FOREIGN if kind.kind == "AdminNetworkPolicy")
OF_CALICO = next(kind for kind in FOREIGN if (kind.api_version, kind.kind) == (CALICO, "NetworkPolicy"))


def of_cilium(namespace: str, name: str = "theirs") -> Json:
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"endpointSelector": {}, "ingress": [{}]},
    }


def of_admin(**labels: str) -> Json:
    return {
        "metadata": {"name": "admin"},
        "spec": {"subject": {"namespaces": {"matchLabels": labels}}, "ingress": [{"action": "Deny"}]},
    }


class Scene:
    """A store, and what it told; one kind of each sort is served."""

    def __init__(self) -> None:
        self.told: list[str | None] = []
        self.store = ForeignStore(self.told.append)
        self.cilium, self.admin = ForeignSink(self.store, CILIUM, None), ForeignSink(self.store, ADMIN, None)
        self.labels = NamespaceLabelSink(self.store)
        self.store.awaits({(CILIUM.resource, None), (ADMIN.resource, None)})

    def listed(self, sink: ForeignSink, *items: Json) -> None:
        sink.replace(list(map(sink.parse, items)), 1)

    def complete(self) -> bool:
        return self.store.complete

    def names(self, namespace: str) -> list[str]:
        return [policy.name for policy in self.store.of(namespace)]


def test_nothing_is_complete_before_each_kind_that_is_served_was_heard_of_or_is_out_of_sight() -> None:
    scene = Scene()
    assert not ForeignStore(print).complete
    scene.listed(scene.cilium)
    assert not scene.complete()
    scene.store.out_of_sight((ADMIN.resource, None))
    assert scene.complete()
    assert not scene.store.sees("shop")
    scene.store.in_sight((ADMIN.resource, None))
    scene.listed(scene.admin)
    assert (scene.complete(), scene.store.sees("shop")) == (True, True)


def test_a_policy_counts_in_its_namespace_until_it_goes_and_a_change_without_meaning_is_no_news() -> None:
    scene = Scene()
    scene.listed(scene.cilium, of_cilium("shop"))
    scene.listed(scene.admin)
    assert (scene.names("shop"), scene.names("pay")) == (["theirs"], [])
    scene.told.clear()
    scene.cilium.seen(scene.cilium.parse({**of_cilium("shop"), "status": {"enforcing": True}}))
    assert scene.told == []
    scene.cilium.seen(scene.cilium.parse(of_cilium("pay", "second")))
    scene.cilium.gone(scene.cilium.parse(of_cilium("shop")))
    assert scene.told == ["pay", "shop"]
    assert (scene.names("shop"), scene.names("pay")) == ([], ["second"])


def test_a_kind_that_is_no_longer_served_takes_its_policies_with_it() -> None:
    scene = Scene()
    scene.listed(scene.cilium, of_cilium("shop"))
    scene.listed(scene.admin)
    scene.store.awaits({(ADMIN.resource, None)})
    assert scene.names("shop") == []
    assert len(scene.store) == 0


def test_a_policy_that_selects_namespaces_by_labels_waits_for_them_and_may_select_any_until_then() -> None:
    scene = Scene()
    scene.listed(scene.cilium)
    scene.listed(scene.admin, of_admin(team="a"))
    assert scene.store.asks_for_labels
    assert not scene.complete()
    assert scene.names("shop") == ["admin"]
    scene.labels.replace([("shop", {"team": "b"}), ("pay", {"team": "a"})], 1)
    assert scene.complete()
    assert (scene.names("shop"), scene.names("pay")) == ([], ["admin"])
    scene.labels.seen(("shop", {"team": "a"}))
    assert scene.names("shop") == ["admin"]


def test_a_policy_that_selects_namespaces_by_name_needs_no_labels() -> None:
    scene = Scene()
    scene.listed(scene.cilium)
    scene.listed(scene.admin, of_admin(**{"kubernetes.io/metadata.name": "shop"}))
    assert scene.complete()
    assert (scene.names("shop"), scene.names("pay")) == (["admin"], [])


def test_a_network_policy_that_calico_shows_among_its_own_is_passed_over() -> None:
    scene = Scene()
    scene.store.awaits({(OF_CALICO.resource, None)})
    sink = ForeignSink(scene.store, OF_CALICO, None)
    copy, own = ({"metadata": {"namespace": "shop", "name": name}, "spec": {}} for name in ("knp.default.a", "own"))
    scene.listed(sink, copy, own)
    sink.seen(sink.parse(copy))
    assert (scene.complete(), scene.names("shop")) == (True, ["own"])
    sink.gone(sink.parse(copy))
    assert scene.names("shop") == ["own"]


class Server:
    """An API server that serves policies of Cilium, and may keep that to itself."""

    silent = False

    async def request(self, _verb: str, _resource: str, path: str) -> tuple[int, Json]:
        if self.silent:
            raise Forbidden("not for you", status=403)
        if path == "/apis":
            return 200, {"groups": [{"versions": [{"groupVersion": CILIUM.api_version}]}]}
        return 200, {"resources": [{"name": CILIUM.plural}]}

    async def pages(self, *_: object) -> AsyncIterator[Json]:
        yield {"metadata": {"resourceVersion": "1"}, "items": [of_cilium("shop")]}

    async def stream(
        self, _resource: str, _path: str, _query: Json, _silence: float, opened: Callable[[], None]
    ) -> AsyncIterator[Json]:
        opened()
        await asyncio.Event().wait()
        yield {}


async def test_once_it_may_be_asked_again_what_is_served_all_of_it_is_listed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(foreign, "DISCOVERY_SECONDS", 0.01)
    server, store = Server(), ForeignStore(lambda _: None)
    observer = Observer(lambda *_: None, lambda *_: None)
    transport: Any = server
    watches = ForeignWatches(transport, Settings(), observer, store, lambda _: None)
    running = asyncio.create_task(watches.run())

    async def until(wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not wanted():
                await asyncio.sleep(0.01)

    await until(lambda: store.complete and bool(store.of("shop")))
    server.silent = True
    await until(lambda: not store.sees() and not store.of("shop"))
    server.silent = False
    await until(lambda: store.complete and store.sees() and bool(store.of("shop")))
    running.cancel()
