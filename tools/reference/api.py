"""The reference of the API, docs/reference/api.md: every field of every model, its bounds and its rules.

It is made from the schema of the models (`model_json_schema`), one section a type as references of Kubernetes have it,
and not from the CRD, in which each type is written out wherever it is used.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from netbaseline.api.group import API_VERSION, GROUP, KIND, PLURAL, SHORT_NAME
from netbaseline.api.rules import VALIDATIONS
from netbaseline.api.status import NetworkBaselineStatus
from netbaseline.api.v1alpha1 import NetworkBaseline
from tools.reference.schema import Schema, facts, model, plain, type_of
from tools.reference.sections import MADE, table

COMPLETE = Path(__file__).resolve().parents[2] / "examples" / "complete.yaml"
EXAMPLES = Path(__file__).with_name("api_examples.yaml")
MANY = 8
HEAD = f"""<!-- {MADE} -->

# API

The kind `{KIND}` of `{API_VERSION}` (`kubectl get {SHORT_NAME}`; in full
`{PLURAL}.{GROUP}`): every field, its default and its bounds, and the rules that the API server holds it to.
`kubectl explain {SHORT_NAME}.spec --recursive` tells the fields of the version that a cluster has. A field that
isn't here is refused: by `netbaseline` with its path, and by `kubectl apply`, whose validation is strict unless told
otherwise.

`null` is the same as leaving a field out. A list is replaced as a whole by a server-side apply, unless its row says
what its items are merged by."""


def page() -> str:
    """The whole page."""
    whole = NetworkBaseline.model_json_schema(by_alias=True)
    roots: dict[str, tuple[Schema, Mapping[str, Schema]]] = {}
    roots["spec"] = whole["$defs"]["NetworkBaselineSpec"], whole["$defs"]
    status = NetworkBaselineStatus.model_json_schema(by_alias=True)
    roots["status"] = status, status["$defs"]
    parts = [
        HEAD,
        "## All fields",
        "Each name leads to what is said of it below.",
        *("\n".join(_outline(path, *root)) for path, root in roots.items()),
        "## The whole object",
        "Every part of a spec in one, valid as it is. Much of it is default, and most baselines are much shorter.",
        f"```yaml\n{COMPLETE.read_text(encoding='utf-8').rstrip()}\n```",
        *_rules(whole),
        "## Types of the spec",
        *_sections("spec", *roots["spec"]),
        "## Types of the status",
        "The operator alone writes them. [Conditions](../conditions.md) has each reason, and what to do about it.",
        *_sections("status", *roots["status"]),
    ]
    return "\n\n".join(parts) + "\n"


def examples() -> dict[str, Any]:
    """An example of some of the types, by their names."""
    found: dict[str, Any] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return found


def used(root: str, schema: Schema, defs: Mapping[str, Schema]) -> dict[str, list[str]]:
    """Every model below a field of the object, in the order of its first use, and the paths at which it is used."""
    found = {schema["title"]: [root]}
    waiting: list[tuple[str, Schema]] = [(root, schema)]
    for path, above in waiting:
        for name, field in above.get("properties", {}).items():
            called = model(field)
            if called is not None and "enum" not in defs[called]:
                place = f"{path}.{name}{'[]' if plain(field).get('type') == 'array' else ''}"
                found.setdefault(called, []).append(place)
                waiting.append((place, defs[called]))
    return found


def _outline(path: str, root: Schema, defs: Mapping[str, Schema]) -> list[str]:
    """Every field below `path` as a nested list of links; a type that was written out once isn't a second time."""
    lines = [f"- [`{path}`](#{root['title'].lower()})"]
    seen: set[str] = set()

    def below(above: Schema, depth: int) -> None:
        for name, field in above.get("properties", {}).items():
            lines.append(f"{'    ' * depth}- [`{name}`](#{_anchor(above, name)}): {type_of(field, defs)}")
            called = model(field)
            if called is not None and called not in seen:
                seen.add(called)
                below(defs[called], depth + 1)

    below(root, 1)
    return lines


def _sections(root: str, schema: Schema, defs: Mapping[str, Schema]) -> Iterator[str]:
    shown = examples()
    for name, paths in used(root, schema, defs).items():
        found = defs.get(name, schema)
        yield f"### {name}"
        yield f"{found['description']}\n\nUsed as {_places(paths)}."
        yield _fields(found, defs) if found["properties"] else "It has no fields: `{}` turns it on."
        yield from _rules(found)
        if name in shown:
            text = yaml.safe_dump(shown[name], sort_keys=False, width=100)
            yield f"For example:\n\n```yaml\n{text.rstrip()}\n```"


def _places(paths: list[str]) -> str:
    """Where a type is used: by path, or where that is nearly everywhere, by the names of its fields."""
    told = paths if len(paths) <= MANY else sorted({path.rpartition(".")[2] for path in paths})
    return ", ".join(f"`{place}`" for place in told) + ("" if told is paths else f", at {len(paths)} places")


def _fields(schema: Schema, defs: Mapping[str, Schema]) -> str:
    required = schema.get("required", ())
    rows = [
        [
            f'<a id="{_anchor(schema, name)}"></a>`{name}`',
            type_of(field, defs, link=True),
            " ".join([field["description"], *(["Required."] if name in required else []), *facts(field, defs)]),
        ]
        for name, field in schema["properties"].items()
    ]
    return table(["Field", "Type", "What it is"], rows)


def _rules(schema: Schema) -> Iterator[str]:
    """The rules of a type and of its fields, each with the message that a broken one gives."""
    found: list[tuple[str | None, Schema]] = [(None, rule) for rule in schema.get(VALIDATIONS, ())]
    for name, field in schema.get("properties", {}).items():
        inner = plain(field)
        whole = [*inner.get(VALIDATIONS, ()), *plain(inner.get("items", {})).get(VALIDATIONS, ())]
        found += [(name, rule) for rule in whole]
    if found:
        lines = [
            f"- {'' if name is None else f'`{name}`: '}{rule['message']}<br>`{rule['rule']}`" for name, rule in found
        ]
        yield "Rules, by the message that a broken one gives, with its expression in CEL:\n\n" + "\n".join(lines)


def _anchor(schema: Schema, name: str) -> str:
    return f"{schema['title']}-{name}".lower()
