"""A connection that was seen on the wire, whoever saw it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """One end, as far as the observer knew it. `workload` and `kind` go together; `address` may stand alone."""

    namespace: str = ""
    pod: str = ""
    workload: str = ""
    kind: str = ""
    address: str = ""

    def __str__(self) -> str:
        name = self.workload or self.pod
        return f"{self.namespace}/{name}" if self.namespace and name else self.address or "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """Who opened a connection to whom, on the port that reached it; `passed` False where it was dropped."""

    source: Party
    destination: Party
    port: int
    protocol: str
    passed: bool = True

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination} {self.port}/{self.protocol}"
