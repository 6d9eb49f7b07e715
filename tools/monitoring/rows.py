"""The panels of the dashboard, row by row: what is asked, in PromQL, and how the answer is shown.

Both replicas export every gauge, hence the `max`; a counter moves on the one that leads, hence the `sum`.
"""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Panel

from tools.monitoring import panels
from tools.monitoring.panels import (
    GOOD_WHEN_HIGH,
    GOOD_WHEN_ZERO,
    RUNBOOKS,
    Query,
    dashed,
    linked,
    listing,
    number,
    over_time,
    ranking,
    stepped,
)

HERE = 'cluster=~"$cluster"'
"""The matcher that every query has."""

PODS = f"max by (cluster, namespace, direction, state) (netbaseline_pods{{{HERE}}})"
CONFORMANT = f'max by (cluster, namespace, direction, state) (netbaseline_pods{{{HERE},state="conformant"}})'
CONFORMANT_SHARE = f"sum by (direction) ({CONFORMANT}) / (sum by (direction) ({PODS}) > 0)"
NAMESPACES = f"max by (cluster, namespace, state) (netbaseline_namespaces{{{HERE}}})"
PROTECTED = f'max by (cluster, namespace, state) (netbaseline_namespaces{{{HERE},state="protected"}})'

Panels = list[Builder[Panel]]


def coverage_now() -> Panels:
    """How much is protected, in numbers."""
    firing = f'ALERTS{{{HERE},alertname=~"Netbaseline.+",alertstate="firing"}}'
    return [
        number(
            "Conformant pods",
            "Share of running pods for which a baseline holds, by direction.",
            Query(CONFORMANT_SHARE, "{{direction}}"),
            unit="percentunit",
            steps=GOOD_WHEN_HIGH,
            width=8,
        ),
        number(
            "Protected namespaces",
            "Share of the watched namespaces in which every pod is closed in both directions.",
            Query(f"sum({PROTECTED}) / (sum({NAMESPACES}) > 0)", "protected"),
            unit="percentunit",
            steps=GOOD_WHEN_HIGH,
            width=4,
        ),
        listing(
            "Firing alerts",
            "Alerts of deploy/monitoring/rules.yaml; each has a runbook.",
            Query(f"count by (cluster, alertname, severity) ({firing})"),
            columns=("cluster", "alertname", "severity"),
            value="firing",
            empty="none, or the rules aren't installed",
        )
        .override_by_name("alertname", [linked("All alerts and their runbooks", RUNBOOKS)])
        .height(5),
    ]


def coverage_over_time() -> Panels:
    """How that has come about, and where it is worst."""
    worst = f"min by (cluster, namespace, direction) (netbaseline_namespace_coverage_ratio{{{HERE}}})"
    return [
        over_time(
            "Conformant pods over time",
            "Share of running pods for which a baseline holds.",
            Query(CONFORMANT_SHARE, "{{direction}}"),
            unit="percentunit",
        ),
        over_time(
            "Namespaces by state",
            "protected: every pod is closed in both directions. open: every pod is open in both. partial: in between.",
            Query(f"sum by (state) ({NAMESPACES})", "{{state}}"),
            unit="short",
            stacked=True,
            colours=panels.NAMESPACES,
        ),
        over_time(
            "Pods by state",
            "open: no policy selects it. allow-all: selected and still open. isolated: closed, by no baseline. "
            "conformant: a baseline holds. waived: by a waiver. depends: other kinds of policy select it too.",
            Query(f"sum by (direction, state) ({PODS})", "{{direction}} {{state}}"),
            unit="short",
            colours=panels.PODS,
            height=15,
        ).override_by_regexp("/^Egress /", [dashed()]),
        ranking(
            "Worst namespaces",
            "The 20 namespaces and directions with the smallest share of closed pods.",
            Query(f"bottomk(20, {worst} < 1)", "{{cluster}} {{namespace}} {{direction}}"),
            unit="percentunit",
        ),
    ]


def drift() -> Panels:
    """What was seen, what was put right, and how fast."""
    return [
        over_time(
            "Drift seen, by type",
            "missing: deleted. modified: edited. orphaned: not declared any more. weakened: opened by others.",
            Query(_drift("detected"), "{{type}}"),
            unit="short",
            stacked=True,
        ),
        over_time(
            "Drift put right, by type",
            "Of what was seen. Weakened can't be put right from within a baseline.",
            Query(_drift("corrected"), "{{type}}"),
            unit="short",
            stacked=True,
        ),
        over_time(
            "Time to heal",
            "From the news of a drift to the write that undid it.",
            *_quantiles("heal_duration"),
            unit="s",
        ),
        over_time(
            "Time to converge",
            "From the news of any change to the last write that follows from it.",
            *_quantiles("convergence"),
            unit="s",
        ),
    ]


