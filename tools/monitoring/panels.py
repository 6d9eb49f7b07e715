"""Panels of one look: a size grid, Prometheus behind the variable `datasource`, and a description each."""

from collections.abc import Mapping
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression, and what its series are called (`{{label}}` is a label's value)."""

    expr: str
    legend: str = ""


def _targets(queries: tuple[Query, ...], *, instant: bool = False) -> list[prometheus.Dataquery]:
    found = []
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        target = prometheus.Dataquery().ref_id(letter).expr(query.expr).datasource(SOURCE)
        if query.legend:
            target = target.legend_format(query.legend)
        found.append(target.instant() if instant else target.range())
    return found


def thresholds(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """From a value on (None: from the lowest), a colour."""
    return (
        dashboard.ThresholdsConfig()
        .mode(models.ThresholdsMode.ABSOLUTE)
        .steps([models.Threshold(value=value, color=color) for value, color in steps])
    )


RUNBOOKS = "https://github.com/netbaseline/netbaseline/blob/main/docs/monitoring.md#alerts"
"""The table of all alerts, each with its runbook: what a link of a panel can reach, as the names differ in spelling."""

PODS = {
    "open": "red",
    "allow-all": "orange",
    "isolated": "blue",
    "conformant": "green",
    "waived": "yellow",
    "depends": "purple",
}
NAMESPACES = {"open": "red", "partial": "orange", "protected": "green", "unknown": "text"}
BASELINES = {"Enforced": "green", "Audited": "blue", "Suspended": "text"}
"""Colours by state: Grafana's own go by the alphabet, and would show what is open in green."""

GOOD_WHEN_HIGH = ((None, "red"), (0.8, "orange"), (0.95, "yellow"), (1.0, "green"))
GOOD_WHEN_ZERO = ((None, "green"), (1.0, "red"))


def coloured(colour: str) -> models.DynamicConfigValue:
    """For an override: always this colour."""
    return models.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})


def dashed() -> models.DynamicConfigValue:
    """For an override: a line that is told from another of the same colour."""
    return models.DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 6]})


def stepped(*steps: tuple[float | None, str]) -> models.DynamicConfigValue:
    """For an override: thresholds of its own."""
    return models.DynamicConfigValue(id_val="thresholds", value=thresholds(*steps).build())


def linked(title: str, url: str) -> models.DynamicConfigValue:
    """For an override: a click leads there."""
    return models.DynamicConfigValue(id_val="links", value=[{"title": title, "url": url, "targetBlank": True}])


def number(
    title: str,
    why: str,
    *queries: Query,
    unit: str,
    steps: tuple[tuple[float | None, str], ...],
    named: bool = False,
    width: int = 6,
) -> stat.Panel:
    """The newest value of each series, large; `named`: with its name even where there is only one."""
    panel = (
        stat.Panel()
        .title(title)
        .description(why)
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(thresholds(*steps))
        .color_mode(shapes.BigValueColorMode.BACKGROUND)
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value("no data")
        .height(5)
        .span(width)
    )
    if unit == "percentunit":
        panel = panel.decimals(1)
    if named:
        panel = panel.text_mode(shapes.BigValueTextMode.VALUE_AND_NAME)
    for target in _targets(queries, instant=True):
        panel = panel.with_target(target)
    return panel


def over_time(
    title: str,
    why: str,
    *queries: Query,
    unit: str,
    stacked: bool = False,
    colours: Mapping[str, str] | None = None,
    height: int = 8,
    width: int = 12,
) -> timeseries.Panel:
    """Lines, or areas on top of each other; `colours` by the last word of a series' name."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(why)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(shapes.LegendDisplayMode.LIST)
            .placement(shapes.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING))
        .line_width(1)
        .height(height)
        .span(width)
    )
    if unit == "percentunit":
        panel = panel.max(1)
    for state, colour in (colours or {}).items():
        panel = panel.override_by_regexp(f"/(^| ){state}$/", [coloured(colour)])
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL)).fill_opacity(30)
    for target in _targets(queries):
        panel = panel.with_target(target)
    return panel


def ranking(title: str, why: str, query: Query, *, unit: str, width: int = 12) -> bargauge.Panel:
    """The newest value of each series as a bar."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(why)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .max(1)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .thresholds(thresholds(*GOOD_WHEN_HIGH))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value("none below 100 %, or the metric is turned off")
        .height(15)
        .span(width)
    )
    for target in _targets((query,), instant=True):
        panel = panel.with_target(target)
    return panel


def listing(
    title: str, why: str, query: Query, *, columns: tuple[str, ...], value: str, empty: str, width: int = 12
) -> table.Panel:
    """A row for each series, its labels as columns; `value` is the heading of the last one."""
    (target,) = _targets((query,), instant=True)
    tidy = {
        "excludeByName": {"Time": True, "__name__": True, "alertstate": True},
        "renameByName": {"Value": value},
        # All of them: what has no place comes after what has one.
        "indexByName": {name: place for place, name in enumerate((*columns, "Value"))},
    }
    return (
        table.Panel()
        .title(title)
        .description(why)
        .datasource(SOURCE)
        .with_target(target.format(PromQueryFormat.TABLE))
        .with_transformation(models.DataTransformerConfig(id_val="organize", options=tidy))
        .no_value(empty)
        .height(8)
        .span(width)
    )
