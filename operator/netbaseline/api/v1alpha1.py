"""NetworkBaseline, version v1alpha1: the models are the one source of the CRD, the documentation and the validation.

Field descriptions become the text of `kubectl explain`. Defaults carry their reason in the description.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from netbaseline.api.fields import DNS_LABEL_PATTERN, DNS_LABEL_TEXT, MAX_RULES, Date, DNSLabel, Flag, Owner, Text
from netbaseline.api.peers import (
    LabelSelector,
    LabelSelectorRequirement,
    Operator,
    Peer,
    Peers,
    Port,
    Ports,
    Protocol,
)
from netbaseline.api.rules import Keywords, Model, Rule

__all__ = [
    "AdoptionPolicy",
    "Allow",
    "DNSAllowance",
    "DeletionPolicy",
    "Direction",
    "EgressRule",
    "IngressControllerAllowance",
    "IngressRule",
    "Interlock",
    "KubeAPIServerAllowance",
    "LabelSelector",
    "LabelSelectorRequirement",
    "Mode",
    "MonitoringAllowance",
    "NetworkBaseline",
    "NetworkBaselineSpec",
    "ObjectMeta",
    "Operator",
    "Peer",
    "Port",
    "Protocol",
    "SameNamespaceAllowance",
]


class Mode(StrEnum):
    ENFORCE = "Enforce"
    AUDIT = "Audit"


class Direction(StrEnum):
    INGRESS = "Ingress"
    EGRESS = "Egress"


class Interlock(StrEnum):
    """`Disabled`, since an unquoted `Off` is a boolean in YAML."""

    ENFORCE = "Enforce"
    WARN = "Warn"
    DISABLED = "Disabled"


class DeletionPolicy(StrEnum):
    DELETE = "Delete"
    RETAIN = "Retain"


class AdoptionPolicy(StrEnum):
    NEVER = "Never"
    ADOPT = "Adopt"


class DNSAllowance(Model):
    """Egress to the cluster's DNS, over UDP and TCP."""

    enabled: Flag = Field(
        default=True,
        description="On by default where egress is denied, since nearly every pod needs names; false turns it off.",
    )
    to: Peers | None = Field(
        default=None,
        description="Where DNS answers. Left out: pods k8s-app=kube-dns and k8s-app=node-local-dns in kube-system, and"
        " NodeLocal DNSCache at 169.254.20.10. That covers kubeadm, k3s, kind and EKS; with some settings of GKE and"
        " AKS, and in EKS Auto Mode, DNS is at an address of the node, which has to be named.",
    )
    ports: Ports | None = Field(
        default=None,
        description="Container ports. Left out: 53 over UDP and TCP (answers too large for UDP come over TCP).",
    )


class SameNamespaceAllowance(Model):
    """The covered pods may talk to each other."""

    # The API server drops fields of an object that has none, and server-side apply lets them pass: `enabled: false` or
    # `pods` would open everything in silence. Kept and counted, they are refused.
    model_config = ConfigDict(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True, "maxProperties": 0})


class IngressControllerAllowance(Model):
    """Ingress from the ingress controllers, the front door of the cluster."""

    from_: Peers | None = Field(
        default=None,
        alias="from",
        description="The ingress controller's pods, or the addresses of its nodes when it is hostNetwork. Left out:"
        " discovered; where nothing is found, nothing is opened and the baseline says so.",
    )
    pods: LabelSelector | None = Field(default=None, description="The pods behind it; all covered pods by default.")
    ports: Ports | None = Field(default=None, description="Their container ports. Left out: discovered.")


class MonitoringAllowance(Model):
    """Ingress from the scrapers of metrics."""

    from_: Peers | None = Field(
        default=None,
        alias="from",
        description="The scrapers, for example Prometheus. Left out: discovered; where nothing is found, nothing is"
        " opened and the baseline says so.",
    )
    pods: LabelSelector | None = Field(default=None, description="The pods scraped; all covered pods by default.")
    ports: Ports | None = Field(default=None, description="Their container ports for metrics. Left out: discovered.")


class KubeAPIServerAllowance(Model):
    """Egress to the API server's real endpoints (not its Service address), followed as they change."""

    pods: LabelSelector | None = Field(
        default=None, description="The pods that may call the API server; all covered pods by default."
    )


class IngressRule(Model):
    """A rule of the team's own: who may come in."""

    name: DNSLabel = Field(description="Part of the generated policy's name: a DNS label, unique in the baseline.")
    pods: LabelSelector | None = Field(default=None, description="The pods it opens; all covered pods by default.")
    from_: Peers = Field(alias="from", description="Who may come in; any of these.")
    ports: Ports | None = Field(default=None, description="Container ports; all of them when left out.")
    description: Text | None = Field(default=None, description="Why this rule exists; an annotation of its policy.")


class EgressRule(Model):
    """A rule of the team's own: where pods may go."""

    name: DNSLabel = Field(description="Part of the generated policy's name: a DNS label, unique in the baseline.")
    pods: LabelSelector | None = Field(default=None, description="The pods it opens; all covered pods by default.")
    to: Peers = Field(description="Where they may go; any of these.")
    ports: Ports | None = Field(default=None, description="Ports at the other end; all of them when left out.")
    description: Text | None = Field(default=None, description="Why this rule exists; an annotation of its policy.")


_BY_NAME = Keywords({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]})


