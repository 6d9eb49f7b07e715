"""NetworkBaseline, version v1alpha1: the models are the one source of the CRD, the documentation and the validation.

Field descriptions become the text of `kubectl explain`. Defaults carry their reason in the description.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from netbaseline.api.fields import (
    MAX_EXCEPT,
    MAX_EXPRESSIONS,
    MAX_LABELS,
    MAX_PEERS,
    MAX_PORTS,
    MAX_RULES,
    MAX_VALUES,
    CIDRText,
    Date,
    DNSLabel,
    LabelKey,
    LabelValue,
    Owner,
    PortName,
    PortNumber,
    Text,
    network,
    strictly_inside,
)
from netbaseline.api.rules import Model, Rule


class Mode(StrEnum):
    ENFORCE = "Enforce"
    AUDIT = "Audit"


class Direction(StrEnum):
    INGRESS = "Ingress"
    EGRESS = "Egress"


class Protocol(StrEnum):
    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"


class Interlock(StrEnum):
    ENFORCE = "Enforce"
    WARN = "Warn"
    OFF = "Off"


class DeletionPolicy(StrEnum):
    DELETE = "Delete"
    RETAIN = "Retain"


class AdoptionPolicy(StrEnum):
    NEVER = "Never"
    ADOPT = "Adopt"


class Operator(StrEnum):
    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class LabelSelectorRequirement(Model):
    """One condition on a label, as `matchExpressions` of Kubernetes."""

    key: LabelKey = Field(description="The label's key.")
    operator: Operator = Field(description="In, NotIn, Exists or DoesNotExist.")
    values: Annotated[tuple[LabelValue, ...], Field(max_length=MAX_VALUES)] = Field(
        default=(), description="The values for In and NotIn; none for the other two."
    )

    rules = (
        Rule(
            "values are needed for In and NotIn, and must be left out for Exists and DoesNotExist",
            "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            lambda self: (self.operator in {Operator.IN, Operator.NOT_IN}) == bool(self.values),
        ),
    )


class LabelSelector(Model):
    """Labels that must match, all of them. Empty selects everything."""

    match_labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=MAX_LABELS)] = Field(
        default_factory=dict, description="Labels with exactly these values."
    )
    match_expressions: Annotated[tuple[LabelSelectorRequirement, ...], Field(max_length=MAX_EXPRESSIONS)] = Field(
        default=(), description="Further conditions, all of which must hold."
    )


class Port(Model):
    """A port as the pod sees it (the container port, after any Service translation)."""

    port: PortNumber | PortName | None = Field(
        default=None,
        description="Number, or name of a container port; all ports of the protocol when left out.",
    )
    end_port: PortNumber | None = Field(default=None, description="Last port of a range that starts at `port`.")
    protocol: Protocol = Field(default=Protocol.TCP, description="TCP, UDP or SCTP; TCP as in NetworkPolicy.")

    rules = (
        Rule(
            "port must be a number from 1 to 65535, or a name of at most 15 lower-case letters, digits and single"
            " dashes with at least one letter",
            "!has(self.port) || (type(self.port) == int ? (int(self.port) >= 1 && int(self.port) <= 65535) :"
            " (size(string(self.port)) <= 15 && string(self.port).matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')"
            " && string(self.port).matches('[a-z]') && !string(self.port).contains('--')))",
            lambda self: (
                not isinstance(self.port, str)
                or (any("a" <= letter <= "z" for letter in self.port) and "--" not in self.port)
            ),
        ),
        Rule(
            "endPort needs a numeric port that is not above it",
            "!has(self.endPort) || (has(self.port) && type(self.port) == int && int(self.port) <= self.endPort)",
            lambda self: self.end_port is None or (isinstance(self.port, int) and self.port <= self.end_port),
        ),
    )


class Peer(Model):
    """The other end: pods (by namespace and labels, both when both are given), or addresses."""

    namespace: DNSLabel | None = Field(
        default=None, description="A namespace by name; compiled to the label kubernetes.io/metadata.name."
    )
    namespace_selector: LabelSelector | None = Field(
        default=None, description="Namespaces by label; empty means every namespace."
    )
    pod_selector: LabelSelector | None = Field(
        default=None,
        description="Pods by label, in the namespaces above, or in the baseline's own when none are named.",
    )
    cidr: CIDRText | None = Field(default=None, description="An address range, IPv4 or IPv6, as 203.0.113.0/24.")
    except_: Annotated[tuple[CIDRText, ...], Field(max_length=MAX_EXCEPT)] = Field(
        default=(), alias="except", description="Ranges inside `cidr` that are left out."
    )

    rules = (
        Rule(
            "a peer is either pods (namespace or namespaceSelector, podSelector) or addresses (cidr), and one of them"
            " must be given",
            "has(self.cidr) != (has(self.__namespace__) || has(self.namespaceSelector) || has(self.podSelector))",
            lambda self: (
                (self.cidr is not None)
                != (
                    self.namespace is not None or self.namespace_selector is not None or self.pod_selector is not None
                )
            ),
        ),
        Rule(
            "namespace and namespaceSelector exclude each other",
            "!(has(self.__namespace__) && has(self.namespaceSelector))",
            lambda self: self.namespace is None or self.namespace_selector is None,
        ),
        Rule(
            "cidr must be an address range such as 203.0.113.0/24 or 2001:db8::/32",
            "!has(self.cidr) || isCIDR(self.cidr)",
            lambda self: self.cidr is None or network(self.cidr) is not None,
        ),
        Rule(
            "except goes with cidr, and each range in it must lie inside the cidr and be smaller",
            "!has(self.except) || size(self.except) == 0 || (has(self.cidr) && isCIDR(self.cidr)"
            " && self.except.all(e, isCIDR(e) && cidr(self.cidr).containsCIDR(e)"
            " && cidr(e).prefixLength() > cidr(self.cidr).prefixLength()))",
            lambda self: (
                not self.except_
                or (self.cidr is not None and all(strictly_inside(item, self.cidr) for item in self.except_))
            ),
        ),
    )


Peers = Annotated[tuple[Peer, ...], Field(min_length=1, max_length=MAX_PEERS)]
Ports = Annotated[tuple[Port, ...], Field(min_length=1, max_length=MAX_PORTS)]


class DNSAllowance(Model):
    """Egress to the cluster's DNS, over UDP and TCP."""

    enabled: bool = Field(
        default=True,
        description="On by default where egress is denied, since nearly every pod needs names; false turns it off.",
    )
    to: Peers | None = Field(
        default=None,
        description="Where DNS answers. Left out: pods k8s-app=kube-dns in kube-system, and NodeLocal DNSCache at"
        " 169.254.20.10, which together cover kubeadm, EKS, GKE, AKS, k3s and kind.",
    )
    ports: Ports | None = Field(
        default=None,
        description="Container ports. Left out: 53 over UDP and TCP (answers too large for UDP come over TCP).",
    )


