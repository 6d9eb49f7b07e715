"""Every label set that a selector of `strategies` can tell apart, and a naive reading of selectors."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from tests.core.strategies import KEYS, VALUES

Labels = dict[str, str]

UNHEARD_OF = "never-mentioned"
"""Stands for all values that no selector names."""

LABEL_SETS: list[Labels] = [
    {key: value for key, value in zip(KEYS, chosen, strict=True) if value is not None}
    for chosen in product((None, *VALUES, UNHEARD_OF), repeat=len(KEYS))
]


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """A LabelSelector as the API writes it, read as its documentation says; absent selects everything."""
    selector = selector or {}
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        present, value = expression["key"] in labels, labels.get(expression["key"])
        values = expression.get("values", [])
        holds = {
            "In": present and value in values,
            "NotIn": not (present and value in values),
            "Exists": present,
            "DoesNotExist": not present,
        }[expression["operator"]]
        if not holds:
            return False
    return True
