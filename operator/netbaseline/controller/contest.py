"""Recognises a tug-of-war: somebody who changes a policy back as often as we heal it.

Healing at once is right the first few times. Against a controller that insists it would be two writers at full speed,
so from then on each further heal waits longer, and the baseline says with whom it is at odds.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 120.0
"""Seconds over which heals of one policy are counted."""
PATIENCE = 5
"""Heals within the window that are still put down to chance."""
LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Opponent:
    """Whom we are at odds with over which policy, and how many seconds until it is healed again (0: now)."""

    policy: str
    writer: str | None
    pause: float


class Contest:
    """The heals of one namespace."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heals: dict[str, deque[float]] = {}
        self._writers: dict[str, str] = {}

    def healed(self, policy: str) -> None:
        """A policy was put right that somebody else had changed."""
        self._heals.setdefault(policy, deque(maxlen=PATIENCE + 10)).append(self._clock())

    def against(self, policy: str, writer: str | None) -> Opponent | None:
        """The opponent, if this policy was healed too often of late; None otherwise."""
        if writer is not None:
            self._writers[policy] = writer
        now = self._clock()
        heals = self._heals.get(policy, deque())
        while heals and now - heals[0] > WINDOW:
            heals.popleft()
        if len(heals) < PATIENCE:
            if not heals:
                self._heals.pop(policy, None)
                self._writers.pop(policy, None)
            return None
        pause = min(LONGEST_PAUSE, 2.0 ** (len(heals) - PATIENCE))
        return Opponent(policy, self._writers.get(policy), max(0.0, heals[-1] + pause - now))

    def ongoing(self) -> dict[str, Opponent]:
        """Every policy that was healed too often of late, also while it is as it should be."""
        found = (self.against(policy, None) for policy in list(self._heals))
        return {opponent.policy: opponent for opponent in found if opponent is not None}
