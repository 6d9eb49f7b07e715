"""NB402."""

from collections.abc import Iterator
from datetime import date, timedelta

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_baseline, subject_of_policy
from netbaseline.core.lint.world import World
from netbaseline.core.names import ANNOTATION_REVIEWED

LONGEST = timedelta(days=365)
"""A year; PCI DSS asks for half of one, most others for one."""
MOST_SHOWN = 40
"""Characters of what is no date: an annotation may hold anything."""


def _check(world: World) -> Iterator[Found]:
    for policy in world.written:
        told = _told(policy.annotations.get(ANNOTATION_REVIEWED), world.today)
        if told is not None:
            path = f"metadata.annotations.{ANNOTATION_REVIEWED}"
            yield Found(subject_of_policy(policy), path, *told)
    for item in world.inventory.baselines:
        told = _told(item.baseline.spec.reviewed, world.today)
        if told is not None:
            yield Found(subject_of_baseline(item), "spec.reviewed", *told)


def _told(text: str | None, today: date) -> tuple[str, str] | None:
    if not text:
        return None
    try:
        when = date.fromisoformat(text)
    except ValueError:
        shown = text if text.isprintable() else repr(text)
        return f"reviewed {shown[:MOST_SHOWN]} is no date", "write one such as 2026-11-01"
    if when > today:
        return f"reviewed {text} is in the future", "write the day of the last review"
    if today - when > LONGEST:
        days = (today - when).days
        return f"last reviewed {days} days ago, on {text}", "look at it again, and write down today's date"
    return None


RULE = Rule(
    id="NB402",
    severity=Severity.WARNING,
    title="The last review is long ago",
    why="Applications change and their policies don't: after a year a rule is more likely forgotten than needed. Which"
    " pods it selects, and whether the far end still exists, only a person can confirm.",
    advice="Review it, then write the day into netbaseline.dev/reviewed or spec.reviewed. A year is allowed.",
    sources=("https://www.pcisecuritystandards.org/document_library/",),
    check=_check,
)
