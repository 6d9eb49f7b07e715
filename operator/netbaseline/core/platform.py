"""What the cluster provides, as far as compiling a baseline needs it."""

from dataclasses import dataclass, field

from netbaseline.core.cni import Enforcement


@dataclass(frozen=True, slots=True, order=True)
class ServerAddress:
    """One endpoint of the API server: the address that packets go to, behind the `kubernetes` Service."""

    ip: str
    port: int


@dataclass(frozen=True, slots=True)
class Platform:
    """Facts that baselines refer to without naming them; empty where nothing has been found."""

    api_servers: tuple[ServerAddress, ...] = ()
    enforcement: Enforcement = field(default_factory=Enforcement)
