"""Plain columns, as kubectl prints them; colour only on a terminal. Names stay whole, so that they can be copied."""

import textwrap
from collections.abc import Iterable, Sequence

from netbaseline.cli.console import console

GAP = "   "


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns, an item a line; on a terminal that is too narrow for them, an item a paragraph."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(header))]
    out = console()
    if out.is_terminal and sum(widths) + len(GAP) * (len(widths) - 1) > out.width:
        for row in lines[1:]:
            for text in _paragraph(lines[0], row, out.width):
                out.print(text, markup=False)
        return
    for number, line in enumerate(lines):
        text = GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        if out.is_terminal and not number:
            out.print(text, style="bold", markup=False)
        else:
            print(text)  # there may be millions, and rich takes its time


def _paragraph(header: Sequence[str], row: Sequence[str], width: int) -> list[str]:
    """The first cell, and below it the others with what they are; broken at spaces alone."""
    deep = max(map(len, header[1:]), default=0)
    found = [row[0]]
    for title, cell in zip(header[1:], row[1:], strict=True):
        room = max(width - deep - 4, 20)
        parts = textwrap.wrap(cell, room, break_long_words=False, break_on_hyphens=False)
        found += [f"  {'' if number else title.strip():{deep}}  {part}" for number, part in enumerate(parts)]
    return found
