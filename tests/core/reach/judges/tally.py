"""Counts what the judges were shown, and tells it at the end of a run."""

from collections import Counter
from dataclasses import dataclass, field
from textwrap import fill

from tests.core.reach.judges.features import FEATURES, features
from tests.core.reach.judges.worlds import World

STATISTICS = "statistics of the judges"
"""The name of the property of a test that `plugin` prints."""
LEAST = 0.05


@dataclass
class Tally:
    """`excused`: connections on which a judge was wrong in the way that was foretold, by the reason."""

    judge: str
    worlds: int = 0
    connections: int = 0
    allowed: int = 0
    excused: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def world(self, world: World) -> None:
        """One more world."""
        self.worlds += 1
        self.seen.update(features(world))

    def connection(self, *, allowed: bool, excuse: str | None = None) -> None:
        """One more connection that was judged."""
        self.connections += 1
        self.allowed += allowed
        if excuse is not None:
            self.excused[excuse] += 1

    def rare(self) -> dict[str, float]:
        """The features that too few worlds have, with their share."""
        shares = {name: self.seen[name] / self.worlds for name in FEATURES}
        return {name: share for name, share in shares.items() if share < LEAST}

    def __str__(self) -> str:
        share = self.allowed / self.connections
        lines = [f"{self.judge}: {self.worlds:,} worlds, {self.connections:,} connections judged, {share:.0%} allowed"]
        lines += [f"  {count:,} set aside: {reason}" for reason, count in self.excused.items()]
        shares = sorted((self.seen[name] / self.worlds, name) for name in FEATURES)
        told = "share of the worlds with it: " + "; ".join(f"{share:.0%} {name}" for share, name in shares)
        return "\n".join([*lines, fill(told, 118, initial_indent="  ", subsequent_indent="  ")])
