"""What a policy of another API may select, and the LabelSelectors in which most of them say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from netbaseline.core import selectors
from netbaseline.core.selectors import Requirement, Selector

NOTHING: Final = selectors.selector(
    (Requirement("kubernetes.io/metadata.name", "Exists"), Requirement("kubernetes.io/metadata.name", "DoesNotExist"))
)
"""Selects no pod."""

OPERATORS: Final = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})


@dataclass(frozen=True, slots=True)
class Scope:
    """The pods and the directions. `namespaces` None: all, or the policy's own; `pods` None: any."""

    namespaces: Selector | None = None
    pods: Selector | None = None
    ingress: bool = True
    egress: bool = True


def requirements(manifest: Mapping[str, Any]) -> list[Requirement]:
    """What a LabelSelector asks for. Raises ValueError, KeyError, TypeError or AttributeError where it is none."""
    found = [Requirement(key, "In", (str(value),)) for key, value in (manifest.get("matchLabels") or {}).items()]
    for item in manifest.get("matchExpressions") or ():
        operator = item["operator"]
        if operator not in OPERATORS:
            raise ValueError(f"no such operator: {operator}")
        found.append(Requirement(item["key"], operator, tuple(map(str, item.get("values") or ()))))
    return found
