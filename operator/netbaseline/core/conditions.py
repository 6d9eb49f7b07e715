"""Condition types, reasons, and the table of situations that a baseline can be in.

Ready, Accepted and Programmed are always told; Reconciling, Stalled and the like only while they are true, as kstatus
asks of conditions that mean trouble.
"""

from dataclasses import dataclass
from enum import StrEnum

from netbaseline.api.status import ConditionStatus

READY = "Ready"
ACCEPTED = "Accepted"
PROGRAMMED = "Programmed"
RECONCILING = "Reconciling"
STALLED = "Stalled"
DEGRADED = "Degraded"
WEAKENED = "Weakened"


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
    NOT_ENFORCED = "NotEnforced"


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


YES, NO = ConditionStatus.TRUE, ConditionStatus.FALSE

TABLE: dict[Situation, _Row] = {
    Situation.ENFORCED: _Row(YES, YES, YES),
    Situation.AUDITED: _Row(YES, YES, NO),
    Situation.SUSPENDED: _Row(YES, YES, None),
    Situation.INVALID: _Row(NO, NO, NO, (STALLED,)),
    Situation.NOTHING_DISCOVERED: _Row(NO, NO, NO, (STALLED,)),
    Situation.NAME_TAKEN: _Row(NO, NO, NO, (STALLED,)),
    Situation.WAITING_FOR_COLLECTOR: _Row(NO, YES, NO, (RECONCILING,)),
    Situation.REMOVAL_HELD: _Row(NO, YES, NO, (STALLED,)),
    Situation.RETRYING: _Row(NO, YES, NO, (RECONCILING,)),
    Situation.TUG_OF_WAR: _Row(NO, YES, NO, (RECONCILING,)),
    Situation.NOT_ENFORCED: _Row(NO, YES, YES, (DEGRADED, STALLED)),
    Situation.NOT_AS_DECLARED: _Row(NO, YES, NO, (STALLED,)),
}


def conditions(
    situation: Situation, message: str, programmed_before: ConditionStatus, weakened: str | None = None
) -> tuple[Condition, ...]:
    """The conditions of a situation.

    `programmed_before` is what Programmed said until now; `weakened` what opens the pods in spite of it all.
    """
    row = TABLE[situation]
    reason = situation.value
    programmed = row.programmed or programmed_before
    return (
        Condition(READY, row.ready, reason, message),
        Condition(
            ACCEPTED,
            row.accepted,
            "Accepted" if row.accepted is YES else reason,
            message if row.accepted is not YES else "",
        ),
        Condition(PROGRAMMED, programmed, _programmed_reason(situation, programmed), ""),
        *(Condition(kind, YES, reason, message) for kind in row.also),
        *(() if weakened is None else (Condition(WEAKENED, YES, "OpenedByOthers", weakened),)),
    )


def _programmed_reason(situation: Situation, programmed: ConditionStatus) -> str:
    if programmed is YES:
        return "Programmed"
    return "Audit" if situation is Situation.AUDITED else situation.value
