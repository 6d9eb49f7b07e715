"""The NetworkBaselines of the cluster as last heard from kopf, by namespace."""

import json
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from netbaseline.api.errors import Problem, problems
from netbaseline.api.v1alpha1 import NetworkBaseline, NetworkBaselineSpec
from netbaseline.cluster.store import OnChange, nobody
from netbaseline.core.decision import Baseline
from netbaseline.core.status import is_programmed


class BaselineStore:
    """Told of every event of a NetworkBaseline; tells the namespace when there is something in it to act on."""

    def __init__(self, on_change: OnChange, on_write: OnChange = nobody) -> None:
        """`on_change` is told of news; `on_write` of a status of ours that puts a baseline in force, or ends it."""
        self._on_change, self._on_write = on_change, on_write
        self._by_namespace: dict[str, dict[str, Baseline]] = {}
        self._versions: dict[str, int] = {}
        self._complete: set[str | None] = set()
        self._ended: deque[str] = deque(maxlen=1000)
        """UIDs whose end was told lately; a list that is older than that doesn't bring them back."""

    def of(self, namespace: str) -> tuple[Baseline, ...]:
        """The baselines of a namespace, by name."""
        return tuple(item for _, item in sorted(self._by_namespace.get(namespace, {}).items()))

    def complete(self, namespace: str) -> bool:
        """Whether all baselines of a namespace were heard of once: what one leaves idle another may need."""
        return None in self._complete or namespace in self._complete

    def namespaces(self) -> list[str]:
        return list(self._by_namespace)

    def __len__(self) -> int:
        return sum(map(len, self._by_namespace.values()))

    def seen(self, body: Mapping[str, Any]) -> None:
        """ADDED, MODIFIED, or listed."""
        version = int(body["metadata"]["resourceVersion"])
        if self._versions.get(body["metadata"]["uid"], 0) >= version:
            return  # before it is read, which costs a third of a turn: kopf's own list tells all of it again
        baseline = read(body)
        there = self._by_namespace.setdefault(baseline.namespace, {})
        old = there.get(baseline.name)
        if old is not None and old.uid != baseline.uid:
            self._versions.pop(old.uid, None)
        there[baseline.name] = baseline
        self._versions[baseline.uid] = version
        if old is None or _meaning(old) != _meaning(baseline):
            self._on_change(baseline.namespace)

    def listed(self, body: Mapping[str, Any]) -> None:
        """One of a list, which brings nothing back whose end was told lately."""
        if body["metadata"]["uid"] not in self._ended:
            self.seen(body)

    def gone(self, namespace: str, name: str, uid: str) -> None:
        """DELETED, or found missing."""
        there = self._by_namespace.get(namespace, {})
        self._ended.append(uid)
        if name in there and there[name].uid == uid:
            del there[name]
            self._versions.pop(uid, None)
            if not there:
                del self._by_namespace[namespace]
            self._on_change(namespace)

    def reported(self, baseline: Baseline, status: Mapping[str, Any]) -> None:
        """The status that we wrote, ahead of the event that tells us so."""
        there = self._by_namespace.get(baseline.namespace, {})
        now = there.get(baseline.name)
        if now is not None and now.uid == baseline.uid:
            kept = {key: value for key, value in status.items() if value is not None}
            there[baseline.name] = replace(now, status=kept)
            if is_programmed(kept) != is_programmed(now.status):
                self._on_write(baseline.namespace)

    def replace(self, uids: Collection[str], scope: str | None, version: int) -> None:
        """The end of a complete list of one namespace or of all, each of which `listed` was told of: what isn't in it
        is gone, unless it is newer than the list."""
        first = scope not in self._complete
        self._complete.add(scope)
        for namespace in self.namespaces() if scope is None else [scope]:
            for item in self.of(namespace):
                if item.uid not in uids and self._versions[item.uid] <= version:
                    self.gone(namespace, item.name, item.uid)
                elif first:
                    self._on_change(namespace)


def read(body: Mapping[str, Any]) -> Baseline:
    """A NetworkBaseline as the API gives it, valid or not."""
    meta, spec = body["metadata"], body.get("spec")
    parsed: NetworkBaseline | None
    found: tuple[Problem, ...] = ()
    try:
        parsed = NetworkBaseline.parse({**body, "spec": _spec(json.dumps(spec)) or spec})
    except ValidationError as error:
        parsed, found = None, problems(error)
    return Baseline(
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        generation=meta.get("generation", 0),
        parsed=parsed,
        problems=found,
        status=body.get("status") or {},
        annotations={
            key: value for key, value in (meta.get("annotations") or {}).items() if key.startswith("netbaseline.dev/")
        },
        leaving="deletionTimestamp" in meta,
    )


@lru_cache(maxsize=1024)
def _spec(text: str) -> NetworkBaselineSpec | None:
    """The spec that a JSON text holds, one for all that are alike; None where it isn't valid by itself.

    A platform's namespaces mostly get the same spec, and reading it is most of reading a baseline.
    """
    try:
        return NetworkBaselineSpec.model_validate(json.loads(text), by_alias=True, by_name=False)
    except ValidationError:
        return None


def _meaning(item: Baseline) -> tuple[object, ...]:
    """What a turn depends on; a status that somebody wrote is not among it."""
    return item.uid, item.generation, dict(item.annotations), item.leaving
