"""Reports to hand on, from templates: HTML with everything escaped, and Markdown."""

from pathlib import Path
from typing import Any

from netbaseline.cli.problems import UserError

MARKDOWN = (".md", ".markdown")
HTML = (".html", ".htm")

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|"} | {"\n": " ", "\r": " "})


def markdown_text(text: object) -> str:
    """A text of somebody's as it is, whatever it would mean in Markdown."""
    return str(text).translate(_SPECIAL)


def page(template: str, **values: Any) -> str:
    """A template of `cli/templates`, filled in. What goes into HTML is escaped; in Markdown, use the filter `md`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("netbaseline.cli"),
        autoescape=select_autoescape(enabled_extensions=("html", "html.j2"), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = markdown_text
    return environment.get_template(template).render(**values)


def write(path: Path, content: str, option: str) -> None:
    """Raises UserError where the file can't be written."""
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{option} {path}: {error.strerror or error}") from None
