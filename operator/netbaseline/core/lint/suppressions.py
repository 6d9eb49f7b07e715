"""Findings that somebody has looked at and keeps, with the reason beside them.

A comment speaks for its own line, or where it stands alone for the next one that is no comment; an annotation speaks
for its object. One without a reason doesn't count, and one that nothing needs is itself a finding: both would otherwise
hide what comes later.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netbaseline.core.inventory import Inventory
from netbaseline.core.lint.finding import Found, Severity, Subject
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_baseline, subject_of_policy
from netbaseline.core.names import ANNOTATION_LINT_IGNORE

_COMMENT = re.compile(r"(?:^|\s)#\s*netbaseline:\s*ignore\b(?P<rest>.*)$")
_IDS = re.compile(r"^\s*(?P<ids>NB\d+(?:\s*,\s*NB\d+)*)(?:\s+because\s+(?P<reason>\S.*))?\s*$")
_ENTRY = re.compile(r"^\s*(?P<ids>NB\d+(?:\s*,\s*NB\d+)*)\s*(?::\s*(?P<reason>.*?))?\s*$")


@dataclass(frozen=True, slots=True)
class Suppression:
    """`line` is where it is written; `target` the line it speaks for, or None where it speaks for `subject`."""

    file: str
    line: int | None
    target: int | None
    subject: Subject | None
    ids: tuple[str, ...]
    reason: str

    @property
    def counts(self) -> bool:
        return bool(self.ids and self.reason)

    def covers(self, rule: str, file: str, line: int | None, subject: Subject) -> bool:
        """Whether it is about a finding of this rule at this place."""
        if not self.counts or rule not in self.ids:
            return False
        return self.subject == subject if self.target is None else (self.file, self.target) == (file, line)


def in_comments(file: str, text: str, first: int = 1) -> Iterator[Suppression]:
    """Suppressions in the comments of a text that starts at line `first` of a file."""
    if "netbaseline:" not in text:
        return
    lines = text.splitlines()
    for index, line in enumerate(lines):
        comment = _COMMENT.search(line)
        if comment is None:
            continue
        target = index
        while target < len(lines) and lines[target].lstrip().startswith("#"):
            target += 1
        ids, reason = _read(_IDS.match(comment["rest"]))
        yield Suppression(file, index + first, target + first, None, ids, reason)


def in_annotations(inventory: Inventory) -> Iterator[Suppression]:
    """Suppressions in the annotations of policies and baselines: `NB105: reason`, several by `;` or line by line."""
    annotated = [(subject_of_policy(item), item.annotations) for item in inventory.policies if item.baseline is None]
    annotated += [(subject_of_baseline(item), item.baseline.metadata.annotations) for item in inventory.baselines]
    for subject, annotations in annotated:
        for entry in re.split(r"[;\n]", annotations.get(ANNOTATION_LINT_IGNORE, "")):
            if not entry.strip():
                continue
            origin = subject.origin
            line = None if origin is None else origin.line(f"metadata.annotations.{ANNOTATION_LINT_IGNORE}")
            ids, reason = _read(_ENTRY.match(entry))
            yield Suppression("" if origin is None or line is None else origin.source, line, None, subject, ids, reason)


def _read(match: re.Match[str] | None) -> tuple[tuple[str, ...], str]:
    if match is None:
        return (), ""
    return tuple(re.split(r"\s*,\s*", match["ids"])), (match["reason"] or "").strip()


def _nothing(_: object) -> Iterable[Found]:
    """What is wrong with a suppression shows only once all else is found."""
    return ()


NO_REASON = Rule(
    id="NB901",
    severity=Severity.WARNING,
    title="A suppression without a reason",
    why="Whoever comes next can't tell a decision from a nuisance that was silenced. Such a suppression doesn't count.",
    advice="Write `# netbaseline: ignore NB105 because REASON`, or the annotation"
    f' `{ANNOTATION_LINT_IGNORE}: "NB105: REASON"`.',
    sources=(),
    check=_nothing,
)
NOTHING_TO_SUPPRESS = Rule(
    id="NB902",
    severity=Severity.WARNING,
    title="A suppression that suppresses nothing",
    why="What it was for has gone, or it stands at the wrong line. Left there it would hide the next mistake of its"
    " kind.",
    advice="Remove it, or move it to the line of the finding or the line above.",
    sources=(),
    check=_nothing,
)
UNKNOWN_ID = Rule(
    id="NB903",
    severity=Severity.WARNING,
    title="A suppression of a rule that doesn't exist",
    why="An id with a slip in it suppresses nothing, or something else some day.",
    advice="`netbaseline lint --list-rules` lists the ids.",
    sources=(),
    check=_nothing,
)
