"""What a plain scalar of YAML means: as the API server's reader has it, which is that of YAML 1.1 with exceptions.

No dates and no base-60 numbers (`22:22`), but `1e3` is a number: go-yaml v2's resolver, which sigs.k8s.io/yaml uses.
"""

import re
from functools import lru_cache
from math import isinf

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {form for word in ("true", "yes", "on") for form in (word, word.title(), word.upper())}
_FALSE = {form for word in ("false", "no", "off") for form in (word, word.title(), word.upper())}
_FIRST_OF_NUMBERS = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MAX_DIGITS = 64

Scalar = str | int | float | bool | None


@lru_cache(maxsize=1 << 16)
def plain(text: str) -> Scalar:
    """The value of an unquoted scalar; equal texts share one. Raises ValueError for a number that none can be."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text[0] not in _FIRST_OF_NUMBERS:
        return text
    return _number(text)


def _number(text: str) -> Scalar:
    if _INTEGER.fullmatch(text):
        return integer(text)
    if _FLOAT.fullmatch(text):
        return _decimal(text)
    return float(text.replace(".", "", 1)) if _NOT_FINITE.fullmatch(text) else text


def integer(text: str) -> int:
    """Octal where it starts with 0, as in YAML 1.1. Raises ValueError."""
    digits = text.replace("_", "")
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    sign, size = (-1 if digits.startswith("-") else 1), digits.lstrip("+-")
    if size.startswith("0") and size.isdecimal() and len(size) > 1:
        return sign * int(size, 8)
    return sign * int(size, 0)


def _decimal(text: str) -> int | float:
    """JSON has no 8.0: a number without a fraction is whole."""
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    found = float(text.replace("_", ""))
    if isinf(found):
        raise ValueError(f"{text} is too large a number")
    return int(found) if found.is_integer() else found


def explicit(tag: str, text: str) -> Scalar:
    """A scalar with a tag of its own, `!!str 8080`. Raises ValueError for a tag or a value that there isn't."""
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind in {"str", "timestamp"} or tag == "!":
        return text
    found = plain(text)
    fits = {
        "null": found is None,
        "bool": isinstance(found, bool),
        "int": isinstance(found, int) and not isinstance(found, bool),
        "float": isinstance(found, int | float) and not isinstance(found, bool),
    }
    if kind not in fits:
        raise ValueError(f"the tag {tag[:60]!r} is none of Kubernetes' YAML")
    if not fits[kind]:
        raise ValueError(f"{text[:60]!r} is no {kind}")
    return found
