"""One allowance, one file, one function: what the user wrote in, a grant or a finding out.

`IN_ORDER` is the documentation of what a baseline may allow.
"""

from netbaseline.core.allow.dns import dns
from netbaseline.core.allow.grant import Allowance, Grant
from netbaseline.core.allow.ingress_controller import ingress_controller
from netbaseline.core.allow.kube_api_server import kube_api_server
from netbaseline.core.allow.monitoring import monitoring
from netbaseline.core.allow.rules import rules
from netbaseline.core.allow.same_namespace import same_namespace

IN_ORDER: tuple[Allowance, ...] = (dns, same_namespace, ingress_controller, monitoring, kube_api_server, rules)

__all__ = ["IN_ORDER", "Allowance", "Grant"]
