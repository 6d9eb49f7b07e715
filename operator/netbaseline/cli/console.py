"""The terminal: colour where there is one, plain text elsewhere, never wrapped."""

from rich.console import Console


def console() -> Console:
    """Standard output as it is now."""
    return Console(soft_wrap=True, highlight=False)