class Allow(Model):
    """What stays open. Absent is off, dns aside."""

    dns: DNSAllowance = Field(
        default_factory=DNSAllowance, description="Egress to DNS; the only allowance that is on by default."
    )
    same_namespace: SameNamespaceAllowance | None = Field(
        default=None, description="Covered pods may talk to each other."
    )
    ingress_controller: IngressControllerAllowance | None = Field(
        default=None, description="Ingress from the ingress controllers."
    )
    monitoring: MonitoringAllowance | None = Field(default=None, description="Ingress from the scrapers of metrics.")
    kube_api_server: KubeAPIServerAllowance | None = Field(
        default=None, alias="kubeAPIServer", description="Egress to the API server."
    )
    ingress: Annotated[tuple[IngressRule, ...], Field(max_length=MAX_RULES), _BY_NAME] = Field(
        default=(), description="The team's own rules for what comes in."
    )
    egress: Annotated[tuple[EgressRule, ...], Field(max_length=MAX_RULES), _BY_NAME] = Field(
        default=(), description="The team's own rules for what goes out."
    )

    rules = (
        Rule(
            "rule names must be unique over allow.ingress and allow.egress together",
            "(!has(self.ingress) || self.ingress.all(a, self.ingress.exists_one(b, b.name == a.name)))"
            " && (!has(self.egress) || self.egress.all(a, self.egress.exists_one(b, b.name == a.name)))"
            " && (!has(self.ingress) || !has(self.egress)"
            " || self.ingress.all(a, !self.egress.exists(b, b.name == a.name)))",
            lambda self: (
                len({rule.name for rule in (*self.ingress, *self.egress)}) == len(self.ingress) + len(self.egress)
            ),
        ),
    )


class NetworkBaselineSpec(Model):
    """What a namespace denies, and what it still allows."""

    mode: Mode = Field(
        default=Mode.ENFORCE,
        description="Enforce writes NetworkPolicies; the default, since a baseline that is committed is meant. Audit"
        " computes and reports, and withdraws in order what was written.",
    )
    suspend: Flag = Field(
        default=False,
        description="True leaves everything as it is: nothing is written, healed or withdrawn until it is false again,"
        " the default.",
    )
    pod_selector: LabelSelector = Field(
        default_factory=LabelSelector,
        description="The pods it covers; all by default, since a pod that nobody thought of is the one to protect.",
    )
    default_deny: Annotated[tuple[Direction, ...], Field(min_length=1, max_length=2)] = Field(
        default=(Direction.INGRESS, Direction.EGRESS),
        description="The directions that are closed; both, Ingress and Egress, by default, since closing one leaves the"
        " other open.",
    )
    allow: Allow = Field(default_factory=Allow, description="What stays open.")
    owner: Owner | None = Field(default=None, description="Who answers for it; an annotation of every policy.")
    description: Text | None = Field(default=None, description="What it is for; an annotation of every policy.")
    reviewed: Date | None = Field(
        default=None,
        description="When it was last reviewed, as 2026-11-01; an annotation of every policy, and a metric.",
    )
    interlock: Interlock = Field(
        default=Interlock.ENFORCE,
        description="What to do when the first enforcement would stop flows that must go on: Enforce holds it back and"
        " says which, Warn says so and goes on, Disabled doesn't look. Enforce by default: never cut what must work.",
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.DELETE,
        description="What becomes of the policies when the baseline is deleted: Delete leaves them to the garbage"
        " collector, Retain leaves them in force. Delete by default, so that nothing is left behind that nobody"
        " maintains.",
    )
    adoption_policy: AdoptionPolicy = Field(
        default=AdoptionPolicy.NEVER,
        description="Whether to take over a policy of somebody else's that has one of our names: Adopt does, Never"
        " leaves it alone, writes nothing and says so. Never by default, since somebody maintains it.",
    )

    rules = (
        Rule(
            "defaultDeny must not name a direction twice",
            "!has(self.defaultDeny) || self.defaultDeny.all(d, self.defaultDeny.exists_one(e, e == d))",
            lambda self: len(set(self.default_deny)) == len(self.default_deny),
        ),
    )


class ObjectMeta(Model):
    """What is read of an object's metadata; everything else is Kubernetes' own business."""

    model_config = ConfigDict(extra="ignore")

    name: DNSLabel
    namespace: DNSLabel | None = None
    uid: str = ""
    generation: int = 0
    annotations: dict[str, str] = Field(default_factory=dict)
    deletion_timestamp: str | None = None


class NetworkBaseline(Model):
    """Default-deny for the pods of one namespace, and what stays open."""

    api_version: Literal["netbaseline.dev/v1alpha1"]
    kind: Literal["NetworkBaseline"]
    metadata: ObjectMeta
    spec: Annotated[NetworkBaselineSpec, Keywords({"default": {}})] = Field(
        default_factory=NetworkBaselineSpec,
        description="What the namespace denies, and what it still allows. Left out: deny both directions, allow DNS.",
    )

    rules = (
        Rule(
            f"metadata.name {DNS_LABEL_TEXT}",
            f"size(self.metadata.name) <= 63 && self.metadata.name.matches(r'{DNS_LABEL_PATTERN}')",
            lambda self: re.fullmatch(DNS_LABEL_PATTERN, self.metadata.name) is not None,
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _status_is_not_input(cls, data: Any) -> Any:
        """The status is ours to write, never to believe: dropped unread."""
        return {key: value for key, value in data.items() if key != "status"} if isinstance(data, dict) else data

    @classmethod
    def parse(cls, manifest: object) -> Self:
        """Validate a manifest; raises pydantic.ValidationError, which `netbaseline.api.errors` makes readable.

        Fields go by the names of the wire only, so that `pod_selector` is as unknown here as at the API server.
        """
        return cls.model_validate(manifest, by_alias=True, by_name=False)
