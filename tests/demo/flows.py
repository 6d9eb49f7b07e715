"""Judges the moments between two states: which flows would pass after each single write, by the project's evaluator."""

from collections.abc import Iterable

from netbaseline.core.names import policy_name
from netbaseline.core.netpol import spec_from_manifest
from netbaseline.core.verdict import Applied, Endpoint, Flow, decide
from tests.demo.recorder import Change
from tests.demo.report import Transition

SHOP = "demo-shop"
_FRONTEND = Endpoint(SHOP, {"app": "frontend", "tier": "frontend"}, ips=("10.0.0.1",))
_BACKEND = Endpoint(SHOP, {"app": "backend"}, ips=("10.0.0.2",))
_DNS = Endpoint("kube-system", {"k8s-app": "kube-dns"}, ips=("10.0.0.3",))
_CONTROLLER = Endpoint("ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"}, ips=("10.0.0.4",))
_PROVIDER = Endpoint(None, ips=("203.0.113.10",))

MUST_GO_ON = {
    "frontend to backend:8080": Flow(_FRONTEND, _BACKEND, 8080),
    "frontend to DNS": Flow(_FRONTEND, _DNS, 53, "UDP"),
    "ingress-nginx to frontend:443": Flow(_CONTROLLER, _FRONTEND, 443),
    "frontend to payment provider": Flow(_FRONTEND, _PROVIDER, 443),
}
"""What `manifests/shop.yaml` allows, all of which passed while there was no policy."""


def judge(changes: Iterable[Change]) -> Transition:
    """Replay the changes of the shop's policies, from none, and count denials of what must go on."""
    state: dict[str, Applied] = {}
    writes: list[str] = []
    cuts = 0
    for change in changes:
        if change.type == "DELETED":
            state.pop(change.name, None)
        else:
            state[change.name] = Applied(SHOP, change.name, spec_from_manifest(change.object["spec"]))
        sign = {"ADDED": "+", "MODIFIED": "~", "DELETED": "-"}[change.type]
        writes.append(f"{sign}{change.name.removeprefix(policy_name('default', ''))}")
        cuts += sum(not decide(state.values(), flow).allowed for flow in MUST_GO_ON.values())
    return Transition(SHOP, tuple(writes), tuple(MUST_GO_ON), cuts)
