"""What comes in, and what there is to say of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import ValidationError

from netbaseline.api.errors import problems
from netbaseline.core.inventory import Origin


@dataclass(frozen=True, slots=True)
class Given:
    """One object of the input, of any shape. `document` is its position in a file of several, from 1."""

    content: object
    origin: Origin
    document: int | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to tell, with its place: the field `path` of an object, or nothing but the message."""

    message: str
    given: Given | None = None
    path: str = ""

    def __str__(self) -> str:
        """`file:line: document n: path: message`; of an object without lines, `source: kind namespace/name: …`."""
        field = f"{self.path}: " if self.path else ""
        if self.given is None:
            return f"{field}{self.message}"
        number = self.given.document
        document = "" if number is None else f"document {number}: "
        if place(self.given.origin, self.path) == self.given.origin.source:
            document = f"{called(self.given.content)}: "
        return f"{place(self.given.origin, self.path)}: {document}{field}{self.message}"


def place(origin: Origin, path: str = "") -> str:
    """`file:line`, or the source alone where it has no lines."""
    line = origin.line(path)
    return origin.source if line is None else f"{origin.source}:{line}"


_CALLED: Mapping[type, str] = {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}


def called(content: object) -> str:
    """An object by kind and name, as far as it has them; safe to print."""
    if not isinstance(content, dict):
        return _CALLED.get(type(content), "a number")
    metadata = content.get("metadata")
    names = [metadata.get("namespace"), metadata.get("name")] if isinstance(metadata, dict) else []
    return " ".join(filter(None, [shown(content.get("kind")), "/".join(shown(name) for name in names if name)]))


MAX_SHOWN = 80


def shown(value: object) -> str:
    """A kind or a name as it is, where a terminal would print it; safe to print."""
    text = value if isinstance(value, str) and value.isprintable() else repr(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


class Refused(Exception):
    """An object that can't be used, with every reason."""

    def __init__(self, *remarks: Remark) -> None:
        super().__init__("; ".join(remark.message for remark in remarks))
        self.remarks = remarks


@contextmanager
def reading(given: Given, known: tuple[str, ...] | None = None) -> Iterator[None]:
    """Turns what a model refuses into Refused, a remark for each field; `known` names fields to suggest."""
    try:
        yield
    except ValidationError as error:
        found = problems(error, known)
        raise Refused(*(Remark(item.message, given, item.path) for item in found)) from None
