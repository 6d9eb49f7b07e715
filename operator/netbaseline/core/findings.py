"""What is worth telling about a baseline that still works, each kind with a stable id."""

from dataclasses import dataclass

from netbaseline.api.status import Severity


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`id` is stable, `path` the field it is about, `message` says what to do."""

    id: str
    path: str
    message: str
    severity: Severity = Severity.WARNING


NOTHING_DISCOVERED = "NothingDiscovered"
RULE_IDLE = "RuleIdle"
DNS_BLOCKED = "DNSBlocked"
NOT_AS_DECLARED = "NotAsDeclared"
FORGED_OWNERSHIP = "ForgedOwnership"
WEAKENED = "Weakened"

MEANINGS: dict[str, tuple[str, str]] = {
    RULE_IDLE: (
        (
            "A rule does nothing, because its direction isn't denied for its pods. Written as a policy it would itself"
            " close what the baseline leaves open."
        ),
        "Add the direction to `spec.defaultDeny`, or remove the rule.",
    ),
    DNS_BLOCKED: (
        "Egress is denied and DNS is turned off: pods can't look up any name.",
        "Remove `enabled: false`, unless a rule of your own allows DNS.",
    ),
    WEAKENED: (
        "A policy of somebody else opens covered pods to everybody of some kind.",
        "Remove or narrow it.",
    ),
    FORGED_OWNERSHIP: (
        "A policy claims to be ours, by label and UID, but we never applied it. It is left alone.",
        "Find out who made it; delete it.",
    ),
    NOT_AS_DECLARED: (
        "Metadata of a policy (labels, annotations, owner) doesn't stay as applied; what it does is right.",
        "See the field manager that holds it, or the webhook that changes it.",
    ),
}
"""What each means and what to do, for docs/conditions.md. NothingDiscovered is none of them: it becomes a situation."""
