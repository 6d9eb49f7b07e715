"""The covered pods may talk to each other."""

from collections.abc import Iterator

from netbaseline.api import v1alpha1 as api
from netbaseline.core.allow.grant import Grant, selector
from netbaseline.core.findings import Finding
from netbaseline.core.names import ROLE_SAME_NAMESPACE
from netbaseline.core.netpol import Peer, Rule
from netbaseline.core.platform import Platform


def same_namespace(spec: api.NetworkBaselineSpec, _: Platform) -> Iterator[Grant | Finding]:
    """Both ends need it: egress of one covered pod and ingress of the other."""
    if spec.allow.same_namespace is None:
        return
    covered = (Rule(peers=(Peer(pods=selector(spec.pod_selector)),)),)
    yield Grant(ROLE_SAME_NAMESPACE, "spec.allow.sameNamespace", ingress=covered, egress=covered)