def at_odds() -> Panels:
    """What netbaseline can't put right alone, by baseline."""
    return [
        listing(
            "Weakened",
            "Baselines whose pods a foreign policy opens to everybody; their status names the policy.",
            Query(_baselines_with("weakened")),
            columns=("cluster", "namespace", "baseline"),
            value="openings",
            empty="none",
        ),
        listing(
            "Tug-of-war",
            "Baselines with a policy that another writer changes back; their status names the writer.",
            Query(_baselines_with("tug_of_war")),
            columns=("cluster", "namespace", "baseline"),
            value="at odds",
            empty="none",
        ),
    ]


def operator_now() -> Panels:
    """Whether the operator works, in numbers."""
    leaders = f"max by (cluster, namespace) (netbaseline_leader{{{HERE}}})"
    enforces = f"max by (cluster) (netbaseline_cni_enforces{{{HERE}}})"
    return [
        number(
            "Installs without a leader",
            "Installs of which no replica holds the Lease: nothing is healed there.",
            Query(_how_many(leaders, "== 0"), "installs"),
            unit="short",
            steps=GOOD_WHEN_ZERO,
        ),
        number(
            "Not enforced",
            "Clusters with a network that enforces no NetworkPolicies, and those of which it isn't known.",
            Query(_how_many(enforces, "== 0"), "not enforced"),
            Query(_how_many(enforces, "== -1"), "unknown"),
            unit="short",
            steps=GOOD_WHEN_ZERO,
        ).override_by_name("unknown", [stepped((None, "green"), (1.0, "yellow"))]),
        number(
            "Longest wait for a turn",
            "How long the longest waiting namespace has been due.",
            Query(f"max(netbaseline_queue_oldest_seconds{{{HERE}}})", "oldest"),
            unit="s",
            steps=((None, "green"), (10.0, "yellow"), (60.0, "red")),
        ),
        number(
            "Versions",
            "How many replicas run which version.",
            Query(f"count by (version) (netbaseline_build_info{{{HERE}}})", "{{version}}"),
            unit="short",
            steps=((None, "blue"),),
            named=True,
        ),
    ]


def turns() -> Panels:
    """What the operator does all day."""
    states = f"max by (cluster, namespace, state) (netbaseline_baselines{{{HERE}}})"
    results = f"rate(netbaseline_reconcile_total{{{HERE}}}[$__rate_interval])"
    return [
        over_time(
            "Baselines by state",
            "The reason of their condition Ready.",
            Query(f"sum by (state) ({states})", "{{state}}"),
            unit="short",
            stacked=True,
            colours=panels.BASELINES,
        ),
        over_time(
            "Turns by result",
            "unchanged, written, conflict (observed again), error (tried again).",
            Query(f"sum by (result) ({results})", "{{result}}"),
            unit="ops",
        ),
        over_time(
            "Namespaces that wait",
            "For their turn, with the replica that leads: with another, all of them wait until it does.",
            Query(
                f"max by (cluster) (netbaseline_queue_depth{{{HERE}}} and netbaseline_leader{{{HERE}}} == 1)",
                "waiting {{cluster}}",
            ),
            unit="short",
        ),
    ]


def api_server() -> Panels:
    """How the operator and the API server get on."""
    requests = f"rate(netbaseline_api_requests_total{{{HERE}}}[$__rate_interval])"
    silence = f"max by (cluster, resource) (time() - netbaseline_watch_last_event_timestamp_seconds{{{HERE}}})"
    restarts = f"increase(netbaseline_watch_restarts_total{{{HERE}}}[$__rate_interval])"
    return [
        over_time(
            "Requests to the API server",
            "By verb and code; error: no answer came.",
            Query(f"sum by (verb, code) ({requests})", "{{verb}} {{code}}"),
            unit="reqps",
        ),
        over_time(
            "Silence of watches",
            "Since the last event or bookmark, of the replica that is worse off; bookmarks come about every minute.",
            Query(silence, "{{cluster}} {{resource}}"),
            unit="s",
        ),
        over_time(
            "Watches started again",
            "By reason.",
            Query(f"sum by (resource, reason) ({restarts})", "{{resource}} {{reason}}"),
            unit="short",
        ),
    ]


def _how_many(series: str, matching: str) -> str:
    """Their number; 0 where there are others only, and nothing where there are none at all."""
    return f"count({series} {matching}) or 0 * count({series})"


def _drift(counter: str) -> str:
    return f"sum by (type) (increase(netbaseline_drift_{counter}_total{{{HERE}}}[$__rate_interval]))"


def _quantiles(histogram: str) -> list[Query]:
    rates = f"rate(netbaseline_{histogram}_seconds_bucket{{{HERE}}}[$__rate_interval])"
    return [
        Query(f"histogram_quantile({quantile}, sum by (le) ({rates}))", f"p{quantile:.0%}".rstrip("%"))
        for quantile in (0.5, 0.9, 0.99)
    ]


def _baselines_with(gauge: str) -> str:
    return f"max by (cluster, namespace, baseline) (netbaseline_{gauge}{{{HERE}}}) > 0"
