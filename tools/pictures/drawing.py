"""Boxes, words and arrows as SVG: readable on a light and on a dark page, with a text for those who can't see it."""

from collections.abc import Sequence
from html import escape

STYLE = """
    .card { fill: #ffffff; stroke: #b8c4c2; }
    .box { fill: #e4f3f1; stroke: #00796b; stroke-width: 1.5; }
    .two { fill: #eef0fb; stroke: #4453a8; stroke-width: 1.5; }
    .bad { fill: #fdecea; stroke: #b3261e; stroke-width: 1.5; }
    .dim { fill: #f3f5f5; stroke: #93a19f; stroke-width: 1.5; }
    .b { font-weight: 600; fill: #15201f; }
    .t { fill: #33413f; font-size: 12px; }
    .c { fill: #15201f; font: 12px ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre; }
    .a { stroke: #4a5a58; stroke-width: 1.5; fill: none; }
    .h { fill: #4a5a58; }
    @media (prefers-color-scheme: dark) {
      .card { fill: #1a2221; stroke: #44524f; }
      .box { fill: #12423d; stroke: #4db6ac; }
      .two { fill: #252c55; stroke: #8f9be0; }
      .bad { fill: #4a1c19; stroke: #f2b8b5; }
      .dim { fill: #262f2e; stroke: #6f7f7c; }
      .b, .c { fill: #f2f7f6; }
      .t { fill: #d2dcda; }
      .a { stroke: #b3c0be; }
      .h { fill: #b3c0be; }
    }"""
LINE = 17
"""From one line of text to the next, in pixels, as are all measures."""


class Drawing:
    """A picture of a size, on a card of its own so that it needs no background of the page."""

    def __init__(self, width: int, height: int, title: str, told: str) -> None:
        self._size = width, height
        self._title = title
        self._told = told
        self._parts: list[str] = []

    def box(
        self, x: int, y: int, width: int, height: int, *, title: str = "", lines: Sequence[str] = (), kind: str = "box"
    ) -> None:
        """A box with a title and small lines in its middle."""
        self._parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>')
        rows = [(title, "b"), *((line, "t") for line in lines)] if title else [(line, "t") for line in lines]
        top = y + (height - LINE * len(rows)) // 2 + 13
        for number, (text, style) in enumerate(rows):
            self.text(x + width // 2, top + LINE * number, text, style, anchor="middle")

    def text(self, x: int, y: int, text: str, style: str = "t", *, anchor: str = "start") -> None:
        """One line; `style` is b (bold), t (small) or c (code)."""
        self._parts.append(f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>')

    def arrow(self, *points: tuple[int, int], head: bool = True) -> None:
        """A line over these points."""
        path = "M" + " ".join(f"{x} {y}" for x, y in points)
        end = ' marker-end="url(#m)"' if head else ""
        self._parts.append(f'<path class="a" d="{path}"{end}/>')

    def svg(self) -> str:
        """The whole file."""
        width, height = self._size
        inner = "\n  ".join(self._parts)
        return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14">
  <title id="t">{escape(self._title)}</title>
  <desc id="d">{escape(self._told)}</desc>
  <style>{STYLE}
  </style>
  <defs>
    <marker id="m" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path class="h" d="M0 0 8 4 0 8z"/></marker>
  </defs>
  <rect class="card" x="1" y="1" width="{width - 2}" height="{height - 2}" rx="8"/>
  {inner}
</svg>
"""
