"""A turn of the operator, and the order of its writes with the bridge; the order is that of the code."""

import yaml

from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.core.compile import compile_baseline
from netbaseline.core.normalize import normalized
from netbaseline.core.platform import Platform
from netbaseline.core.sequence import Step, sequence
from tools.pictures.baseline import BASELINE
from tools.pictures.drawing import Drawing


def turn() -> str:
    """From a watch to a write, one direction, the same for every cause."""
    drawing = Drawing(
        960,
        300,
        "A turn of the operator",
        "Watches fill a store. Every change puts its namespace into a queue. A turn observes, decides, writes under"
        " the lease, and reports.",
    )
    drawing.box(24, 110, 130, 80, title="Kubernetes", lines=["API server"], kind="dim")
    drawing.box(204, 30, 150, 70, title="Store", lines=["what is there,", "in memory"])
    drawing.box(204, 200, 150, 70, title="Queue", lines=["one key for each", "namespace"])
    drawing.box(404, 110, 120, 80, title="Observe", lines=["read all of it,", "frozen"], kind="two")
    drawing.box(544, 110, 120, 80, title="Decide", lines=["compile, plan,", "order: pure"], kind="two")
    drawing.box(684, 110, 120, 80, title="Write", lines=["under the lease,", "in order"], kind="two")
    drawing.box(824, 110, 112, 80, title="Report", lines=["status, Events,", "metrics"], kind="two")
    drawing.arrow((89, 110), (89, 65), (202, 65))
    drawing.text(96, 56, "watch")
    drawing.arrow((279, 100), (279, 198))
    drawing.text(286, 154, "a change")
    drawing.arrow((354, 235), (464, 235), (464, 192))
    drawing.text(370, 228, "a turn begins")
    drawing.arrow((354, 65), (464, 65), (464, 108))
    for left in (524, 664, 804):
        drawing.arrow((left, 150), (left + 18, 150))
    drawing.arrow((744, 190), (744, 286), (89, 286), (89, 192))
    drawing.text(480, 278, "NetworkPolicies, by server-side apply")
    drawing.text(560, 40, "One direction, one turn for every cause:")
    drawing.text(560, 58, "a create, an edit, drift, a retry, a restart.")
    drawing.text(560, 76, "No handler decides anything.")
    return drawing.svg()


def order() -> list[tuple[str, ...]]:
    """The writes that close the example's namespace, stage by stage, as `sequence` has them: `+name` or `-name`."""
    baseline = NetworkBaseline.parse(yaml.safe_load(BASELINE))
    after = {policy.name: normalized(policy.spec) for policy in compile_baseline(baseline, Platform()).policies}
    return [tuple(map(_short, stage)) for stage in sequence({}, after, {}, namespace="shop")]


def bridge() -> str:
    """What passes after each write, with the bridge and without."""
    first, *between, last = order()
    middle = sorted({name for stage in between for name in stage}, key=lambda name: (name != "+deny", name))
    drawing = Drawing(
        960,
        292,
        "Why nothing is cut while a namespace is closed",
        "With a bridge, what must go on passes after each of the writes, and everything else until the last of them,"
        f" which removes the bridge. The writes are {', '.join([*first, *middle, *last])}.",
    )
    columns = ["before", *first, *middle, *last]
    y = _heading(drawing, 24, "netbaseline", columns)
    y = _row(drawing, y, "what must go on", ["passes"] * len(columns))
    y = _row(drawing, y, "everything else", ["passes"] * (len(columns) - 1) + ["closed"])
    naive = ["before", *middle[1:], middle[0]]
    y = _heading(drawing, y + 14, "Allowances first", naive)
    # The last allowance is the one for flows within the namespace, which every policy before it cuts.
    y = _row(drawing, y, "what must go on", ["passes", *["cut"] * (len(naive) - 3), "passes", "passes"])
    drawing.text(
        24, y + 24, "Every policy isolates the pods that it selects: the first one cuts all that the others will allow."
    )
    drawing.text(24, y + 42, "So the bridge comes first, allows everything to exactly these pods, and goes last.")
    return drawing.svg()


LEFT, WIDTH = 170, 110


def _heading(drawing: Drawing, y: int, title: str, columns: list[str]) -> int:
    """The writes; gives where to go on."""
    drawing.text(24, y + 16, title, "b")
    for number, name in enumerate(columns):
        shown = name if len(name) < 16 else f"{name.partition('.')[0]}.…"
        drawing.text(LEFT + number * WIDTH + WIDTH // 2, y + 16, shown, "c", anchor="middle")
    return y + 28


def _row(drawing: Drawing, y: int, title: str, said: list[str]) -> int:
    """What becomes of some flows after each write; gives where to go on."""
    drawing.text(24, y + 22, title)
    for number, word in enumerate(said):
        kind = {"passes": "box", "cut": "bad", "closed": "dim"}[word]
        drawing.box(LEFT + number * WIDTH + 3, y, WIDTH - 6, 34, lines=[word], kind=kind)
    return y + 44


def _short(step: Step) -> str:
    return f"{'-' if step.spec is None else '+'}{step.name.split('.', 2)[2]}"
