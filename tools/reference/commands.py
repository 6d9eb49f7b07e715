"""The reference of the command line, docs/reference/commands.md, made from the commands themselves."""

import datetime
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from typer.main import get_command

from netbaseline.cli.app import EPILOG, app
from tools.reference.sections import MADE, table

HEAD = f"""<!-- {MADE} -->

# Commands

Options without a default may be left out. They aren't read from the environment, with an exception that kubectl has
as well: `KUBECONFIG`, or else `~/.kube/config`, says which cluster is meant where `--kubeconfig` doesn't. `NO_COLOR`
turns colour off, which only a terminal gets, and `COLUMNS` sets the width of tables."""
KINDS: dict[type, str] = {str: "text", int: "integer", float: "number", Path: "path", datetime.datetime: "date"}


def page() -> str:
    """The page as it is to be."""
    # Typer's own copy of Click isn't typed.
    group: Any = get_command(app)
    shown = {name: command for name, command in group.commands.items() if not command.hidden}
    hints = {item.name: get_type_hints(item.callback, include_extras=True) for item in app.registered_commands}
    rows = [[f"[{name}](#netbaseline-{name})", command.help or ""] for name, command in shown.items()]
    overview = table(["Command", "What it does"], rows)
    sections = [_command(name, command, hints[name]) for name, command in shown.items()]
    return "\n\n".join([HEAD, overview, "## Exit codes", *_exit_codes(), *sections]) + "\n"


def _exit_codes() -> Iterator[str]:
    said, _, codes = EPILOG.partition(": ")
    yield table([said, ""], [[f"`{code[0]}`", code[2:]] for code in codes.rstrip(".").split("; ")])


def _command(name: str, command: Any, hints: dict[str, Any]) -> str:
    """One command: what it does, its arguments and options, its examples. `hints` are those of its function."""
    parts = [f"## netbaseline {name}", command.help or ""]
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    rows = [_row(parameter, hints[parameter.name]) for parameter in shown if parameter.name in hints]
    if rows:
        parts.append(table(["Argument or option", "Takes", "What it is", "Default"], rows))
    if command.epilog:
        told, _, lines = command.epilog.strip().partition("\n")
        examples = "\n".join(line for line in lines.splitlines() if line.strip())
        parts += [told, f"```text\n{examples}\n```"]
    return "\n\n".join(parts)


def _row(parameter: Any, hint: Any) -> list[str]:
    if parameter.param_type_name == "argument":
        called = f"`{parameter.metavar or parameter.name.upper()}`"
    else:
        called = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return [called, ", ".join(_takes(parameter, hint)), parameter.help or "", _default(parameter)]


def _takes(parameter: Any, hint: Any) -> Iterator[str]:
    """The type of a value, its bounds or choices, how often it may come, and the environment variable in its place."""
    info = hint.__metadata__[0] if get_origin(hint) is Annotated else None
    kind, several = _kind(hint)
    if kind is bool:
        yield "flag"
    elif issubclass(kind, Enum):
        yield "one of " + ", ".join(f"`{choice.value}`" for choice in kind)
    else:
        yield KINDS[kind]
    low, high = getattr(info, "min", None), getattr(info, "max", None)
    if low is not None:
        yield f"{low:g} or more" if high is None else f"{low:g} to {high:g}"
    if several:
        yield "repeatable"
    if parameter.envvar:
        yield f"environment `{parameter.envvar}`"


def _kind(hint: Any) -> tuple[type, bool]:
    """The type of one value, and whether there may be several."""
    if get_origin(hint) is Annotated:
        return _kind(get_args(hint)[0])
    inner = [part for part in get_args(hint) if part is not NoneType]
    if get_origin(hint) is list:
        return _kind(inner[0])[0], True
    return _kind(inner[0]) if inner else (hint, False)


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.required:
        return "required"
    if value is None or value in ((), []):
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value.value if isinstance(value, Enum) else value}`"
