"""The metrics of the operator: one table of names, types, labels and meanings, and one method for each thing to count.

The table is the documentation: `docs/metrics.md` is made from it, and a test compares it with what is exported.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from netbaseline.core.drift import DriftType

PREFIX = "netbaseline_"
FAST = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Buckets in seconds: healing takes milliseconds, and when it doesn't, one wants to know by how much."""

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Described:
    """One row of the table; `name` without the prefix, counters without `_total`."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str


TABLE: tuple[Described, ...] = (
    Described("baselines", "gauge", ("state",), "NetworkBaselines by the reason of their Ready condition."),
    Described("namespaces", "gauge", ("state",), "Watched namespaces by how open their pods are."),
    Described("pods", "gauge", ("direction", "state"), "Pods by direction, and by the state that they are in."),
    Described(
        "namespace_coverage_ratio",
        "gauge",
        ("namespace", "direction"),
        "The share of a namespace's pods that is closed; only where there are pods.",
    ),
    Described("policies", "gauge", ("state",), "NetworkPolicies seen: ours, and everybody else's (foreign)."),
    Described(
        "drift_detected",
        "counter",
        ("type",),
        "Policies found missing, modified or orphaned, and policies of others found to open pods (weakened).",
    ),
    Described("drift_corrected", "counter", ("type",), "Of these, the ones that were healed."),
    Described(
        "tug_of_war",
        "gauge",
        ("namespace", "baseline"),
        "1 for a NetworkBaseline with a policy that another writer changes back as often as it is healed.",
    ),
    Described("heal_duration_seconds", "histogram", (), "From noticing a drift to the last write that undid it."),
    Described(
        "convergence_seconds", "histogram", (), "From noticing any change to the last write that follows from it."
    ),
    Described(
        "namespace_unprotected_seconds", "histogram", (), "From a baseline's first appearance to its enforcement."
    ),
    Described("reconcile", "counter", ("result",), "Turns: unchanged, written, conflict, error."),
    Described(
        "api_requests",
        "counter",
        ("verb", "resource", "code"),
        "Requests to the API server; code `error` where no answer came.",
    ),
    Described(
        "weakened",
        "gauge",
        ("namespace", "baseline"),
        "Places where somebody else's policy opens covered pods to everybody; only where there are any.",
    ),
    Described("cni_enforces", "gauge", (), "1 if a known CNI enforces policies, 0 if none does, -1 if unknown."),
    Described("queue_depth", "gauge", (), "Namespaces that wait for a turn."),
    Described("queue_oldest_seconds", "gauge", (), "How long the longest waiting or running turn has been due."),
    Described(
        "watch_last_event_timestamp_seconds", "gauge", ("resource",), "Unix time of the last sign of life of a watch."
    ),
    Described("watch_restarts", "counter", ("resource", "reason"), "Watches that had to be started again, and why."),
    Described("baseline_review_age_seconds", "gauge", ("namespace", "baseline"), "Seconds since spec.reviewed."),
    Described("leader", "gauge", (), "1 on the replica that writes."),
    Described("build_info", "gauge", ("version",), "1, with the version as a label."),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a gauge that is read when it is scraped."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


Sampler = Callable[[], Iterable[Sample]]


class Metrics:
    """Counters and histograms that events feed, and gauges that are computed at each scrape from what is known then."""

    def __init__(self, version: str) -> None:
        # A second series for each counter, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._sampled = _Sampled(version)
        self.registry.register(self._sampled)
        self._counters = {row.name: self._counter(row) for row in TABLE if row.kind == "counter"}
        self._histograms = {row.name: self._histogram(row) for row in TABLE if row.kind == "histogram"}
        for kind in DriftType:  # a rate() needs the zero before the first one
            self._counters["drift_detected"].labels(kind.value)
            self._counters["drift_corrected"].labels(kind.value)

    def _counter(self, row: Described) -> Counter:
        return Counter(PREFIX + row.name, row.help, row.labels, registry=self.registry)

    def _histogram(self, row: Described) -> Histogram:
        return Histogram(PREFIX + row.name, row.help, row.labels, buckets=FAST, registry=self.registry)

    def sample_with(self, sampler: Sampler) -> None:
        """Where the gauges get their values from."""
        self._sampled.sampler = sampler

    def count(self, name: str, *labels: str) -> None:
        """One more of a counter in the table."""
        counter = self._counters[name]
        (counter.labels(*labels) if labels else counter).inc()

    def observe(self, name: str, seconds: float) -> None:
        """One more value of a histogram in the table."""
        self._histograms[name].observe(seconds)

    def text(self) -> bytes:
        """The exposition, in the Prometheus text format."""
        return generate_latest(self.registry)


class _Sampled(Collector):
    """Gauges without a memory: a namespace that is gone leaves no series behind."""

    def __init__(self, version: str) -> None:
        self._version = version
        self.sampler: Sampler = lambda: ()

    def describe(self) -> Iterable[Metric]:
        return [self._family(row) for row in TABLE if row.kind == "gauge"]

    def collect(self) -> Iterable[Metric]:
        families = {row.name: self._family(row) for row in TABLE if row.kind == "gauge"}
        families["build_info"].add_metric((self._version,), 1)
        for sample in self.sampler():
            families[sample.name].add_metric(sample.labels, sample.value)
        return families.values()

    @staticmethod
    def _family(row: Described) -> GaugeMetricFamily:
        return GaugeMetricFamily(PREFIX + row.name, row.help, labels=row.labels)
