"""What rules find, and how a fix is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from netbaseline.core.inventory import Origin


class Severity(StrEnum):
    """How much it matters, worst first."""

    ERROR = "error"
    """Refused by the API server, or without any effect: certainly not what was meant."""
    WARNING = "warning"
    """Very likely not what was meant."""
    INFO = "info"
    """Worth knowing."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Subject:
    """The object that a finding is about."""

    kind: str
    namespace: str | None
    name: str
    origin: Origin | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class InsertKey:
    """A fix: `key: value` as a further key of the mapping at `path`, after the key `after` where that is there."""

    path: str
    key: str
    value: tuple[str, ...]
    after: str


@dataclass(frozen=True, slots=True)
class RenameLabel:
    """A fix: the label key `old` of the label selector at `path`, however it is asked for, becomes `key`."""

    path: str
    old: str
    key: str


@dataclass(frozen=True, slots=True)
class RepeatItem:
    """A fix: the list item at `path` once more behind itself, with the words in `changes` exchanged."""

    path: str
    changes: Mapping[str, str]


Fix = InsertKey | RenameLabel | RepeatItem


@dataclass(frozen=True, slots=True)
class Found:
    """One place where a rule doesn't hold. `path` is the field, empty for the object as a whole."""

    subject: Subject
    path: str
    message: str
    hint: str
    severity: Severity | None = None
    """Where it is less than the rule's own."""
    fix: Fix | None = None


def doubted(found: Found, doubt: str | None) -> Found:
    """The same as no more than an info, where there is a reason to doubt it."""
    if doubt is None:
        return found
    return replace(found, severity=Severity.INFO, hint=f"{doubt}; if not so: {found.hint}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is reported. `file` is empty and `line` None where the object came from no file."""

    id: str
    severity: Severity
    object: str
    file: str
    line: int | None
    message: str
    hint: str
    found: Found | None = field(default=None, compare=False, repr=False)

    @property
    def namespace(self) -> str | None:
        """The namespace that it is about."""
        if self.found is None:
            return None
        subject = self.found.subject
        return subject.name if subject.kind == "Namespace" else subject.namespace

    @property
    def fixable(self) -> bool:
        """Whether there is a fix that is safe."""
        return self.found is not None and self.found.fix is not None

    def wire(self) -> dict[str, str | int | None]:
        """As the JSON output has it."""
        return {
            "id": self.id,
            "severity": self.severity.value,
            "object": self.object,
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "hint": self.hint,
        }
