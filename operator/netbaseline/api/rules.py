"""Rules that a schema can't say, each written once for both of its judges.

The API server evaluates the CEL expression at admission; Python evaluates the check wherever no API server stands
between the user and the model (`render`, `lint`, an object that an older schema let through). Both give the same
message, and a test feeds the same invalid files to both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


@dataclass(frozen=True, slots=True)
class Rule:
    """One validation rule: `cel` with `self` bound to the object, `check` the same in Python, true when it holds."""

    message: str
    cel: str
    check: Callable[[Any], bool]


class Model(BaseModel):
    """A part of the API: camelCase on the wire, unknown fields refused, frozen, with its `rules` checked."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, use_enum_values=False
    )

    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        broken = [rule.message for rule in self.rules if not rule.check(self)]
        if broken:
            raise ValueError("; ".join(broken))
        return self
