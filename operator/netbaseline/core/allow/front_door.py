"""What ingress controllers and scrapers have in common: somebody of the platform who comes in on known ports."""

from netbaseline.api import v1alpha1 as api
from netbaseline.core.allow.grant import Grant, peers, ports, selector
from netbaseline.core.findings import NOTHING_DISCOVERED, Finding
from netbaseline.core.netpol import Rule


def front_door(
    role: str, part: str, asked: api.IngressControllerAllowance | api.MonitoringAllowance
) -> Grant | Finding:
    """A grant where peers and ports are named. What is left out opens nothing, never all in silence."""
    missing = [name for name, value in (("from", asked.from_), ("ports", asked.ports)) if value is None]
    if asked.from_ is None or asked.ports is None:
        return Finding(
            NOTHING_DISCOVERED,
            part,
            f"nothing is known to fill in `{'` and `'.join(missing)}`, so nothing was opened; name"
            f" {'them' if len(missing) > 1 else 'it'} in the baseline",
        )
    rule = Rule(peers=peers(asked.from_), ports=ports(asked.ports))
    return Grant(role, part, pods=selector(asked.pods), ingress=(rule,))
