"""Plain columns, as kubectl prints them; colour only on a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns without lines, never wrapped where the output is no terminal."""
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        lines = [tuple(header), *(tuple(row) for row in rows)]
        widths = [max(len(line[index]) for line in lines) for index in range(len(header))]
        for line in lines:
            print("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in header:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
