"""Nodes: where hostNetwork pods have their addresses."""

from typing import Final

from pydantic import Field, TypeAdapter, ValidationInfo, field_validator

from netbaseline.core.inventory import Node
from netbaseline.core.manifests.fields import Address, Read
from netbaseline.core.manifests.given import Given, reading

INSIDE: Final = "InternalIP"
"""The type of address that pods meet: traffic inside of a cluster stays there (core/v1 NodeAddressType)."""
OUTSIDE: Final = "ExternalIP"
"""The only other type that is an address and no name."""

_IP: Final[TypeAdapter[str]] = TypeAdapter(Address)


class _Address(Read):
    type: str
    address: str

    @field_validator("address")
    @classmethod
    def _is_one(cls, value: str, info: ValidationInfo) -> str:
        return _IP.validate_python(value) if info.data.get("type") in {INSIDE, OUTSIDE} else value


class _Status(Read):
    addresses: list[_Address] | None = None


class NodeObject(Read):
    """core/v1 Node."""

    status: _Status = Field(default_factory=_Status)


def node_of(given: Given, name: str) -> Node:
    """Raises Refused."""
    with reading(given):
        found = NodeObject.model_validate(given.content).status.addresses or []
    inside, outside = (tuple(one.address for one in found if one.type == kind) for kind in (INSIDE, OUTSIDE))
    return Node(name, inside or outside, given.origin)
