"""Which pages are made from the code, whole or in parts."""

from collections.abc import Iterator
from pathlib import Path

from tools.pictures.baseline import baseline
from tools.pictures.coverage import coverage
from tools.pictures.turn import bridge, turn
from tools.reference import api, cni, commands, conditions, lint_rules, metrics
from tools.reference.sections import replaced

DOCS = Path(__file__).resolve().parents[2] / "docs"
WHOLE = {
    "reference/api.md": api.page,
    "reference/commands.md": commands.page,
    "cni.md": cni.page,
    "images/baseline.svg": baseline,
    "images/turn.svg": turn,
    "images/bridge.svg": bridge,
    "images/coverage.svg": coverage,
}
PARTS = {
    "conditions.md": {
        "reasons": conditions.reasons,
        "conditions": conditions.shown,
        "others": conditions.others,
        "findings": conditions.findings,
    },
    "metrics.md": {"metrics": metrics.table_of_metrics},
    "lint.md": {"rules": lint_rules.rules},
}
"""The sections of a page by their names."""


def generated() -> dict[Path, str]:
    """Content by path, as it is to be now."""
    return dict(_pages())


def _pages() -> Iterator[tuple[Path, str]]:
    for name, page in WHOLE.items():
        yield DOCS / name, page()
    for name, sections in PARTS.items():
        text = (DOCS / name).read_text(encoding="utf-8")
        for section, body in sections.items():
            text = replaced(text, section, body())
        yield DOCS / name, text
