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
