"""How the operator is doing: gauges for Prometheus, and what /healthz and /readyz answer."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Protocol

from netbaseline.api.v1alpha1 import Direction
from netbaseline.cluster.lease import Leadership
from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.controller.baselines import BaselineStore
from netbaseline.controller.coverage import CoverageBook
from netbaseline.controller.queue import KeyedQueue
from netbaseline.controller.settings import Settings
from netbaseline.core import names
from netbaseline.core.conditions import READY, Situation
from netbaseline.core.coverage.states import NamespaceState, State, ratio
from netbaseline.core.decision import Baseline
from netbaseline.core.findings import WEAKENED
from netbaseline.core.platform import Platform
from netbaseline.exporter.metrics import Sample


class Patient(Protocol):
    """What is looked at; `netbaseline.controller.engine.Engine` is one."""

    settings: Settings
    platform: Platform
    baselines: BaselineStore
    policies: PolicyStore
    namespaces: NamespaceStore
    coverage: CoverageBook
    queue: KeyedQueue
    leadership: Leadership

    def watch_troubles(self) -> list[str]: ...
    def troubled_watches(self) -> set[str]: ...


class Vitals:
    """Reads the engine; changes nothing in it."""

    def __init__(self, engine: Patient, wall: Callable[[], float]) -> None:
        self._engine, self._wall = engine, wall
        self._heard: dict[tuple[str, str], float] = {}
        """Of each watch, by resource and path, when it last gave a sign of life (Unix time)."""
        self.synced = False
        self._troubles: dict[str, str] = {}

    def explain(self, part: str, trouble: str | None) -> bool:
        """Why `part` of the operator isn't ready, for /readyz; None when that is over. Says whether that is news."""
        before = self._troubles.pop(part, None)
        if trouble is not None:
            self._troubles[part] = trouble
        return trouble != before

    def watch_alive(self, resource: str, path: str) -> None:
        """A sign of life of a watch: an event, a bookmark, a page of the list before it, or another try to have it."""
        self._heard[resource, path] = self._wall()

    def watch_over(self, resource: str) -> None:
        """Nobody watches this resource until `watch_alive` is called again."""
        self._heard = {key: heard for key, heard in self._heard.items() if key[0] != resource}

    def unhealthy(self) -> list[str]:
        """Reasons to restart the process: a watch or a turn is stuck. A cluster that doesn't answer is none."""
        limit = self._engine.settings.stuck_after
        found = []
        troubled = self._engine.troubled_watches()
        for (resource, path), heard in self._heard.items():
            silent = self._wall() - heard
            if silent > limit + self._engine.settings.watch_silence and resource not in troubled:
                found.append(f"watch of {resource} ({path}): no sign of life for {silent:.0f} s")
        if self._engine.leadership.held and self._engine.queue.stuck > limit:
            found.append(f"queue: no turn has ended for {self._engine.queue.stuck:.0f} s, and some are due")
        return found

    def not_ready(self) -> list[str]:
        """Reasons to wait: before the first sync, and while a watch can't be kept up."""
        found = [*self._troubles.values(), *self._engine.watch_troubles()]
        if not self.synced and not found:
            found.append("first sync not done")
        return found

    def samples(self) -> Iterator[Sample]:
        """Every gauge that is computed at a scrape."""
        engine = self._engine
        baselines = [item for namespace in engine.baselines.namespaces() for item in engine.baselines.of(namespace)]
        for state, count in Counter(_reason(item) for item in baselines).items():
            yield Sample("baselines", count, (state,))
        yield from self._at_odds(baselines)
        yield from self._coverage()
        yield from self._policies(baselines)
        enforces = engine.platform.enforcement.enforces
        yield Sample("cni_enforces", -1.0 if enforces is None else float(enforces))
        yield Sample("queue_depth", engine.queue.depth)
        yield Sample("queue_oldest_seconds", engine.queue.oldest if engine.leadership.held else 0.0)
        yield Sample("leader", float(engine.leadership.held))
        for resource in sorted({resource for resource, _ in self._heard}):
            oldest = min(heard for (other, _), heard in self._heard.items() if other == resource)
            yield Sample("watch_last_event_timestamp_seconds", oldest, (resource,))
        today = datetime.fromtimestamp(self._wall(), UTC).date()
        for item in baselines:
            reviewed = item.parsed.spec.reviewed if item.parsed is not None else None
            if reviewed is not None:
                age = (today - date.fromisoformat(reviewed)).total_seconds()
                yield Sample("baseline_review_age_seconds", age, (item.namespace, item.name))

    @staticmethod
    def _at_odds(baselines: list[Baseline]) -> Iterator[Sample]:
        for item in baselines:
            if _reason(item) == Situation.TUG_OF_WAR:
                yield Sample("tug_of_war", 1.0, (item.namespace, item.name))
            if openings := _openings(item):
                yield Sample("weakened", openings, (item.namespace, item.name))

    def _coverage(self) -> Iterator[Sample]:
        engine = self._engine
        known = sorted(set(engine.namespaces.names()) or set(engine.settings.namespaces))
        states: Counter[NamespaceState] = Counter(dict.fromkeys(NamespaceState, 0))
        pods: Counter[tuple[Direction, State]] = Counter()
        for name in known:
            judged = engine.coverage.judged(name)
            if judged is None:
                states[NamespaceState.UNKNOWN] += 1
                continue
            states[judged.state] += 1
            for direction in Direction:
                counts = judged.counts(direction)
                pods.update({(direction, state): count for state, count in counts.items()})
                part = ratio(counts)
                if part is not None and engine.settings.namespace_metrics:
                    yield Sample("namespace_coverage_ratio", part, (name, direction.value))
        for state, count in states.items():
            yield Sample("namespaces", count, (state.value,))
        for direction in Direction if engine.coverage.pods_known else ():
            for each in State if engine.coverage.depends_known() else set(State) - {State.DEPENDS}:
                yield Sample("pods", pods[direction, each], (direction.value, each.value))

    def _policies(self, baselines: list[Baseline]) -> Iterator[Sample]:
        uids = {(item.namespace, item.name): item.uid for item in baselines}
        ours = foreign = 0
        for namespace in self._engine.policies.namespaces():
            for live in self._engine.policies.of(namespace).values():
                if live.owned_by(uids.get((namespace, names.baseline_of(live.name) or ""), "")):
                    ours += 1
                else:
                    foreign += 1
        yield Sample("policies", ours, ("ours",))
        yield Sample("policies", foreign, ("foreign",))


def _reason(item: Baseline) -> str:
    found = {condition["type"]: condition["reason"] for condition in item.status.get("conditions") or ()}
    return str(found.get(READY, "Pending"))


def _openings(item: Baseline) -> int:
    return sum(finding["id"] == WEAKENED for finding in item.status.get("findings") or ())
