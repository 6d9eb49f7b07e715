"""The tables of docs/conditions.md: conditions by situation, reasons by condition, and findings."""

from collections import defaultdict

from netbaseline.api.status import NOT_YET_SEEN, PENDING, ConditionStatus
from netbaseline.core.conditions import PROGRAMMED, READY, TABLE, TYPES, WORDS, Situation, conditions
from netbaseline.core.findings import MEANINGS
from tools.reference.sections import table

NEW = (
    "No operator has looked at it yet; the API server itself says so.",
    "If it stays: is the operator running, and is it leader of a working Lease?",
)


def reasons() -> str:
    """One row for each reason of Ready: what it means, and what to do."""
    rows = [[f"`{PENDING}`", *NEW], *([f"`{each.value}`", *WORDS[each]] for each in Situation)]
    return table(["Reason", "What it means", "What to do"], rows)


def shown() -> str:
    """One row for each reason of Ready: the conditions that go with it."""
    return table(["Reason of Ready", "Ready", "Accepted", "Programmed", "also"], [_pending(), *map(_row, Situation)])


def others() -> str:
    """One row for each type and status of a condition, with every reason that it may have."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in NOT_YET_SEEN.conditions:
        found[item.type, item.status.value].add(item.reason)
    for situation in Situation:
        for before in (ConditionStatus.TRUE, ConditionStatus.FALSE):
            for shown in conditions(situation, "", before, weakened=""):
                found[shown.type, shown.status.value].add(shown.reason)
    rows = [
        [f"`{kind}`", status, ", ".join(f"`{reason}`" for reason in sorted(told)), meaning if status == "True" else ""]
        for kind, meaning in TYPES.items()
        for status in ("True", "False", "Unknown")
        if (told := found.pop((kind, status), None))
    ]
    if found:
        raise ValueError(f"no meaning for {sorted(found)}")
    return table(["Type", "Status", "Reasons", "What True means"], rows)


def findings() -> str:
    """One row for each kind of finding."""
    rows = [[f"`{name}`", meaning, advice] for name, (meaning, advice) in MEANINGS.items()]
    return table(["Id", "What it means", "What to do"], rows)


def _row(situation: Situation) -> list[str]:
    row = TABLE[situation]
    programmed = "as it was" if row.programmed is None else row.programmed.value
    return [
        f"`{situation.value}`",
        row.ready.value,
        row.accepted.value,
        programmed,
        ", ".join(sorted(row.also)),
    ]


def _pending() -> list[str]:
    shown = {item.type: item.status.value for item in NOT_YET_SEEN.conditions}
    also = ", ".join(sorted(shown.keys() - {READY, PROGRAMMED}))
    return [f"`{PENDING}`", shown[READY], "-", shown[PROGRAMMED], also]
