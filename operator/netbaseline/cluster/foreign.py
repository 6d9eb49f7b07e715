"""Policies of other APIs in the cluster, for what they may select: kept only where such an API is served.

Several watches fill one store, each with its own kind and scope. What can't be listed is remembered as unseen, so that
nobody takes silence for "no such policies".
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from netbaseline.cluster.kinds import Kind
from netbaseline.cluster.transport import Json
from netbaseline.core import foreign
from netbaseline.core.coverage.judge import touches
from netbaseline.core.inventory import ForeignPolicy, namespace
from netbaseline.core.names import LABEL_NAMESPACE_NAME

Source = tuple[str, str | None]
"""What a watch is about: a resource (`plural.group`), and its namespace or None for all."""
OnChange = Callable[[str | None], None]
"""Told the namespace in which something changed, or None where that may be any."""

NAMESPACE_LABELS: Final[Source] = ("labels of namespaces", None)
"""The watch that cluster-wide policies need which select namespaces by more than their names."""


class ForeignStore:
    """By namespace, or cluster-wide. Nothing is known before `awaited` was told what there is to wait for."""

    def __init__(self, on_change: OnChange) -> None:
        self._on_change = on_change
        self._by_place: dict[str | None, dict[tuple[str, str], ForeignPolicy]] = {}
        self._labels: dict[str, Mapping[str, str]] = {}
        self._discovered = False
        self._awaited: set[Source] = set()
        self._heard: set[Source] = set()
        self.unseen: set[Source] = set()
        """Sources that are served and can't be listed."""
        self.labels_wanted = asyncio.Event()
        """Set once some policy asks for labels of namespaces, which nobody watches before."""

    # --- answers ----------------------------------------------------------------------------------------------------

    @property
    def complete(self) -> bool:
        """Whether all that is served was heard of once, or is known to be out of sight."""
        needed = self._awaited | ({NAMESPACE_LABELS} if self.asks_for_labels else set())
        return self._discovered and needed <= self._heard | self.unseen

    def sees(self, name: str | None = None) -> bool:
        """Whether no policy that may select pods of a namespace, or of any, is out of sight."""
        return not any(name is None or scope in {None, name} for _, scope in self.unseen)

    def of(self, name: str) -> tuple[ForeignPolicy, ...]:
        """The policies that may select pods of a namespace."""
        wide = self._by_place.get(None, {}).values()
        return (*self._by_place.get(name, {}).values(), *(policy for policy in wide if self._touches(policy, name)))

    def _touches(self, policy: ForeignPolicy, name: str) -> bool:
        """Without the labels of namespaces, a policy that asks for them may select any."""
        if _asks_for_labels(policy) and NAMESPACE_LABELS not in self._heard:
            return True
        return touches(policy, namespace(name, self._labels.get(name)))

    @property
    def asks_for_labels(self) -> bool:
        """Whether some policy selects namespaces by more than their names."""
        return any(map(_asks_for_labels, self._by_place.get(None, {}).values()))

    def __len__(self) -> int:
        return sum(map(len, self._by_place.values()))

    # --- news -------------------------------------------------------------------------------------------------------

    def awaits(self, sources: Iterable[Source]) -> None:
        """What is watched from now on; of anything else nothing is kept."""
        before, was = self._awaited, self.complete
        self._discovered, self._awaited = True, set(sources)
        for source in before - self._awaited:
            self.unseen.discard(source)
            self.replace(source, ())
            self._heard.discard(source)
        if self.complete and not was:
            self._on_change(None)

    def out_of_sight(self, source: Source) -> bool:
        """It can't be listed or watched. Says whether that is news."""
        if source in self.unseen:
            return False
        was = self.complete
        self.unseen.add(source)
        self._on_change(source[1] if was else None)
        return True

    def in_sight(self, source: Source) -> None:
        """It is watched (again)."""
        if source in self.unseen:
            self.unseen.discard(source)
            self._on_change(source[1])

    def heard(self, source: Source) -> bool:
        """Whether a complete list has been had."""
        return source in self._heard

    def replace(self, source: Source, policies: Iterable[ForeignPolicy]) -> None:
        """A complete list."""
        resource, scope = source
        was = self.complete
        fresh: dict[str | None, dict[tuple[str, str], ForeignPolicy]] = {}
        for policy in policies:
            fresh.setdefault(policy.namespace, {})[resource, policy.name] = policy
        for place in {*self._by_place, *fresh} if scope is None else {scope}:
            there = self._by_place.get(place, {})
            before = {key: policy for key, policy in there.items() if key[0] == resource}
            if before != fresh.get(place, {}):
                self._keep(place, {key: there[key] for key in there if key not in before} | fresh.get(place, {}))
        self._heard.add(source)
        if self.complete and not was:
            self._on_change(None)

    def _keep(self, place: str | None, policies: dict[tuple[str, str], ForeignPolicy]) -> None:
        if policies:
            self._by_place[place] = policies
        else:
            self._by_place.pop(place, None)
        if place is None and NAMESPACE_LABELS not in self._awaited and self.asks_for_labels:
            self.labels_wanted.set()
        self._on_change(place)

    def seen(self, source: Source, policy: ForeignPolicy) -> None:
        """ADDED or MODIFIED; a change that means nothing, as of a status, is none."""
        there = self._by_place.get(policy.namespace, {})
        if there.get((source[0], policy.name)) != policy:
            self._keep(policy.namespace, {**there, (source[0], policy.name): policy})

    def gone(self, source: Source, policy: ForeignPolicy) -> None:
        """DELETED."""
        there = self._by_place.get(policy.namespace, {})
        if (source[0], policy.name) in there:
            self._keep(policy.namespace, {key: there[key] for key in there if key != (source[0], policy.name)})

    def label(self, name: str, labels: Mapping[str, str] | None) -> None:
        """The labels of a namespace; None where it is gone."""
        if self._labels.get(name) == labels:
            return
        if labels is None:
            self._labels.pop(name, None)
        else:
            self._labels[name] = labels
        self._on_change(name)

    def all_labels(self, labels: Mapping[str, Mapping[str, str]]) -> None:
        """Those of all namespaces."""
        self._labels = dict(labels)
        self._heard.add(NAMESPACE_LABELS)
        self._on_change(None)


