"""The terminal: colour where there is one, plain text elsewhere, never wrapped."""

import os

from rich.console import Console


def console() -> Console:
    """Standard output as it is now. `NO_COLOR` (https://no-color.org) takes bold with it: no escape code is left."""
    return Console(soft_wrap=True, highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")
