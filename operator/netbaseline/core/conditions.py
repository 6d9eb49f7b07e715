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
class Row:
    """The conditions that a situation shows."""

    ready: ConditionStatus
    accepted: ConditionStatus
    programmed: ConditionStatus | None
    """None: as it was."""
    also: tuple[str, ...] = ()


YES, NO = ConditionStatus.TRUE, ConditionStatus.FALSE

TABLE: dict[Situation, Row] = {
    Situation.ENFORCED: Row(YES, YES, YES),
    Situation.AUDITED: Row(YES, YES, NO),
    Situation.SUSPENDED: Row(YES, YES, None),
    Situation.INVALID: Row(NO, NO, NO, (STALLED,)),
    Situation.NOTHING_DISCOVERED: Row(NO, NO, NO, (STALLED,)),
    Situation.NAME_TAKEN: Row(NO, NO, NO, (STALLED,)),
    Situation.WAITING_FOR_COLLECTOR: Row(NO, YES, NO, (RECONCILING,)),
    Situation.REMOVAL_HELD: Row(NO, YES, NO, (STALLED,)),
    Situation.RETRYING: Row(NO, YES, NO, (RECONCILING,)),
    Situation.TUG_OF_WAR: Row(NO, YES, NO, (RECONCILING,)),
    Situation.NOT_ENFORCED: Row(NO, YES, YES, (DEGRADED, STALLED)),
    Situation.NOT_AS_DECLARED: Row(NO, YES, NO, (STALLED,)),
}

WORDS: dict[Situation, tuple[str, str]] = {
    Situation.ENFORCED: (
        "The policies are in place as declared.",
        "Nothing.",
    ),
    Situation.AUDITED: (
        "`mode: Audit`: nothing is written; `status.forecast` says what would be.",
        "Set `mode: Enforce` when the forecast is what you want.",
    ),
    Situation.SUSPENDED: (
        "`suspend: true`: everything is left as it is, even drift.",
        "Set `suspend: false` to go on.",
    ),
    Situation.INVALID: (
        (
            "The spec is invalid in a way that the schema can't detect; the message names the field. Policies"
            " written before stay in force."
        ),
        "Correct the field.",
    ),
    Situation.NOTHING_DISCOVERED: (
        "Something was to be discovered and wasn't found, so nothing was opened, and nothing else written.",
        "Name it in the baseline, or provide it; the message says where to look.",
    ),
    Situation.NAME_TAKEN: (
        (
            "Somebody else's NetworkPolicy has one of our names. Nothing is written: a deny without the"
            " allowance in question would cut."
        ),
        "Rename or delete it, or take it over with `adoptionPolicy: Adopt`.",
    ),
    Situation.WAITING_FOR_COLLECTOR: (
        "Policies of a deleted baseline of the same name are about to be removed by Kubernetes.",
        "Wait; if it stays, look for finalizers on these policies.",
    ),
    Situation.REMOVAL_HELD: (
        "More policies would go at once than `--removal-limit` allows. Everything else is done.",
        (
            "If it is meant, set the annotation that the message spells out; else bring back what was removed"
            " from the spec."
        ),
    ),
    Situation.RETRYING: (
        "The API server refused or didn't answer; the message has its words. Retried with growing pauses.",
        "For quotas, admission and missing rights: fix what the message names.",
    ),
    Situation.TUG_OF_WAR: (
        "Another writer changes a policy back as often as it is healed; it is healed more and more slowly.",
        "Stop one of the two: `kubectl get netpol NAME -n NAMESPACE --show-managed-fields -o yaml` shows who it is.",
    ),
    Situation.NOT_ENFORCED: (
        "The policies are in place but the cluster's network plugin doesn't support NetworkPolicies.",
        "Install a network plugin, or an add-on, that enforces them.",
    ),
    Situation.NOT_AS_DECLARED: (
        (
            "The API server accepted a policy but stores something else, most likely because of an admission webhook."
            " Retried now and then, and when the annotation `netbaseline.dev/reconcile-at` changes."
        ),
        "Exempt our policies from that webhook.",
    ),
}
"""What a situation means and what to do about it, for docs/conditions.md, in Markdown."""

OPENED_BY_OTHERS = "OpenedByOthers"
"""The reason of Weakened, which may stand beside every situation."""

TYPES: dict[str, str] = {
    READY: "The namespace is as the baseline declares, in the mode that it declares.",
    ACCEPTED: "The spec is valid, and everything that it needs was found.",
    PROGRAMMED: "Every policy of the baseline is in place.",
    RECONCILING: "Something is under way and will end by itself.",
    STALLED: "Nothing more happens until somebody does something.",
    DEGRADED: "The policies are in place but have no effect.",
    WEAKENED: "A policy of somebody else opens covered pods to every namespace, every address or everybody.",
}
"""Each type, and what it means when it is True."""


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
        *(() if weakened is None else (Condition(WEAKENED, YES, OPENED_BY_OTHERS, weakened),)),
    )


def _programmed_reason(situation: Situation, programmed: ConditionStatus) -> str:
    if programmed is YES:
        return "Programmed"
    return "Audit" if situation is Situation.AUDITED else situation.value