def _asks_for_labels(policy: ForeignPolicy) -> bool:
    chosen = policy.namespaces
    return chosen is not None and any(item.key != LABEL_NAMESPACE_NAME for item in chosen.requirements)


class ForeignSink:
    """One kind, of all namespaces or of one."""

    def __init__(self, store: ForeignStore, kind: Kind, scope: str | None) -> None:
        self._store, self._kind, self._source = store, kind, (kind.resource, scope)

    def parse(self, item: Json) -> ForeignPolicy | None:
        """None for a NetworkPolicy that Calico shows among its own, as it does where it keeps them in etcd."""
        return foreign.read({**item, "apiVersion": self._kind.api_version, "kind": self._kind.kind})

    def replace(self, items: Iterable[ForeignPolicy | None], version: int) -> None:
        self._store.replace(self._source, (item for item in items if item is not None))

    def seen(self, item: ForeignPolicy | None) -> None:
        if item is not None:
            self._store.seen(self._source, item)

    def gone(self, item: ForeignPolicy | None) -> None:
        if item is not None:
            self._store.gone(self._source, item)


Labelled = tuple[str, Mapping[str, str]]
"""A namespace's name and labels."""


class NamespaceLabelSink:
    """Labels of namespaces."""

    def __init__(self, store: ForeignStore) -> None:
        self._store = store

    def parse(self, item: Json) -> Labelled:
        return item["metadata"]["name"], item["metadata"].get("labels") or {}

    def replace(self, items: Iterable[Labelled], version: int) -> None:
        self._store.all_labels(dict(items))

    def seen(self, item: Labelled) -> None:
        self._store.label(*item)

    def gone(self, item: Labelled) -> None:
        self._store.label(item[0], None)
