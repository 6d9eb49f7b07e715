"""What an operator process is told at its start."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Flags of `netbaseline run`; environment variables where `kopf run` starts the process (see `handlers`)."""

    namespaces: tuple[str, ...] = ()
    """Only these; empty means all."""
    host: str = "0.0.0.0"  # noqa: S104 - probes and scrapes come from outside the pod
    port: int = 8080
    leader_elect: bool = True
    lease_namespace: str = "netbaseline-system"
    lease_name: str = "netbaseline"
    identity: str = ""
    workers: int = 24
    """Namespaces that are worked on at the same time. More keep the API server no busier, and cost memory."""
    removal_limit: int = 20
    """Policies of one baseline that one turn may remove without a confirmation."""
    namespace_metrics: bool = True
    """Whether to export `namespace_coverage_ratio`, two series a namespace."""
    coverage_interval: float = 30.0
    """Seconds between two statuses of a namespace that only coverage has changed, by what others do."""
    watch_silence: float = 90.0
    """Seconds without a sign of life after which a watch is started again; bookmarks come about every 60."""
    stuck_after: float = 120.0
    """Seconds a namespace may wait for its turn, or a watch say nothing, before /healthz fails."""

    @property
    def scope(self) -> str:
        """Where it works, in words."""
        return f"the namespaces {', '.join(self.namespaces)}" if self.namespaces else "all namespaces"
