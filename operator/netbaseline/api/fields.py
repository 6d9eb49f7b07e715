"""Bounded strings and lists that the models are made of.

Every bound is a promise to the API server as much as to us: CEL rules are refused at installation when their
worst-case cost over all list sizes is too high, and a status must stay below 16 KiB.
"""

import ipaddress
from typing import Annotated

from pydantic import Field, StringConstraints

DNS_LABEL_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
PORT_NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
LABEL_KEY_PATTERN = (
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
)
LABEL_VALUE_PATTERN = r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"

MAX_RULES = 32
"""Named rules per direction; 2 x 32 rules and the allowances still fit into a status of 16 KiB."""
MAX_PEERS = 32
MAX_EXCEPT = 32
MAX_PORTS = 32
MAX_LABELS = 16
MAX_EXPRESSIONS = 16
MAX_VALUES = 32

DNSLabel = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=DNS_LABEL_PATTERN)]
# IANA_SVC_NAME of the Kubernetes API: at most 15 characters; a letter is asked for by a rule, a pattern can't look ahead.
PortName = Annotated[str, StringConstraints(min_length=1, max_length=15, pattern=PORT_NAME_PATTERN)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
# Prefix (at most 253), slash, name (at most 63).
LabelKey = Annotated[str, StringConstraints(min_length=1, max_length=317, pattern=LABEL_KEY_PATTERN)]
LabelValue = Annotated[str, StringConstraints(max_length=63, pattern=LABEL_VALUE_PATTERN)]
CIDRText = Annotated[str, StringConstraints(min_length=4, max_length=43)]
Text = Annotated[str, StringConstraints(max_length=512)]
Owner = Annotated[str, StringConstraints(max_length=253)]
Date = Annotated[str, StringConstraints(max_length=10, pattern=r"^\d{4}-\d{2}-\d{2}$")]

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def network(text: str) -> IPNetwork | None:
    """The network that `text` names, host bits dropped, or None where the API server would refuse it.

    IPv4-mapped IPv6 (`::ffff:0:0/96`) is refused as the API server's CEL library does; so is an address without `/n`.
    """
    address, slash, prefix = text.partition("/")
    if not slash or not prefix.isdecimal() or (len(prefix) > 1 and prefix.startswith("0")) or "%" in address:
        return None
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Network) and ipaddress.IPv6Address(address).ipv4_mapped is not None:
        return None
    return found


def strictly_inside(inner: str, outer: str) -> bool:
    """Whether `inner` is a proper subset of `outer`, which NetworkPolicy asks of an `except`."""
    small, large = network(inner), network(outer)
    if small is None or large is None or small.version != large.version:
        return False
    return small.prefixlen > large.prefixlen and small.network_address in large
