"""Machine-readable output, the same for every command."""

import json
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
