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
from tools.monitoring.panels import SOURCE

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
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
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
    return JSONEncoder(sort_keys=True, indent=2).encode(built) + "\n"


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
