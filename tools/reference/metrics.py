"""The table of metrics in docs/metrics.md."""

from netbaseline.exporter.metrics import PREFIX, TABLE
from tools.reference.sections import table


def table_of_metrics() -> str:
    """Name, type, labels and meaning of each metric, counters as they are exported."""
    rows = [
        [
            f"`{PREFIX}{row.name}{'_total' if row.kind == 'counter' else ''}`",
            row.kind,
            ", ".join(f"`{label}`" for label in row.labels),
            row.help,
        ]
        for row in TABLE
    ]
    return table(["Name", "Type", "Labels", "Meaning"], rows)