class SameNamespaceAllowance(Model):
    """The covered pods may talk to each other."""


class IngressControllerAllowance(Model):
    """Ingress from the ingress controllers, the front door of the cluster."""

    from_: Peers | None = Field(
        default=None, alias="from", description="The ingress controller's pods, or its nodes when it is hostNetwork."
    )
    pods: LabelSelector | None = Field(default=None, description="The pods behind it; all covered pods by default.")
    ports: Ports | None = Field(default=None, description="Their container ports.")


class MonitoringAllowance(Model):
    """Ingress from the scrapers of metrics."""

    from_: Peers | None = Field(default=None, alias="from", description="The scrapers, for example Prometheus.")
    pods: LabelSelector | None = Field(default=None, description="The pods scraped; all covered pods by default.")
    ports: Ports | None = Field(default=None, description="Their container ports for metrics.")


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
    description: Text | None = Field(default=None, description="Why this rule exists; kept on the policy.")


class EgressRule(Model):
    """A rule of the team's own: where pods may go."""

    name: DNSLabel = Field(description="Part of the generated policy's name: a DNS label, unique in the baseline.")
    pods: LabelSelector | None = Field(default=None, description="The pods it opens; all covered pods by default.")
    to: Peers = Field(description="Where they may go; any of these.")
    ports: Ports | None = Field(default=None, description="Ports at the other end; all of them when left out.")
    description: Text | None = Field(default=None, description="Why this rule exists; kept on the policy.")


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
    ingress: Annotated[tuple[IngressRule, ...], Field(max_length=MAX_RULES)] = Field(
        default=(), description="The team's own rules for what comes in."
    )
    egress: Annotated[tuple[EgressRule, ...], Field(max_length=MAX_RULES)] = Field(
        default=(), description="The team's own rules for what goes out."
    )

    rules = (
        Rule(
            "rule names must be unique over allow.ingress and allow.egress together",
            "(has(self.ingress) ? self.ingress.map(r, r.name) : []).all(a,"
            " (has(self.ingress) ? self.ingress.map(r, r.name) : []).exists_one(b, b == a)"
            " && !(has(self.egress) ? self.egress.map(r, r.name) : []).exists(b, b == a))"
            " && (has(self.egress) ? self.egress.map(r, r.name) : []).all(a,"
            " (has(self.egress) ? self.egress.map(r, r.name) : []).exists_one(b, b == a))",
            lambda self: len({rule.name for rule in (*self.ingress, *self.egress)})
            == len(self.ingress) + len(self.egress),
        ),
    )


