"""Ingress from what scrapes metrics."""

from collections.abc import Iterator

from netbaseline.api import v1alpha1 as api
from netbaseline.core.allow.front_door import front_door
from netbaseline.core.allow.grant import Grant
from netbaseline.core.findings import Finding
from netbaseline.core.names import ROLE_MONITORING
from netbaseline.core.platform import Platform


def monitoring(spec: api.NetworkBaselineSpec, _: Platform) -> Iterator[Grant | Finding]:
    """Ingress from the scrapers to the pods and ports that the baseline names."""
    asked = spec.allow.monitoring
    if asked is not None:
        yield front_door(ROLE_MONITORING, "spec.allow.monitoring", asked)
