"""What is read of Kubernetes' own objects: types that refuse what the API server would, and ignore the rest."""

import ipaddress
import re
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from netbaseline.api.fields import DNS_LABEL_RULE, DNS_LABEL_TEXT, LABEL_KEY_RULE, LABEL_VALUE_RULE, PORT_NAME_PATTERN

DNS_NAME_PATTERN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
MAX_NAME = 253
MAX_LABEL = 63


class Read(BaseModel):
    """A part of an object; fields that don't matter here are ignored. `null` is the same as absent."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class Strictly(Read):
    """A part in which an unknown field is an error, as it is to `kubectl apply`: a misspelt one would change it."""

    model_config = ConfigDict(extra="forbid")


@lru_cache(maxsize=1 << 16)
def _label_problem(key: str, value: str) -> str | None:
    if not LABEL_KEY_RULE.check(key):
        return f"{key[:80]!r}: {LABEL_KEY_RULE.message}"
    if len(value) > MAX_LABEL or not LABEL_VALUE_RULE.check(value):
        return f"{key}: {LABEL_VALUE_RULE.message} (found {value[:80]!r})"
    return None


def _labels(value: dict[str, str]) -> dict[str, str]:
    for key, text in value.items():
        problem = _label_problem(key, text)
        if problem is not None:
            raise ValueError(problem)
    return value


def _name(value: str) -> str:
    if len(value) > MAX_NAME or not re.fullmatch(DNS_NAME_PATTERN, value):
        raise ValueError("must be a DNS name: at most 253 lower-case letters, digits, dashes and dots")
    return value


def can_name_a_namespace(value: str) -> bool:
    """Whether it is a DNS label (ValidateNamespaceName of Kubernetes)."""
    return len(value) <= MAX_LABEL and DNS_LABEL_RULE.check(value)


def _namespace(value: str) -> str:
    """An empty one is none, as to the API server and to kubectl."""
    if value and not can_name_a_namespace(value):
        raise ValueError(DNS_LABEL_TEXT)
    return value


def _stem(value: str) -> str:
    return _name(value + "x") and value


def _port_name(value: str) -> str:
    if len(value) > 15 or not re.fullmatch(PORT_NAME_PATTERN, value):
        raise ValueError("must be at most 15 lower-case letters, digits and single dashes, with at least one letter")
    return value


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError("must be an IP address") from None


def _visible(value: str) -> str:
    return value if value.isprintable() else value.encode("unicode_escape").decode()


def _label_key(value: str) -> str:
    if not LABEL_KEY_RULE.check(value):
        raise ValueError(LABEL_KEY_RULE.message)
    return value


def _label_value(value: str) -> str:
    if len(value) > MAX_LABEL or not LABEL_VALUE_RULE.check(value):
        raise ValueError(LABEL_VALUE_RULE.message)
    return value


LabelMap = Annotated[dict[str, str], AfterValidator(_labels)]
LabelKey = Annotated[str, AfterValidator(_label_key)]
LabelValue = Annotated[str, AfterValidator(_label_value)]
Name = Annotated[str, AfterValidator(_name)]
NameStem = Annotated[str, AfterValidator(_stem)]
NamespaceName = Annotated[str, AfterValidator(_namespace)]
PortName = Annotated[str, AfterValidator(_port_name)]
PortNumber = Annotated[int, Field(ge=1, le=65535, strict=True)]
Address = Annotated[str, AfterValidator(_address)]
Visible = Annotated[str, AfterValidator(_visible)]
"""A text that the API server takes as it is: what a terminal would obey is spelled out."""
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True)]
Protocol = Literal["TCP", "UDP", "SCTP"]


class OwnerReference(Read):
    """metav1.OwnerReference."""

    kind: Visible
    name: Visible
    controller: Flag | None = None


class Metadata(Read):
    """metav1.ObjectMeta."""

    name: Name | None = None
    generate_name: NameStem | None = None
    namespace: NamespaceName | None = None
    labels: LabelMap | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None
    deletion_timestamp: str | None = None

    @property
    def controller(self) -> tuple[str, str] | None:
        """Kind and name of the owner that manages the object; there is at most one (metav1.GetControllerOf)."""
        for owner in self.owner_references or ():
            if owner.controller:
                return owner.kind, owner.name
        return None
