"""What one direction of a pod is in: the questions that lead to each state of coverage."""

from netbaseline.core.coverage.states import State
from tools.pictures.drawing import Drawing


def coverage() -> str:
    """The states by question; ValueError where the code has another set of states."""
    drawn = {"open", "allow-all", "isolated", "conformant", "depends", "waived"}
    if drawn != {state.value for state in State}:
        raise ValueError(f"the states are {[state.value for state in State]}")
    drawing = Drawing(
        960,
        330,
        "The states of coverage",
        "A pod that no policy selects is open. Selected and open to everybody is allow-all. Closed is isolated, and"
        " conformant where a baseline in force denies it. Where policies of other APIs select it too, it depends.",
    )
    asked = [
        (
            24,
            ["Do Calico, Cilium or an", "admin tier select it? Is it", "hostNetwork with policies?"],
            "depends",
            "dim",
            "counts as neither",
        ),
        (262, ["Does no NetworkPolicy", "select it in", "this direction?"], "open", "bad", "counts as open"),
        (
            500,
            ["Is it open all the same,", "to every namespace or", "to the internet?"],
            "allow-all",
            "bad",
            "counts as open",
        ),
        (738, ["Does no baseline", "that is in force", "deny it?"], "isolated", "two", "counts as covered"),
    ]
    drawing.text(24, 34, "For each pod, and for each of its two directions", "b")
    for number, (x, question, state, kind, counts) in enumerate(asked):
        drawing.box(x, 56, 190, 76, lines=question, kind="card")
        drawing.arrow((x + 95, 132), (x + 95, 178))
        drawing.text(x + 102, 160, "yes")
        drawing.box(x, 180, 190, 56, title=state, lines=[counts], kind=kind)
        if number < len(asked) - 1:
            drawing.arrow((x + 190, 94), (x + 236, 94))
            drawing.text(x + 204, 86, "no")
    drawing.arrow((928, 94), (946, 94), (946, 282), (930, 282))
    drawing.text(940, 160, "no", anchor="end")
    drawing.box(738, 254, 190, 56, title="conformant", lines=["counts as covered"])
    drawing.text(24, 288, "waived: left open by a waiver, which nobody can write yet; it would count as covered.")
    return drawing.svg()
