"""What the operator says about a NetworkBaseline: models of `status`, each list and text bounded.

A status is written by the operator alone, whole, as a JSON merge patch; what it reads back of it (digests, Programmed)
only tells drift from a change.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from netbaseline.api.rules import Keywords, Model

MAX_CONDITIONS: Final = 16
MAX_POLICIES: Final = 160
MAX_FINDINGS: Final = 20
MAX_SOURCES: Final = 20
MAX_NAMES: Final = 20
MAX_MESSAGE: Final = 1024
MAX_FINDING_MESSAGE: Final = 512
MAX_POLICY_MESSAGE: Final = 256
MAX_RECONCILE_AT: Final = 64

_BY_TYPE = Keywords({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]})
_BY_NAME = Keywords({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]})

Count = Annotated[int, Field(ge=0)]
PolicyName = Annotated[str, StringConstraints(max_length=253)]
Names = Annotated[tuple[PolicyName, ...], Field(max_length=MAX_NAMES)]
Timestamp = Annotated[str, Keywords({"format": "date-time"})]


class ConditionStatus(StrEnum):
    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class PolicyState(StrEnum):
    APPLIED = "Applied"
    PENDING = "Pending"
    CONFLICT = "Conflict"
    FAILED = "Failed"
    REMOVING = "Removing"


class Severity(StrEnum):
    WARNING = "Warning"
    INFO = "Info"


class Condition(Model):
    """One aspect of the baseline's state, as metav1.Condition of Kubernetes."""

    type: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Z][A-Za-z]*$")] = Field(
        description="Ready, Accepted, Programmed; and while they hold: Reconciling, Stalled, Degraded, Weakened."
    )
    status: ConditionStatus = Field(description="Whether it holds.")
    observed_generation: Count | None = Field(
        default=None, description="The generation of the spec that this is about."
    )
    last_transition_time: Timestamp = Field(description="When `status` last changed.")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Z][A-Za-z]*$")] = Field(
        description="Why, in one CamelCase word, for programs."
    )
    message: Annotated[str, StringConstraints(max_length=MAX_MESSAGE)] = Field(
        description="Why, and what to do about it, for people."
    )


class PolicyStatus(Model):
    """One NetworkPolicy that the baseline declares or takes away."""

    name: PolicyName = Field(description="The NetworkPolicy's name.")
    state: PolicyState = Field(
        description="Applied: in place as declared. Pending: not yet. Conflict: somebody else's policy has its name."
        " Failed: the API server refused it."
    )
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = Field(
        default=None, description="Fingerprint of what was last applied."
    )
    message: Annotated[str, StringConstraints(max_length=MAX_POLICY_MESSAGE)] | None = Field(
        default=None, description="What stands in the way."
    )


