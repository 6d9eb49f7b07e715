"""Condition types, reasons, and the table of situations that a baseline can be in.

Ready, Accepted and Programmed are always told; Reconciling, Stalled and the like only while they are true, as kstatus
asks of conditions that mean trouble.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ConditionStatus = Literal["True", "False", "Unknown"]

READY = "Ready"
ACCEPTED = "Accepted"
PROGRAMMED = "Programmed"
RECONCILING = "Reconciling"
STALLED = "Stalled"

MAX_MESSAGE = 1024


class Situation(StrEnum):
    """What a baseline is in; the value is the reason of its Ready condition."""

    ENFORCED = "Enforced"
    AUDITED = "Audited"
    SUSPENDED = "Suspended"
    INVALID = "InvalidSpec"
    NOTHING_DISCOVERED = "NothingDiscovered"
    NAME_TAKEN = "NameTaken"
    WAITING_FOR_COLLECTOR = "WaitingForGarbageCollector"
    REMOVAL_HELD = "RemovalHeld"
    RETRYING = "Retrying"
    TUG_OF_WAR = "TugOfWar"
    NOT_AS_DECLARED = "NotAsDeclared"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition without its times, which `status` adds."""

    type: str
    status: ConditionStatus
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class _Row:
    ready: ConditionStatus
    accepted: ConditionStatus
    programmed: ConditionStatus | None
    """None: as it was."""
    also: tuple[str, ...] = ()


TABLE: dict[Situation, _Row] = {
    Situation.ENFORCED: _Row("True", "True", "True"),
    Situation.AUDITED: _Row("True", "True", "False"),
    Situation.SUSPENDED: _Row("True", "True", None),
    Situation.INVALID: _Row("False", "False", "False", (STALLED,)),
    Situation.NOTHING_DISCOVERED: _Row("False", "False", "False", (STALLED,)),
    Situation.NAME_TAKEN: _Row("False", "False", "False", (STALLED,)),
    Situation.WAITING_FOR_COLLECTOR: _Row("False", "True", "False", (RECONCILING,)),
    Situation.REMOVAL_HELD: _Row("False", "True", "False", (STALLED,)),
    Situation.RETRYING: _Row("False", "True", "False", (RECONCILING,)),
    Situation.TUG_OF_WAR: _Row("False", "True", "False", (RECONCILING,)),
    Situation.NOT_AS_DECLARED: _Row("False", "True", "False", (STALLED,)),
}


def conditions(situation: Situation, message: str, programmed_before: ConditionStatus) -> tuple[Condition, ...]:
    """The conditions of a situation. `programmed_before` is what Programmed said until now."""
    row = TABLE[situation]
    reason = situation.value
    programmed = row.programmed or programmed_before
    message = message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"
    return (
        Condition(READY, row.ready, reason, message),
        Condition(
            ACCEPTED,
            row.accepted,
            "Accepted" if row.accepted == "True" else reason,
            message if row.accepted != "True" else "",
        ),
        Condition(PROGRAMMED, programmed, _programmed_reason(situation, programmed), ""),
        *(Condition(kind, "True", reason, message) for kind in row.also),
    )


def _programmed_reason(situation: Situation, programmed: ConditionStatus) -> str:
    if programmed == "True":
        return "Programmed"
    return "Audit" if situation is Situation.AUDITED else situation.value
