"""NB211."""

from collections.abc import Iterator

from netbaseline.core import names
from netbaseline.core.allow.dns import DEFAULT, NODE_LOCAL_DNS_PODS
from netbaseline.core.inventory import Baseline, Pod
from netbaseline.core.lint.dns import dns_service, serves_names
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_baseline
from netbaseline.core.lint.world import World

KUBE_SYSTEM = "kube-system"
HINT = "name where DNS answers in spec.allow.dns.to; it replaces the default, so repeat of that what is needed"


def _check(world: World) -> Iterator[Found]:
    told = _nobody(world) or _at_the_service(world)
    if told is None:
        return
    for item in world.inventory.baselines:
        dns = item.baseline.spec.allow.dns
        if "Egress" in item.baseline.spec.default_deny and dns.enabled and dns.to is None and not _allowed(world, item):
            yield Found(subject_of_baseline(item), "spec.allow.dns", told, HINT)


def _nobody(world: World) -> str | None:
    """What there is to say where the default reaches no pod that serves names."""
    reached = _reached(world)
    service = dns_service(world)
    serving = () if service is None or service.selector is None else world.pods(service.namespace, service.selector)
    if serving:
        if any(pod is other for pod in serving for other in reached):
            return None
        who = serving[0].workload
        return f"DNS is served by {who}, which the default doesn't allow: these pods can't look up any name"
    if reached or not world.complete or not world.pods_in.get(KUBE_SYSTEM):
        return None
    return (
        "no pod of kube-system has k8s-app=kube-dns or node-local-dns, where the default expects DNS: unless it answers"
        " at 169.254.20.10, these pods can't look up any name"
    )


def _at_the_service(world: World) -> str | None:
    """What there is to say where a cache on the nodes may answer in place of the pods behind the Service."""
    service = dns_service(world)
    cache = world.peer_pods(NODE_LOCAL_DNS_PODS, KUBE_SYSTEM)
    if service is None or not service.cluster_ips or not any(pod.host_network for pod in cache):
        return None
    return (
        "NodeLocal DNSCache runs in the nodes' network: where kube-proxy uses iptables it also answers at"
        f" {service.cluster_ips[0]}, the address of Service {service.namespace}/{service.name}, which the default"
        " doesn't allow"
    )


def _reached(world: World) -> tuple[Pod, ...]:
    return tuple(pod for peer in DEFAULT if peer.block is None for pod in world.peer_pods(peer, KUBE_SYSTEM))


def _allowed(world: World, item: Baseline) -> bool:
    """Whether anything but the default lets pods of the namespace look up names."""
    default = names.policy_name(item.name, names.ROLE_DNS)
    return any(
        serves_names(world, policy.spec.egress or ())
        for policy in world.policies_in.get(item.namespace, ())
        if not (policy.baseline == item.name and policy.name == default)
    )


RULE = Rule(
    id="NB211",
    severity=Severity.WARNING,
    title="DNS isn't where a NetworkBaseline allows it by default",
    why="Left out, allow.dns.to means the pods k8s-app=kube-dns and node-local-dns of kube-system, and 169.254.20.10."
    " On OpenShift, with GKE's Cloud DNS, in EKS Auto Mode and where NodeLocal DNSCache takes over the address of the"
    " DNS Service, names are looked up elsewhere, and with egress denied every lookup fails.",
    advice="Name in allow.dns.to where DNS answers: the server in /etc/resolv.conf of a pod, or the pods behind it."
    " Something is said only where the input has the pods behind a DNS Service, or is a whole cluster. A cache that"
    " isn't made of pods (AKS LocalDNS) can't be seen.",
    sources=("https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/",),
    check=_check,
)
