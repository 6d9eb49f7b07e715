"""What is known of the cluster, in memory, indexed by namespace.

A store hears the same object from two sides: the watch, and the answers to our own writes, which usually come first. A
resourceVersion orders them (comparable as a number: KEP-5504), so an echo of our own write is no news to anybody.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from netbaseline.core.live import Live

OnChange = Callable[[str], None]
"""Told the namespace in which something changed."""


def nobody(_: str) -> None:
    """Isn't told."""


LATELY = 1000
_EMPTY: Mapping[str, Live] = MappingProxyType({})


class PolicyStore:
    """NetworkPolicies by namespace and name."""

    def __init__(self, on_change: OnChange, on_write: OnChange = nobody) -> None:
        """`on_change` is told of news; `on_write` of what we wrote ourselves, which is news to no turn."""
        self._on_change, self._on_write = on_change, on_write
        self._by_namespace: dict[str, dict[str, Live]] = {}
        self._complete: set[str | None] = set()
        self._ended: deque[str] = deque(maxlen=LATELY)
        """UIDs whose end the watch has told lately; an answer to a write that comes after it is no news."""
        self._deleted: dict[str, None] = {}
        """UIDs that we deleted and whose end the watch hasn't told yet; late news of them is no news."""

    def of(self, namespace: str) -> Mapping[str, Live]:
        """The policies of a namespace, as a copy that a turn can hold on to."""
        return dict(self._by_namespace.get(namespace, _EMPTY))

    def complete(self, namespace: str) -> bool:
        """Whether everything in a namespace has been heard of once; before that nothing may be judged missing."""
        return None in self._complete or namespace in self._complete

    def namespaces(self) -> list[str]:
        return list(self._by_namespace)

    def __len__(self) -> int:
        return sum(map(len, self._by_namespace.values()))

    def written(self, live: Live) -> None:
        """The answer to our own write, unless the watch has told the object's end already."""
        self._deleted.pop(live.uid, None)
        if live.uid not in self._ended:
            self._put(live)
            self._on_write(live.namespace)

    def removed_by_us(self, live: Live) -> None:
        """Our own deletion was accepted."""
        if live.uid not in self._ended:
            self._deleted[live.uid] = None
        self._drop(live.namespace, live.name, live.uid)
        self._on_write(live.namespace)

    def seen(self, live: Live) -> None:
        """ADDED or MODIFIED."""
        if live.uid not in self._deleted and self._put(live):
            self._on_change(live.namespace)

    def gone(self, live: Live) -> None:
        """DELETED."""
        self._ended.append(live.uid)
        expected = self._deleted.pop(live.uid, "") is None
        if self._drop(live.namespace, live.name, live.uid) and not expected:
            self._on_change(live.namespace)

    def replace(self, items: Iterable[Live], scope: str | None, version: int) -> None:
        """A complete list as of `version`, of one namespace or of all: what isn't in it is gone, unless it is newer."""
        fresh: dict[str, dict[str, Live]] = {}
        for live in items:
            if live.uid not in self._deleted:
                fresh.setdefault(live.namespace, {})[live.name] = live
        first = scope not in self._complete
        self._complete.add(scope)
        known = [scope] if scope is not None else list(self._by_namespace)
        for namespace in {*known, *fresh}:
            before, after = self._by_namespace.get(namespace, {}), fresh.get(namespace, {})
            after |= {name: live for name, live in before.items() if int(live.resource_version) > version}
            if after:
                self._by_namespace[namespace] = after
            else:
                self._by_namespace.pop(namespace, None)
            if first or _versions(before) != _versions(after):
                self._on_change(namespace)

    def _put(self, live: Live) -> bool:
        there = self._by_namespace.setdefault(live.namespace, {})
        old = there.get(live.name)
        if old is not None and old.uid == live.uid and int(old.resource_version) >= int(live.resource_version):
            return False
        there[live.name] = live
        return True

    def _drop(self, namespace: str, name: str, uid: str) -> bool:
        there = self._by_namespace.get(namespace, {})
        if name not in there or there[name].uid != uid:
            return False
        del there[name]
        if not there:
            del self._by_namespace[namespace]
        return True


def _versions(policies: Mapping[str, Live]) -> dict[str, str]:
    return {name: live.resource_version for name, live in policies.items()}


class NamespaceStore:
    """Namespaces, and which of them are going away."""

    def __init__(self, on_change: OnChange) -> None:
        self._on_change = on_change
        self._terminating: dict[str, bool] = {}
        self.complete = False
        """Whether namespaces are watched at all: an install for a few namespaces may not list them."""

    def present(self, namespace: str) -> bool:
        """Whether policies may be written there."""
        return not self.complete or self._terminating.get(namespace) is False

    def names(self) -> list[str]:
        return list(self._terminating)

    def __contains__(self, name: str) -> bool:
        return name in self._terminating

    def seen(self, name: str, *, terminating: bool) -> None:
        if self._terminating.get(name) != terminating:
            self._terminating[name] = terminating
            self._on_change(name)

    def gone(self, name: str) -> None:
        if self._terminating.pop(name, None) is not None:
            self._on_change(name)

    def replace(self, items: Iterable[tuple[str, bool]]) -> None:
        fresh = dict(items)
        self.complete = True
        for name in {*self._terminating, *fresh}:
            if self._terminating.get(name) != fresh.get(name):
                self._on_change(name)
        self._terminating = fresh
