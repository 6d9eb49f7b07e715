"""networking.k8s.io/v1 NetworkPolicies, refused where the API server would refuse them.

Only an `except` outside its CIDR is let through, although the API server refuses it: it says something about what was
meant, which a reader of policies can be told better than by leaving the policy out.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from netbaseline.api.fields import PortNumberOrName, network
from netbaseline.core import netpol
from netbaseline.core.inventory import Policy
from netbaseline.core.manifests.fields import (
    LabelKey,
    LabelMap,
    LabelValue,
    Metadata,
    PortNumber,
    Protocol,
    Strictly,
)
from netbaseline.core.manifests.given import Given, reading


def _cidr(value: str) -> str:
    if network(value) is None:
        raise ValueError("must be an address range such as 203.0.113.0/24 or 2001:db8::/32")
    return value


CIDR = Annotated[str, AfterValidator(_cidr)]


class _Requirement(Strictly):
    key: LabelKey
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[LabelValue] | None = None

    @model_validator(mode="after")
    def _values_go_with_the_operator(self) -> Self:
        if (self.operator in {"In", "NotIn"}) != bool(self.values):
            raise ValueError("values are needed for In and NotIn, and must be left out for Exists and DoesNotExist")
        return self


class _Selector(Strictly):
    match_labels: LabelMap | None = None
    match_expressions: list[_Requirement] | None = None


class _Block(Strictly):
    cidr: CIDR
    except_: list[CIDR] | None = Field(default=None, alias="except")


class _Peer(Strictly):
    pod_selector: _Selector | None = None
    namespace_selector: _Selector | None = None
    ip_block: _Block | None = None

    @model_validator(mode="after")
    def _is_pods_or_addresses(self) -> Self:
        pods = self.pod_selector is not None or self.namespace_selector is not None
        if pods == (self.ip_block is not None):
            raise ValueError(
                "a peer is either pods (podSelector, namespaceSelector or both) or an ipBlock, and one of them must be"
                " given"
            )
        return self


class _Port(Strictly):
    port: PortNumberOrName | None = None
    end_port: PortNumber | None = None
    protocol: Protocol | None = None

    @model_validator(mode="after")
    def _range_is_one(self) -> Self:
        if self.end_port is not None and not (isinstance(self.port, int) and self.port <= self.end_port):
            raise ValueError("endPort needs a numeric port that is not above it")
        return self


class _Ingress(Strictly):
    from_: list[_Peer] | None = Field(default=None, alias="from")
    ports: list[_Port] | None = None


class _Egress(Strictly):
    to: list[_Peer] | None = None
    ports: list[_Port] | None = None


class _Spec(Strictly):
    pod_selector: _Selector | None = None
    policy_types: Annotated[list[Literal["Ingress", "Egress"]], Field(max_length=2)] | None = None
    ingress: list[_Ingress] | None = None
    egress: list[_Egress] | None = None


class PolicyObject(Strictly):
    """A NetworkPolicy; without `spec` it isolates every pod of its namespace from ingress, as at the API server.

    `status` is of Kubernetes 1.24 to 1.27.
    """

    api_version: str
    kind: str
    metadata: Metadata
    spec: _Spec | None = None
    status: Any = None


FIELDS = tuple(
    sorted(
        {
            field.alias or name
            for model in (PolicyObject, _Spec, _Ingress, _Egress, _Port, _Peer, _Block, _Selector, _Requirement)
            for name, field in model.model_fields.items()
        }
    )
)


def policy_of(given: Given, content: dict[str, Any], namespace: str, name: str) -> Policy:
    """The policy as it was written: order of rules and peers kept. Raises Refused."""
    with reading(given, FIELDS):
        found = PolicyObject.model_validate(content)
    return Policy(
        namespace,
        name,
        netpol.spec_from_manifest(content.get("spec") or {}),
        found.metadata.labels or {},
        found.metadata.annotations or {},
        content,
        origin=given.origin,
    )
