"""What the demo saw, as values for the screen to show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BaselineSeen:
    """One baseline, and how long after the API server took it its status said so."""

    called: str
    mode: str
    ready: str
    reason: str
    policies: str
    milliseconds: float


@dataclass(frozen=True)
class Transition:
    """The writes that closed a namespace, in the API server's order, and the flows judged after each."""

    namespace: str
    writes: tuple[str, ...]
    """`+name` and `-name`."""
    flows: tuple[str, ...]
    """Flows that were possible before, and that the baseline allows."""
    cuts: int
    """How often one of them was denied after a write."""


@dataclass(frozen=True)
class Healed:
    """Something done to a policy by hand, and how long a watch saw it so."""

    what: str
    milliseconds: float


@dataclass(frozen=True)
class Report:
    """Everything that goes on the screen."""

    place: str
    kubernetes: str
    pods: int
    baselines: tuple[BaselineSeen, ...]
    transition: Transition
    healed: tuple[Healed, ...]
    event: str
    name_taken: str
    foreign_untouched: bool
    forecast: tuple[str, ...]
    audit_wrote_nothing: bool
    metrics: tuple[tuple[str, float, float], ...]
    """Name with labels, before and after."""
