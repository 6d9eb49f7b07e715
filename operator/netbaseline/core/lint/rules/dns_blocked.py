"""NB203."""

from collections.abc import Iterator

from netbaseline.core.inventory import Policy
from netbaseline.core.lint.dns import serves_names
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_baseline, subject_of_policy
from netbaseline.core.lint.world import World
from netbaseline.core.selectors import Selector, satisfiable

TOLD = "egress is denied and DNS is nowhere allowed: these pods can't look up any name"
HINT = (
    "allow 53 over UDP and TCP to pods k8s-app=kube-dns of kube-system (and 169.254.20.10 for NodeLocal DNSCache);"
    " where no names are needed, say so in a suppression"
)


def _check(world: World) -> Iterator[Found]:
    for namespace in world.policies_in:
        told: set[Selector] = set()
        for policy in sorted(_denying(world, namespace), key=lambda item: len(item.spec.pods.requirements)):
            if any(policy.spec.pods.implies(other) for other in told) or not _cut_off(world, policy):
                continue
            told.add(policy.spec.pods)
            path = "spec.egress" if "egress" in _spec(policy) else "spec"
            yield Found(subject_of_policy(policy), path, TOLD, HINT)
    for item in world.inventory.baselines:
        spec = item.baseline.spec
        if "Egress" in spec.default_deny and not spec.allow.dns.enabled:
            deny = next(
                (
                    policy
                    for policy in world.policies_in.get(item.namespace, ())
                    if policy.baseline == item.name and not policy.spec.egress and policy.spec.egress is not None
                ),
                None,
            )
            if deny is not None and _cut_off(world, deny):
                hint = "remove `enabled: false`, or allow DNS in a rule of your own"
                yield Found(subject_of_baseline(item), "spec.allow.dns.enabled", TOLD, hint)


def _denying(world: World, namespace: str) -> list[Policy]:
    return [
        policy
        for policy in world.policies_in[namespace]
        if policy.baseline is None and policy.spec.egress is not None and satisfiable(policy.spec.pods)
    ]


def _spec(policy: Policy) -> dict[str, object]:
    spec = policy.manifest.get("spec")
    return dict(spec) if isinstance(spec, dict) else {}


def _cut_off(world: World, policy: Policy) -> bool:
    """Whether some pod that the policy selects has no way to DNS.

    Without any pods in the input, a policy that may select the same pods and allows DNS is taken to select them.
    """
    if not world.pods_in.get(policy.namespace):
        return not any(
            serves_names(world, other.spec.egress)
            for other in world.policies_in[policy.namespace]
            if other.spec.egress is not None and satisfiable(other.spec.pods & policy.spec.pods)
        )
    pods = world.pods(policy.namespace, policy.spec.pods)
    seen = {frozenset(pod.labels.items()): pod for pod in pods if not pod.host_network}
    return any(
        not serves_names(world, world.isolation(policy.namespace, pod.labels, ingress=False).rules)
        for pod in seen.values()
    )


RULE = Rule(
    id="NB203",
    severity=Severity.WARNING,
    title="Egress is denied, and DNS with it",
    why="The first policy with Egress cuts everything that it doesn't allow, and names come first: applications fail"
    " with a time-out in the resolver, seldom with an error that speaks of a network.",
    advice="Give each namespace whose egress is denied a policy that allows DNS over UDP and TCP, before the denying"
    " one. A rule that allows port 53, or the port that the input's DNS Service leads to, to anybody counts as one.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",),
    check=_check,
)
