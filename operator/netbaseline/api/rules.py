"""Rules that a schema can't say, each written once for both of its judges.

The API server evaluates the CEL expression at admission; Python evaluates the check wherever no API server stands
between the user and the model (`render`, `lint`, an object that an older schema let through). Both give the same
message, and a test feeds the same invalid files to both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

VALIDATIONS = "x-kubernetes-validations"


@dataclass(frozen=True, slots=True)
class Rule:
    """One validation rule: `cel` with `self` bound to the value, `check` the same in Python, true when it holds.

    `cel` is None where the schema's own keywords (`pattern`, `format`) are all that the API server is given: the cost
    of an expression counts once for each place that the lists around it may hold, and some are too many.
    """

    message: str
    cel: str | None
    check: Callable[[Any], bool]


def validations(*rules: Rule) -> list[dict[str, str]]:
    """The value of `x-kubernetes-validations`."""
    return [{"rule": rule.cel, "message": rule.message} for rule in rules if rule.cel is not None]


@dataclass(frozen=True, slots=True)
class Ruled:
    """Puts a rule on a field that is no object: `Annotated[str, Ruled(rule)]`."""

    rule: Rule

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        added = validations(self.rule)
        return {**found, VALIDATIONS: [*found.get(VALIDATIONS, ()), *added]} if added else found

    def _check(self, value: Any) -> Any:
        if not self.rule.check(value):
            raise ValueError(self.rule.message)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Keywords:
    """Adds schema keywords that only the API server reads, such as `x-kubernetes-list-type`.

    Compared by identity: annotations must be hashable, and a dict isn't.
    """

    keywords: dict[str, Any]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), **self.keywords}


class Model(BaseModel):
    """A part of the API: camelCase on the wire, unknown fields refused, frozen, with its `rules` checked.

    `null` is the same as leaving the field out, as the API server has it: a YAML key with nothing after it.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, use_enum_values=False
    )

    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict) or all(value is not None for value in data.values()):
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: value for key, value in data.items() if value is not None or key not in known}

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        broken = [rule.message for rule in self.rules if not rule.check(self)]
        if broken:
            raise ValueError("; ".join(broken))
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(schema)
        if cls.rules:
            handler.resolve_ref_schema(reference)[VALIDATIONS] = validations(*cls.rules)
        return reference
