"""Parts of a hand-written page that are made from the code, each between two comments.

<!-- NAME: made by `make reference` from the code; edit it there -->
...
<!-- end of NAME -->
"""

import re

MADE = "made by `make reference` from the code; edit it there"


def replaced(text: str, name: str, body: str) -> str:
    """The page with `body` between the comments of the section; ValueError for a page without them."""
    begin, end = f"<!-- {name}: {MADE} -->", f"<!-- end of {name} -->"
    section = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
    if len(section.findall(text)) != 1:
        raise ValueError(f"expected the lines {begin} and {end}, once each")
    return section.sub(lambda _: f"{begin}\n\n{body}\n\n{end}", text)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; pipes in its cells are escaped."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)
