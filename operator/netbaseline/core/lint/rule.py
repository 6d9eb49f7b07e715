"""What a rule is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.world import World


@dataclass(frozen=True, slots=True)
class Rule:
    """A mistake with a stable id. `why` and `advice` are for a person who has never met it; `sources` are URLs."""

    id: str
    severity: Severity
    title: str
    why: str
    advice: str
    sources: tuple[str, ...]
    check: Callable[[World], Iterable[Found]]
    fixes: str = ""
    """What `--fix` does about it; empty where only a person can tell."""
