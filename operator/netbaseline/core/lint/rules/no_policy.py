"""NB207."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World, subject_of_namespace


def _check(world: World) -> Iterator[Found]:
    foreign = {policy.namespace for policy in world.inventory.foreign}
    for name, namespace in world.inventory.namespaces.items():
        if name in world.trusted or world.policies_in.get(name):
            continue
        if namespace.implied and not world.pods_in.get(name):
            continue
        beside = " (policies of other kinds aside)" if name in foreign or None in foreign else ""
        yield Found(
            subject_of_namespace(namespace, beside=world.pods_in.get(name, ())),
            "metadata.name",
            f"namespace {name} has no NetworkPolicy{beside}: everybody reaches its pods, and they reach everybody",
            "deny by default, for example by a NetworkBaseline; what must go on is allowed beside it",
        )


RULE = Rule(
    id="NB207",
    severity=Severity.WARNING,
    title="A namespace without any policy",
    why="Without a policy nothing is isolated: any pod of the cluster, taken over or merely curious, reaches every"
    " port of the namespace, and its pods reach the whole internet.",
    advice="Give it a default-deny with what must be allowed. kube-system, kube-public and kube-node-lease are passed"
    " over: to close those can take a cluster down.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies",),
    check=_check,
)
