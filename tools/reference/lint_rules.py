"""The reference of the lint rules in docs/lint.md."""

from netbaseline.cli.linting.reference import reference
from netbaseline.core.lint.registry import IN_ORDER


def rules() -> str:
    """A table of the rules, then a section each."""
    return reference(IN_ORDER)
