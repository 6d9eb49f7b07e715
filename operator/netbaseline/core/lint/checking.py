"""All rules over an inventory, less what is suppressed."""

from collections.abc import Iterable, Iterator, Sequence

from netbaseline.core.lint.finding import Finding, Found
from netbaseline.core.lint.registry import BY_ID
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.suppressions import NO_REASON, NOTHING_TO_SUPPRESS, UNKNOWN_ID, Suppression
from netbaseline.core.lint.world import World


def check(world: World, rules: Sequence[Rule], suppressions: Iterable[Suppression] = ()) -> tuple[Finding, ...]:
    """What `rules` find and nobody keeps on purpose, sorted by file, line and id."""
    given = tuple(suppressions)
    found: list[Finding] = []
    used: set[tuple[Suppression, str]] = set()
    for rule in rules:
        for item in rule.check(world):
            finding = _finding(rule, item)
            covering = [
                (kept, rule.id) for kept in given if kept.covers(rule.id, finding.file, finding.line, item.subject)
            ]
            used.update(covering)
            if not covering:
                found.append(finding)
    judged = {rule.id for rule in rules}
    found += [finding for kept in given for finding in _about(kept, judged, used) if finding.id in judged]
    return tuple(sorted(found, key=lambda item: (item.file, item.line or 0, item.id, item.object, item.message)))


def _finding(rule: Rule, found: Found) -> Finding:
    origin = found.subject.origin
    line = None if origin is None else origin.line(found.path)
    return Finding(
        rule.id,
        found.severity or rule.severity,
        str(found.subject),
        "" if origin is None or line is None else origin.source,
        line,
        found.message,
        found.hint,
        found,
    )


def _about(kept: Suppression, judged: set[str], used: set[tuple[Suppression, str]]) -> Iterator[Finding]:
    """What is wrong with a suppression. One of a rule that didn't run may be needed for all we know."""
    if not kept.counts:
        what = "names no rule" if not kept.ids else f"of {', '.join(kept.ids)} gives no reason"
        yield _of(NO_REASON, kept, f"this suppression {what}, so it doesn't count")
    for rule in kept.ids:
        if rule not in BY_ID:
            yield _of(UNKNOWN_ID, kept, f"there is no rule {rule}")
        elif kept.counts and rule in judged and (kept, rule) not in used:
            yield _of(NOTHING_TO_SUPPRESS, kept, f"nothing to suppress here: {rule} finds nothing")


def _of(rule: Rule, kept: Suppression, message: str) -> Finding:
    about = "comment" if kept.subject is None else str(kept.subject)
    found = None if kept.subject is None else Found(kept.subject, "", message, rule.advice)
    return Finding(rule.id, rule.severity, about, kept.file, kept.line, message, rule.advice, found)
