"""Who and what a rule speaks of: label selectors, ports and peers, in Kubernetes' own terms."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from netbaseline.api.fields import (
    MAX_EXCEPT,
    MAX_EXPRESSIONS,
    MAX_PEERS,
    MAX_PORTS,
    MAX_VALUES,
    CIDRText,
    DNSLabel,
    LabelKey,
    Labels,
    LabelValue,
    PortNumber,
    PortNumberOrName,
    strictly_inside,
)
from netbaseline.api.rules import Model, Rule


class Protocol(StrEnum):
    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"


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

    match_labels: Labels = Field(default_factory=dict, description="Labels with exactly these values.")
    match_expressions: Annotated[tuple[LabelSelectorRequirement, ...], Field(max_length=MAX_EXPRESSIONS)] = Field(
        default=(), description="Further conditions, all of which must hold."
    )


class Port(Model):
    """A port as the pod sees it (the container port, after any Service translation)."""

    port: PortNumberOrName | None = Field(
        default=None,
        description="Number, or name of a container port (not of a Service port); all ports of the protocol when left"
        " out.",
    )
    end_port: PortNumber | None = Field(default=None, description="Last port of a range that starts at `port`.")
    protocol: Protocol = Field(
        default=Protocol.TCP, description="TCP, UDP or SCTP. TCP when left out, as in NetworkPolicy."
    )

    rules = (
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
                != (self.namespace is not None or self.namespace_selector is not None or self.pod_selector is not None)
            ),
        ),
        Rule(
            "namespace and namespaceSelector exclude each other",
            "!(has(self.__namespace__) && has(self.namespaceSelector))",
            lambda self: self.namespace is None or self.namespace_selector is None,
        ),
        Rule(
            "except goes with cidr, and each range in it must lie inside the cidr and be smaller",
            "!has(self.except) || size(self.except) == 0 || (has(self.cidr) && (!isCIDR(self.cidr)"
            " || self.except.all(e, !isCIDR(e) || (cidr(self.cidr).containsCIDR(e)"
            " && cidr(e).prefixLength() > cidr(self.cidr).prefixLength()))))",
            lambda self: (
                not self.except_
                or (self.cidr is not None and all(strictly_inside(item, self.cidr) for item in self.except_))
            ),
        ),
    )


Peers = Annotated[tuple[Peer, ...], Field(min_length=1, max_length=MAX_PEERS)]
Ports = Annotated[tuple[Port, ...], Field(min_length=1, max_length=MAX_PORTS)]
