"""Reads a JSON schema for a person: what type a field has, and what bounds it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_BOUNDS = {
    "characters": ("minLength", "maxLength"),
    "items": ("minItems", "maxItems"),
    "entries": ("minProperties", "maxProperties"),
    "": ("minimum", "maximum"),
}


def plain(field: Schema) -> dict[str, Any]:
    """The field without "or null", which every field that may be left out has."""
    branches = [branch for branch in field.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) != 1:
        return dict(field)
    return {**plain(branches[0]), **{key: value for key, value in field.items() if key != "anyOf"}}


def model(field: Schema) -> str | None:
    """The name of the type that a field, or each of its items, has; None for a simple one."""
    found = plain(field)
    found = plain(found["items"]) if "items" in found else found
    name: str = found.get("$ref", "").rpartition("/")[2]
    return name or None


def type_of(field: Schema, defs: Mapping[str, Schema], *, link: bool = False) -> str:
    """The type in a few words, models by name."""
    found = plain(field)
    if found.get("type") == "array":
        return f"list of {type_of(found['items'], defs, link=link)}"
    name = model(found)
    if name is not None and "enum" not in defs[name]:
        return f"[{name}](#{name.lower()})" if link else name
    if "x-kubernetes-int-or-string" in found:
        return "integer or string"
    if "patternProperties" in found:
        return "map of strings"
    kind: str = found["const"] if "const" in found else found.get("type", "string")
    return {"date": "date", "date-time": "time"}.get(found.get("format", ""), kind)


def facts(field: Schema, defs: Mapping[str, Schema]) -> Iterator[str]:
    """What else there is to know, a sentence each: values, default, bounds, patterns, and how a list is merged."""
    found = plain(field)
    name = model(found)
    if name is not None and "enum" in defs[name]:
        yield f"One of {', '.join(f'`{value}`' for value in defs[name]['enum'])}."
    if found.get("default") not in (None, []):
        yield f"Default: `{json.dumps(found['default']).strip(chr(34))}`."
    yield from _bounds("", found)
    yield from _bounds("Each: ", plain(found.get("items", {})))
    for pattern, value in found.get("patternProperties", {}).items():
        yield from _bounds("Keys: ", {**found.get("propertyNames", {}), "pattern": pattern})
        yield from _bounds("Values: ", value)
    if "x-kubernetes-list-map-keys" in found:
        yield f"Merged by {', '.join(f'`{key}`' for key in found['x-kubernetes-list-map-keys'])}."


def _bounds(of: str, found: Schema) -> Iterator[str]:
    """One sentence, or none, with all that bounds a value."""
    told = []
    for what, (least, most) in _BOUNDS.items():
        low, high = found.get(least), found.get(most)
        if low is None and high is None:
            continue
        numbers = f"{low} to {high}" if low is not None and high is not None else f"at most {high}"
        told.append(f"{f'at least {low}' if high is None else numbers} {what}".strip())
    if "pattern" in found:
        told.append(f"matching `{found['pattern']}`")
    if told:
        text = f"{of}{', '.join(told)}."
        yield text[0].upper() + text[1:]