class Finding(Model):
    """Something that was noticed and doesn't stop anything."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="Stable name of the kind of finding, such as RuleIdle."
    )
    severity: Severity = Field(description="Warning where something should be done, Info where it need not.")
    message: Annotated[str, StringConstraints(max_length=MAX_FINDING_MESSAGE)] = Field(
        description="What was found, and what to do about it."
    )
    path: Annotated[str, StringConstraints(max_length=256)] | None = Field(
        default=None, description="The field it is about."
    )


class Forecast(Model):
    """What enforcing would do, while the mode is Audit."""

    create: Count = Field(default=0, description="Policies that would be created.")
    update: Count = Field(default=0, description="Policies that would be changed.")
    delete: Count = Field(default=0, description="Policies that would be deleted.")
    policies: Names = Field(default=(), description="Names of these policies; not all of them where there are many.")


class Source(Model):
    """Where a part that the spec leaves open came from."""

    part: Annotated[str, StringConstraints(max_length=64)] = Field(
        description="The part of the spec, such as allow.dns."
    )
    from_: Annotated[str, StringConstraints(max_length=256)] = Field(
        alias="from", description="What it was taken from, and what that gave."
    )


class PendingRemoval(Model):
    """A removal above the limit, which waits for a person."""

    hash: Annotated[str, StringConstraints(max_length=64)] = Field(
        description="To go on, set the annotation netbaseline.dev/confirm-removal to this."
    )
    policies: Names = Field(
        default=(), description="Names of the policies that would go; not all of them where there are many."
    )


class CoverageCounts(Model):
    """Pods by what one direction of them is in. All are always told: a merge patch takes nothing away by silence."""

    open: Count = Field(default=0, description="No policy selects them.")
    allow_all: Count = Field(default=0, description="Selected, and open all the same.")
    isolated: Count = Field(default=0, description="Closed.")
    conformant: Count = Field(default=0, description="Closed, and denied by a baseline that is in force.")
    waived: Count = Field(default=0, description="Left open by a waiver.")
    depends: Count = Field(default=0, description="Up to the network plugin, or to policies of other APIs.")


class Coverage(Model):
    """What the pods are open to that the baseline covers."""

    summary: Annotated[str, StringConstraints(max_length=32)] = Field(
        description="Covered of all pods, such as 12/12: closed in every direction that the baseline denies."
    )
    pods: Count = Field(description="Pods that the baseline covers.")
    covered: Count = Field(description="Of these, the ones closed in every direction that the baseline denies.")
    ingress: CoverageCounts = Field(description="Pods by who may connect to them.")
    egress: CoverageCounts = Field(description="Pods by whom they may connect to.")
    depends_known: bool = Field(
        default=True,
        description="Whether the policies of other APIs can be read; else more pods may depend on them.",
    )


class NetworkBaselineStatus(Model):
    """What the operator has done, and what it sees."""

    observed_generation: Count | None = Field(
        default=None, description="The generation of the spec that this status is about."
    )
    conditions: Annotated[tuple[Condition, ...], Field(max_length=MAX_CONDITIONS), _BY_TYPE] = Field(
        default=(), description="The state, aspect by aspect."
    )
    policy_summary: Annotated[str, StringConstraints(max_length=32)] | None = Field(
        default=None, description="Applied of wanted policies, such as 4/4."
    )
    policies: Annotated[tuple[PolicyStatus, ...], Field(max_length=MAX_POLICIES), _BY_NAME] = Field(
        default=(), description="The NetworkPolicies of this baseline."
    )
    coverage: Coverage | None = Field(
        default=None, description="What the covered pods are open to; absent where pods can't be seen."
    )
    findings: Annotated[tuple[Finding, ...], Field(max_length=MAX_FINDINGS)] = Field(
        default=(), description="What was noticed and doesn't stop anything."
    )
    forecast: Forecast | None = Field(default=None, description="What enforcing would do; in Audit only.")
    sources: Annotated[tuple[Source, ...], Field(max_length=MAX_SOURCES)] = Field(
        default=(), description="Where the parts came from that the spec leaves open."
    )
    last_handled_reconcile_at: Annotated[str, StringConstraints(max_length=MAX_RECONCILE_AT)] | None = Field(
        default=None, description="The value of the annotation netbaseline.dev/reconcile-at that was last acted on."
    )
    pending_removal: PendingRemoval | None = Field(
        default=None, description="A removal above the limit, which waits for confirmation."
    )

    def wire(self) -> dict[str, Any]:
        """As stored: the names of the wire, what is empty left out."""
        return {key: value for key, value in self.merge_patch().items() if value is not None}

    def merge_patch(self) -> dict[str, Any]:
        """A JSON merge patch of `status` that leaves nothing of the former one: `null` for what is empty."""
        found = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        names = {name: field.alias or name for name, field in type(self).model_fields.items()}
        return {alias: found.get(alias) or None for name, alias in names.items() if name != "observed_generation"} | {
            "observedGeneration": self.observed_generation
        }


EPOCH: Final = "1970-01-01T00:00:00Z"
PENDING: Final = "Pending"
NOT_YET_SEEN: Final = NetworkBaselineStatus(
    conditions=tuple(
        Condition(
            type=kind,
            status=status,
            last_transition_time=EPOCH,
            reason=PENDING,
            message="Waiting for the operator",
        )
        for kind, status in (
            ("Ready", ConditionStatus.UNKNOWN),
            ("Programmed", ConditionStatus.FALSE),
            ("Reconciling", ConditionStatus.TRUE),
        )
    )
)
"""What the API server answers for an object that no operator has looked at: health checks see work to do, not success.

Without it kstatus takes an object without status for Current, and Flux reports it ready before anything was applied.
"""
