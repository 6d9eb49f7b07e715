"""Machine-readable output, the same for every command."""

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def emit(found: Any, output: Format) -> None:
    """Print `found` as JSON or YAML."""
    if output is Format.JSON:
        print(json.dumps(found, indent=2))
        return
    import yaml

    print(yaml.safe_dump(found, sort_keys=False, allow_unicode=True), end="")


def emit_list(key: str, items: Iterable[Any]) -> None:
    """Print `{key: [items]}` as JSON, an item a line and none kept: there may be millions."""
    print(f"{{\n  {json.dumps(key)}: [", end="")
    separator = "\n"
    for item in items:
        print(f"{separator}    {json.dumps(item)}", end="")
        separator = ",\n"
    print("\n  ]\n}")
