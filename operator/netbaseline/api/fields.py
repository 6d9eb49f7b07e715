"""Bounded strings, numbers and lists that the models are made of.

Every bound is a promise to the API server as much as to us: CEL rules are refused at installation when their
worst-case cost over all list sizes is too high, and a status must stay below 16 KiB.

Patterns are for the API server and for editors; Python checks the same by a Rule, whose message is in words. The
API server's regular expressions are RE2: no look-ahead, and `$` is the end of the text (here: `re.fullmatch`).
"""

import datetime
import ipaddress
import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainValidator, StringConstraints, WithJsonSchema

from netbaseline.api.rules import VALIDATIONS, Keywords, Rule, Ruled, validations

DNS_LABEL_PATTERN: Final = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
# IANA_SVC_NAME of the Kubernetes API: single dashes, none at an end, at least one letter.
PORT_NAME_PATTERN: Final = r"^([0-9]+-)*[0-9]*[a-z](-?[a-z0-9])*$"
LABEL_KEY_PATTERN: Final = (
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
)
LABEL_VALUE_PATTERN: Final = r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"
DATE_PATTERN: Final = r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"

MAX_RULES: Final = 32
"""Named rules per direction; 2 x 32 rules and the allowances still fit into a status of 16 KiB."""
MAX_PEERS: Final = 32
MAX_EXCEPT: Final = 32
MAX_PORTS: Final = 32
MAX_LABELS: Final = 16
MAX_EXPRESSIONS: Final = 16
MAX_VALUES: Final = 32
MAX_LABEL_PREFIX: Final = 253
MAX_PORT_NAME: Final = 15

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def network(text: str) -> IPNetwork | None:
    """The network that `text` names, host bits dropped, or None where the API server would refuse it.

    IPv4-mapped IPv6 (`::ffff:0:0/96`) is refused as the API server's CEL library does; so is an address without `/n`.
    """
    address, slash, prefix = text.partition("/")
    if not slash or not re.fullmatch("0|[1-9][0-9]{0,2}", prefix) or "%" in address:
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


def _is_range(text: str) -> bool:
    """Whether `text` names a network by its first address, as a new NetworkPolicy must (KEP-4858; seen on 1.37)."""
    found = network(text)
    return found is not None and found.network_address == ipaddress.ip_address(text.partition("/")[0])


def _is_port(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_PORT_NAME and re.fullmatch(PORT_NAME_PATTERN, value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


def _is_label_key(value: str) -> bool:
    return re.fullmatch(LABEL_KEY_PATTERN, value) is not None and value.find("/") <= MAX_LABEL_PREFIX


def _is_date(value: str) -> bool:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return re.fullmatch(DATE_PATTERN, value) is not None


def _date_as_text(value: object) -> object:
    """YAML readers make a date of `reviewed: 2026-11-01`; kubectl's leaves it a string."""
    is_date = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    return value.isoformat() if is_date else value  # type: ignore[attr-defined]  # the test is on the line above


DNS_LABEL_TEXT: Final = "must be a DNS label: at most 63 lower-case letters, digits and dashes, no dots"
DNS_LABEL_RULE: Final = Rule(
    DNS_LABEL_TEXT,
    f"self.matches(r'{DNS_LABEL_PATTERN}')",
    lambda self: re.fullmatch(DNS_LABEL_PATTERN, self) is not None,
)
# 10.0.0.1/8 may be meant as one address: better asked than opened.
CIDR_RULE: Final = Rule(
    "must be an address range such as 203.0.113.0/24 or 2001:db8::/32, with no bits set beyond its length",
    "isCIDR(self) && cidr(self) == cidr(self).masked()",
    _is_range,
)
LABEL_KEY_TEXT: Final = (
    "must be a label key: a name of at most 63 letters, digits, '-', '_' and '.', before it perhaps a DNS name and '/'"
)
LABEL_KEY_RULE: Final = Rule(LABEL_KEY_TEXT, f"self.indexOf('/') <= {MAX_LABEL_PREFIX}", _is_label_key)
# A structural schema has no keyword for the keys of a map; in Python LABEL_KEY_RULE sees each of them.
LABEL_KEYS_RULE: Final = Rule(
    f"each key {LABEL_KEY_TEXT}",
    f"self.all(key, key.matches(r'{LABEL_KEY_PATTERN}') && key.indexOf('/') <= {MAX_LABEL_PREFIX})",
    lambda self: all(map(_is_label_key, self)),
)
# The API server drops a null in a map unless it is nullable, and a selector with a label less selects more.
LABEL_NULL_RULE: Final = Rule(
    'each label must have a value, "" for the empty one',
    "self.all(key, type(self[key]) == string)",
    lambda self: None not in self.values(),
)
LABEL_VALUE_RULE: Final = Rule(
    "must be a label value: at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends",
    None,
    lambda self: re.fullmatch(LABEL_VALUE_PATTERN, self) is not None,
)
# To CEL the string of an int-or-string is as long as a request: names are left to the pattern.
PORT_RULE: Final = Rule(
    "must be a number from 1 to 65535, or the name of a container port: at most 15 lower-case letters, digits and"
    " single dashes, with at least one letter",
    "type(self) != int || (int(self) >= 1 && int(self) <= 65535)",
    _is_port,
)
DATE_RULE: Final = Rule("must be a date such as 2026-11-01", None, _is_date)


def _port(value: Any) -> int | str:
    if not _is_port(value):
        raise ValueError(PORT_RULE.message)
    found: int | str = value
    return found


DNSLabel = Annotated[
    str, StringConstraints(min_length=1, max_length=63), Keywords({"pattern": DNS_LABEL_PATTERN}), Ruled(DNS_LABEL_RULE)
]
PortNumber = Annotated[int, Field(ge=1, le=65535, strict=True)]
# One validator in place of a union, whose errors would name its branches.
PortNumberOrName = Annotated[
    int | str,
    PlainValidator(_port),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "maxLength": MAX_PORT_NAME,
            "pattern": PORT_NAME_PATTERN,
            VALIDATIONS: validations(PORT_RULE),
        }
    ),
]
Flag = Annotated[bool, Field(strict=True)]
# Prefix (at most 253), slash, name (at most 63).
LabelKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=317),
    Keywords({"pattern": LABEL_KEY_PATTERN}),
    Ruled(LABEL_KEY_RULE),
]
LabelValue = Annotated[
    str, StringConstraints(max_length=63), Keywords({"pattern": LABEL_VALUE_PATTERN}), Ruled(LABEL_VALUE_RULE)
]
Labels = Annotated[
    dict[LabelKey, Annotated[LabelValue, Keywords({"nullable": True})]],
    Field(max_length=MAX_LABELS),
    Ruled(LABEL_KEYS_RULE),
    Ruled(LABEL_NULL_RULE),
]
CIDRText = Annotated[str, StringConstraints(min_length=4, max_length=43), Ruled(CIDR_RULE)]
Text = Annotated[str, StringConstraints(max_length=512)]
Owner = Annotated[str, StringConstraints(max_length=253)]
Date = Annotated[
    str,
    StringConstraints(max_length=10),
    BeforeValidator(_date_as_text),
    Keywords({"pattern": DATE_PATTERN, "format": "date"}),
    Ruled(DATE_RULE),
]
