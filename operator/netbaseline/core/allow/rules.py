"""The team's own rules."""

from collections.abc import Iterator

from netbaseline.api import v1alpha1 as api
from netbaseline.core.allow.grant import Grant, peers, ports, selector
from netbaseline.core.findings import Finding
from netbaseline.core.names import role_of_rule
from netbaseline.core.netpol import Rule
from netbaseline.core.platform import Platform


def rules(spec: api.NetworkBaselineSpec, _: Platform) -> Iterator[Grant | Finding]:
    """One grant per named rule."""
    for index, incoming in enumerate(spec.allow.ingress):
        yield Grant(
            role_of_rule(incoming.name),
            f"spec.allow.ingress[{index}]",
            pods=selector(incoming.pods),
            ingress=(Rule(peers(incoming.from_), ports(incoming.ports)),),
            description=incoming.description,
            label=f"spec.allow.ingress[{incoming.name}]",
        )
    for index, outgoing in enumerate(spec.allow.egress):
        yield Grant(
            role_of_rule(outgoing.name),
            f"spec.allow.egress[{index}]",
            pods=selector(outgoing.pods),
            egress=(Rule(peers(outgoing.to), ports(outgoing.ports)),),
            description=outgoing.description,
            label=f"spec.allow.egress[{outgoing.name}]",
        )
