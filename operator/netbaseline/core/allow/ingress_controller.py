"""The front door: ingress controllers to the pods behind them."""

from collections.abc import Iterator

from netbaseline.api import v1alpha1 as api
from netbaseline.core.allow.front_door import front_door
from netbaseline.core.allow.grant import Grant
from netbaseline.core.findings import Finding
from netbaseline.core.names import ROLE_INGRESS_CONTROLLER
from netbaseline.core.platform import Platform


def ingress_controller(spec: api.NetworkBaselineSpec, _: Platform) -> Iterator[Grant | Finding]:
    """Ingress from the ingress controllers to the pods and ports that the baseline names."""
    asked = spec.allow.ingress_controller
    if asked is not None:
        yield front_door(ROLE_INGRESS_CONTROLLER, "spec.allow.ingressController", asked)
