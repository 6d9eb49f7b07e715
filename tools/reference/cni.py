"""docs/cni.md: what network plugins make of what the API leaves open, with the source of each answer."""

from netbaseline.core.reach.cases import Case
from netbaseline.core.reach.cni_table import NONE, PLUGINS, Cell
from tools.reference.sections import MADE

QUESTIONS = {
    Case.HOST_NETWORK_TARGET: "Does a policy isolate a hostNetwork pod that its podSelector selects?",
    Case.HOST_NETWORK_PEER: "Does a peer's selector match a hostNetwork pod?",
    Case.SELF: "Does a pod always reach itself by its own address?",
    Case.OWN_NODE: "Does a pod's own node always reach it (kubelet's probes)?",
    Case.BLOCK_ON_POD: "Does an ipBlock match the address of a pod, or of a hostNetwork pod's node?",
    Case.SERVICE_ADDRESS: "Is an ipBlock compared with a Service's address, before it becomes a pod's?",
}
WORDS = {True: "yes", False: "no", None: "open"}

HEAD = f"""<!-- {MADE} -->

# Network plugins

The NetworkPolicy API leaves some questions to whoever enforces it. Where a verdict hangs on one of them, it is
`depends`, with the question as its reason. `--cni NAME` answers them all at once:

{{summary}}

Names as `--cni` takes them: {{names}}. With `none` nothing enforces policies, and everything passes. "Open" stays
`depends`. The answers are those of a plugin as its own manifests install it; settings that change one are named below.
Every answer has its source. One question is no plugin's: an ipBlock may match a pod whose address isn't known, as in a
folder of manifests, and stays `depends` whatever the plugin.
"""


def page() -> str:
    """The whole page."""
    plugins = [plugin for plugin in PLUGINS if plugin.name != NONE]
    summary = [f"| | {' | '.join(plugin.name for plugin in plugins)} |", "|---" * (len(plugins) + 1) + "|"]
    for case, question in QUESTIONS.items():
        answers = [f"[{WORDS[plugin.cells[case].answer]}]({plugin.cells[case].source})" for plugin in plugins]
        summary.append(f"| {question} | {' | '.join(answers)} |")
    names = ", ".join(f"`{plugin.key}`" for plugin in PLUGINS)
    sections = [HEAD.format(summary="\n".join(summary), names=names)]
    for case, question in QUESTIONS.items():
        rows = [f"| {plugin.name} | {_row(plugin.cells[case])} |" for plugin in plugins]
        table = "\n".join(["| plugin | answer | why |", "|---|---|---|", *rows])
        sections.append(f"## {question}\n\nThe case `{case.value}`.\n\n{table}\n")
    return "\n".join(sections)


def _row(cell: Cell) -> str:
    return f"{WORDS[cell.answer]} | {cell.note} ([source]({cell.source}))"
