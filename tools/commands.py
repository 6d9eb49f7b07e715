"""The reference of the command line, docs/reference/commands.md, made from the commands themselves."""

from enum import Enum
from pathlib import Path
from typing import Any

from typer.main import get_command

from netbaseline.cli.app import EPILOG, app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "commands.md"
HEAD = "<!-- made by `make commands` from the code; edit it there -->\n\n# Commands"


def page() -> str:
    """The page as it is to be."""
    # Typer's own copy of Click isn't typed.
    group: Any = get_command(app)
    parts = [_command(name, command) for name, command in group.commands.items() if not command.hidden]
    return "\n\n".join([HEAD, EPILOG, *parts]) + "\n"


def _command(name: str, command: Any) -> str:
    """One command: what it does, its arguments and options, its examples."""
    rows = [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
    table = ["| argument or option | what it is | default |", "|---|---|---|", *rows]
    parts = [f"## netbaseline {name}", command.help or ""]
    if rows:
        parts.append("\n".join(table))
    if command.epilog:
        parts.append(f"```text\n{command.epilog.strip()}\n```")
    return "\n\n".join(parts)


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        called = f"`{parameter.name.upper()}`"
    else:
        called = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    told = (parameter.help or "").replace("|", "\\|")
    return f"| {called} | {told} | {'required' if parameter.required else _default(parameter.default)} |"


def _default(value: Any) -> str:
    if value is None or value in ((), []):
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