class NetworkBaselineSpec(Model):
    """What a namespace denies, and what it still allows."""

    mode: Mode = Field(
        default=Mode.ENFORCE,
        description="Enforce writes NetworkPolicies. Audit computes and reports, and withdraws in order what was"
        " written.",
    )
    suspend: bool = Field(default=False, description="True leaves everything as it is.")
    pod_selector: LabelSelector = Field(
        default_factory=LabelSelector,
        description="The pods it covers; all by default, since a pod that nobody thought of is the one to protect.",
    )
    default_deny: Annotated[tuple[Direction, ...], Field(min_length=1, max_length=2)] = Field(
        default=(Direction.INGRESS, Direction.EGRESS),
        description="The directions that are closed; both by default.",
    )
    allow: Allow = Field(default_factory=Allow, description="What stays open.")
    owner: Owner | None = Field(default=None, description="Who answers for it; kept on every policy.")
    description: Text | None = Field(default=None, description="What it is for; kept on every policy.")
    reviewed: Date | None = Field(default=None, description="When it was last reviewed, as 2026-11-01.")
    interlock: Interlock = Field(
        default=Interlock.ENFORCE,
        description="What to do when the first enforcement would stop flows that must go on.",
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.DELETE,
        description="What becomes of the policies when the baseline is deleted. Delete by default, so that nothing is"
        " left behind that nobody maintains.",
    )
    adoption_policy: AdoptionPolicy = Field(
        default=AdoptionPolicy.NEVER,
        description="Whether to take over a policy of somebody else's that has one of our names. Never by default.",
    )

    rules = (
        Rule(
            "defaultDeny must not name a direction twice",
            "!has(self.defaultDeny) || self.defaultDeny.all(d, self.defaultDeny.exists_one(e, e == d))",
            lambda self: len(set(self.default_deny)) == len(self.default_deny),
        ),
    )


class ObjectMeta(BaseModel):
    """What is read of an object's metadata; everything else is Kubernetes' own business."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: DNSLabel
    namespace: DNSLabel | None = None
    uid: str = ""
    generation: int = 0
    annotations: dict[str, str] = Field(default_factory=dict)
    deletion_timestamp: str | None = Field(default=None, alias="deletionTimestamp")


class NetworkBaseline(Model):
    """Default-deny for the pods of one namespace, and what stays open."""

    model_config = ConfigDict(extra="ignore")

    api_version: Literal["netbaseline.dev/v1alpha1"]
    kind: Literal["NetworkBaseline"]
    metadata: ObjectMeta
    spec: NetworkBaselineSpec = Field(default_factory=NetworkBaselineSpec)

    @classmethod
    def parse(cls, manifest: object) -> Self:
        """Validate a manifest; raises pydantic.ValidationError, which `netbaseline.api.errors` makes readable."""
        return cls.model_validate(manifest)
