"""Turns of one namespace on a fake cluster, with clocks that tests set."""

from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.controller.baselines import BaselineStore
from netbaseline.controller.memory import Memories
from netbaseline.controller.turn import Outcome, Turns
from netbaseline.core.decision import Baseline
from netbaseline.core.live import Live
from netbaseline.core.platform import Platform
from netbaseline.exporter.metrics import Metrics
from tests.controller.fake_cluster import FakeCluster, Json

NAMESPACE = "shop"


@dataclass(frozen=True)
class Told:
    """An Event."""

    baseline: str
    warning: bool
    reason: str
    message: str


@dataclass
class Bench:
    """One operator's memory and stores. `news` counts what the stores would enqueue."""

    cluster: FakeCluster = field(default_factory=FakeCluster)
    removal_limit: int = 20
    now: float = 1000.0
    holds_lease: bool = True
    platform: Platform = field(default_factory=Platform)
    events: list[Told] = field(default_factory=list)
    news: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._number = 100
        self._bodies: dict[str, Json] = {}
        self.restart()

    def restart(self) -> None:
        """A new operator: empty stores and memory, filled by a list of what is there."""
        self.metrics = Metrics("test")
        self.policies = PolicyStore(self.news.append)
        self.namespaces = NamespaceStore(self.news.append)
        self.baselines = BaselineStore(self.news.append)
        self.turns = Turns(
            cluster=self.cluster,
            policies=self.policies,
            namespaces=self.namespaces,
            baselines=self.baselines,
            memories=Memories(lambda: self.now),
            platform=lambda: self.platform,
            post=self._post,
            metrics=self.metrics,
            holds_lease=lambda: self.holds_lease,
            clock=lambda: self.now,
            now=lambda: f"2026-01-01T00:{int(self.now) // 60 % 60:02}:{int(self.now) % 60:02}Z",
            removal_limit=self.removal_limit,
        )
        self.namespaces.replace([(NAMESPACE, False)])
        self.policies.replace(self.cluster.everything(), None, 0)
        self.baselines.replace([], None, 0)
        for body in self._bodies.values():
            status = next(
                (status for name, status in reversed(self.cluster.statuses) if name == body["metadata"]["name"]), {}
            )
            stored = {key: value for key, value in status.items() if value is not None}
            self.baselines.seen({**body, "status": stored})
        self.news.clear()

    def _post(self, baseline: Baseline, *, warning: bool, reason: str, message: str) -> None:
        self.events.append(Told(baseline.name, warning, reason, message))

    def baseline(self, spec: Any, name: str = "default", *, uid: str = "", annotations: Json | None = None) -> None:
        """Created or edited by a user, and heard of."""
        self._number += 1
        old = self._bodies.get(name, {}).get("metadata", {})
        uid = uid or old.get("uid") or f"uid of {name}"
        generation = old.get("generation", 0) + (self._bodies.get(name, {}).get("spec") != spec)
        self._bodies[name] = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {
                "name": name,
                "namespace": NAMESPACE,
                "uid": uid,
                "generation": generation,
                "resourceVersion": str(self._number),
                "annotations": annotations or {},
            },
            "spec": spec,
        }
        self.cluster.existing.add(uid)
        self.baselines.seen({**self._bodies[name], "status": self.status(name)})

    def body(self, name: str = "default") -> Json:
        """The object as the API server has it."""
        return {**self._bodies[name], "status": self.status(name)}

    def status(self, name: str = "default") -> Json:
        """What the object's status is."""
        found = [item.status for item in self.baselines.of(NAMESPACE) if item.name == name]
        return dict(found[0]) if found else {}

    def ready(self, name: str = "default") -> str:
        """The reason of Ready."""
        reasons = [item["reason"] for item in self.status(name).get("conditions", []) if item["type"] == "Ready"]
        return reasons[0] if reasons else ""

    def edit(self, policy: str, manager: str = "kubectl-edit", **spec: Any) -> None:
        """Somebody changes a policy, and the watch tells."""
        self.policies.seen(self.cluster.edit(policy, manager, **spec))

    def delete(self, policy: str) -> None:
        """Somebody deletes a policy, and the watch tells."""
        there: Live = self.cluster.live(policy)
        del self.cluster.objects[policy]
        self.policies.gone(there)

    async def turn(self, *, failures: int = 0, since: float | None = None) -> Outcome:
        return await self.turns.take(NAMESPACE, self.now if since is None else since, failures)

    def metric(self, name: str, **labels: str) -> float:
        """The sum over the samples of `name`, without the prefix, that have these labels."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.metrics.text().decode())
            for sample in family.samples
            if sample.name == f"netbaseline_{name}" and labels.items() <= sample.labels.items()
        )
