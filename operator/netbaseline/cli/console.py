"""The terminal: colour where there is one, plain text elsewhere, never wrapped."""

import os

from rich.console import Console


def console() -> Console:
    """Standard output as it is now. `NO_COLOR` (https://no-color.org) takes bold with it: no escape code is left.

    Without `emoji=False`, rich takes the `:a:` of an IPv6 address for the name of a picture, and shows that.
    """
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(soft_wrap=True, highlight=False, emoji=False, color_system=None if plain else "auto")
