"""The dashboard "Coverage": what is protected, what drifts, and how the operator is doing.

It asks the operator's own metrics and not the recording rules, so that it works without them. Every question is asked
per cluster; where Prometheus adds no label `cluster`, "All" matches that too.
"""

from collections.abc import Callable
from itertools import count

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from tools.monitoring import rows
from tools.monitoring.panels import RUNBOOKS, SOURCE

ROWS: dict[str, tuple[Callable[[], rows.Panels], ...]] = {
    "Coverage": (rows.coverage_now, rows.coverage_over_time),
    "Drift": (rows.drift, rows.at_odds),
    "Operator": (rows.operator_now, rows.turns, rows.api_server),
}


def dashboard_json() -> str:
    """The dashboard as Grafana imports it, the same text for the same code."""
    board = (
        dashboard.Dashboard("netbaseline / Coverage")
        .uid("netbaseline-coverage")
        .description("Which pods are closed by default, what drifts, and how the operator is doing.")
        .tags(["netbaseline", "networkpolicy"])
        .time("now-6h", "now")
        .refresh("1m")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .timezone("browser")
        .readonly()
        .link(
            dashboard.DashboardLink("Runbooks")
            .type(models.DashboardLinkType.LINK)
            .icon("doc")
            .url(RUNBOOKS)
            .target_blank(True)
        )
        .with_variable(_source())
        .with_variable(_cluster())
    )
    for title, parts in ROWS.items():
        board = board.with_row(dashboard.Row(title))
        for panel in (panel for part in parts for panel in part()):
            board = board.with_panel(panel)
    built = board.build()
    # Grafana numbers panels that have no id at each import; with fixed ones, links to a panel stay good.
    for item, identity in zip(built.panels or (), count(1), strict=False):
        item.id_val = identity
    # The library writes what only variables of the kind "interval" have into every one.
    for variable in built.templating.list_val or ():
        variable.auto = variable.auto_min = variable.auto_count = None
    return JSONEncoder(sort_keys=True, indent=2).encode(built) + "\n"


def _source() -> dashboard.DatasourceVariable:
    # Without a value it would be the first by name. "default" is Grafana's own; where that is no Prometheus, the first.
    return (
        dashboard.DatasourceVariable("datasource")
        .label("Data source")
        .type("prometheus")
        .current(models.VariableOption(text="default", value="default", selected=True))
    )


def _cluster() -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable("cluster")
        .label("Cluster")
        .datasource(SOURCE)
        .query("label_values(netbaseline_build_info, cluster)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(models.VariableOption(text="All", value="$__all", selected=True))
    )
