"""NB401."""

from collections.abc import Iterator, Mapping

from netbaseline.core.lint.finding import Found, Severity, Subject
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_baseline, subject_of_policy
from netbaseline.core.lint.world import World
from netbaseline.core.names import ANNOTATION_DESCRIPTION, ANNOTATION_OWNER, ANNOTATION_REVIEWED

WORDS = {
    ANNOTATION_OWNER: "who owns it",
    ANNOTATION_DESCRIPTION: "what it is for",
    ANNOTATION_REVIEWED: "when it was reviewed",
}


def _check(world: World) -> Iterator[Found]:
    if len(world.written) > 1 and not any(policy.annotations.get(key) for policy in world.written for key in WORDS):
        subject = subject_of_policy(world.written[0])
        told = f"none of these {len(world.written)} policies says {_or(list(WORDS.values()))}"
        yield Found(subject, "metadata.name", told, f"annotate them: {', '.join(WORDS)}")
    else:
        for policy in world.written:
            yield from _of(subject_of_policy(policy), policy.annotations, "annotate it:", "netbaseline.dev/")
    for item in world.inventory.baselines:
        spec = item.baseline.spec
        given = {ANNOTATION_OWNER: spec.owner, ANNOTATION_DESCRIPTION: spec.description}
        yield from _of(subject_of_baseline(item), {**given, ANNOTATION_REVIEWED: spec.reviewed}, "add", "spec.")


def _of(subject: Subject, given: Mapping[str, str | None], verb: str, prefix: str) -> Iterator[Found]:
    missing = [key for key in WORDS if not given.get(key)]
    if missing:
        names = ", ".join(prefix + key.partition("/")[2] for key in missing)
        told = f"doesn't say {_or([WORDS[key] for key in missing])}"
        yield Found(subject, "metadata.name", told, f"{verb} {names}")


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


RULE = Rule(
    id="NB401",
    severity=Severity.INFO,
    title="Nobody's policy",
    why="A rule that nobody remembers is a rule that nobody dares to remove. Auditors ask for the same three things:"
    " an owner, a purpose, and a date of review (PCI DSS 4.0, 1.2.5 to 1.2.7).",
    advice="Annotate policies with netbaseline.dev/owner, netbaseline.dev/description and netbaseline.dev/reviewed; in"
    " a NetworkBaseline these are fields. Where no policy of the input has any of them, it is told once.",
    sources=("https://www.pcisecuritystandards.org/document_library/",),
    check=_check,
)
