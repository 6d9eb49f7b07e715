"""Turn a validation error into lines that name the field and say what to do."""

import re
from collections.abc import Collection, Sequence, Sized
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from netbaseline.api.v1alpha1 import NetworkBaseline

MAX_PROBLEMS = 10
MAX_SHOWN_INPUT = 60

_WORDS = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have {min_length} or more items",
    "too_long": "must have at most {max_length} items",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an object: `path` as `spec.allow.ingress[0].from[1].cidr`, empty for the object itself."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def problems(error: ValidationError, known: Collection[str] | None = None) -> tuple[Problem, ...]:
    """What `error` says, one problem a field, at most MAX_PROBLEMS of them and then a count of the rest.

    `known` are the fields to suggest for an unknown one; those of NetworkBaseline by default.
    """
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        if not _is_echo(detail):
            path = _path(detail["loc"])
            found.setdefault(path, Problem(path, _message(detail, known)))
    shown = list(found.values())[:MAX_PROBLEMS]
    if len(found) > MAX_PROBLEMS:
        shown.append(Problem("", f"and {len(found) - MAX_PROBLEMS} more problems"))
    return tuple(shown)


def _is_echo(detail: ErrorDetails) -> bool:
    """A list whose every item is refused also counts as too short; the items have been told."""
    value = detail["input"]
    return detail["type"] == "too_short" and isinstance(value, Sized) and len(value) >= detail["ctx"]["min_length"]


def _path(loc: Sequence[int | str]) -> str:
    """As the API server writes it; a label key that is no plain word stands in brackets."""
    parts: list[str] = []
    for item in loc:
        if item == "[key]":  # pydantic's mark for "the key, not the value"
            continue
        if isinstance(item, int) or not re.fullmatch(r"\w+", item):
            parts.append(f"[{item}]" if str(item).isprintable() else f"[{item!r}]")
        else:
            parts.append(f".{item}" if parts else item)
    return "".join(parts)


def _message(detail: ErrorDetails, known: Collection[str] | None) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), _field_names() if known is None else known)
    words = _WORDS.get(kind)
    text = words.format_map(detail.get("ctx", {})) if words else detail["msg"].removeprefix("Value error, ")
    if kind.endswith("_type") and isinstance(detail["input"], dict):
        return f"{text} (found an object)"
    return text + ("" if kind == "missing" else _shown(detail["input"]))


def _unknown(name: str, known: Collection[str]) -> str:
    if name in known:
        return "unknown field here; check the indentation"
    nearest = get_close_matches(name, known, n=1, cutoff=0.75)
    return f"unknown field; did you mean {nearest[0]}?" if nearest else "unknown field"


def _shown(value: object) -> str:
    """The input, where it is short enough to help: a rule over a whole object has said what it means."""
    if isinstance(value, list):
        return f" (found a list of {len(value)})" if value else " (found an empty list)"
    if value is None:
        return " (found null)"
    if not isinstance(value, str | int | float):
        return ""
    text = repr(value)
    return f" (found {text if len(text) <= MAX_SHOWN_INPUT else text[:MAX_SHOWN_INPUT] + '…'})"


@cache
def _field_names() -> tuple[str, ...]:
    schema = NetworkBaseline.model_json_schema(by_alias=True)
    parts = [schema, *schema["$defs"].values()]
    return tuple(sorted({name for part in parts for name in part.get("properties", ())}))
