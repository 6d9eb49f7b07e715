"""The reference of the lint rules in docs/lint.md, made from the registry and its examples."""

from pathlib import Path

from netbaseline.cli.linting.reference import reference
from netbaseline.core.lint.registry import IN_ORDER

PAGE = Path(__file__).resolve().parents[1] / "docs" / "lint.md"
BEGIN = "<!-- rules: made by `make lint-rules` from the code; edit them there -->"


def page(text: str) -> str:
    """The page with the reference as it is now: everything below the mark."""
    head, mark, _ = text.partition(BEGIN)
    if not mark:
        raise ValueError(f"{PAGE.name}: the line {BEGIN} is missing")
    return f"{head}{mark}\n\n{reference(IN_ORDER)}\n"


def main() -> None:
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
