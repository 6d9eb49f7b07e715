"""`List` kinds taken apart, whether their items say what they are or not."""

from typing import Any


def items(content: Any) -> list[Any] | None:
    """The objects in a `List` kind; None for what is none."""
    if isinstance(content, dict) and str(content.get("kind", "")).endswith("List"):
        found = content.get("items")
        return [_typed(content, item) for item in found] if isinstance(found, list) else None
    return None


def _typed(above: dict[str, Any], item: Any) -> Any:
    """The API server says of a `PodList` what its items are, and not of each item; kubectl infers it as well."""
    kind, version = str(above["kind"]).removesuffix("List"), above.get("apiVersion")
    if not kind or not version or not isinstance(item, dict) or item.get("kind") or item.get("apiVersion"):
        return item
    return {**item, "apiVersion": version, "kind": kind}
