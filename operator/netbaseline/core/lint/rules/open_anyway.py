"""NB208."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.opening import allows_all
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World, subject_of_namespace
from netbaseline.core.selectors import EVERYTHING


def _check(world: World) -> Iterator[Found]:
    for name, policies in world.policies_in.items():
        if name in world.trusted:
            continue
        why = _why(world, name)
        if why is not None:
            yield Found(
                subject_of_namespace(world.inventory.namespaces[name], beside=policies),
                "metadata.name",
                f"namespace {name} has {len(policies)} {'policy' if len(policies) == 1 else 'policies'}, and everybody"
                f" reaches every pod of it all the same: {why}",
                "deny ingress by default, and allow what must come in rule by rule",
                severity=None if world.pods_in.get(name) else Severity.INFO,
            )


def _why(world: World, name: str) -> str | None:
    """Why every pod is open; judged by the pods that are there, or by what selects all pods where none is."""
    pods = [pod for pod in world.pods_in.get(name, ()) if not pod.host_network]
    isolations = {
        frozenset(pod.labels.items()): world.isolation(name, pod.labels, ingress=True) for pod in pods
    }.values()
    if pods:
        if any(item.policies and not any(map(allows_all, item.rules)) for item in isolations):
            return None
        return "none isolates them" if not any(item.policies for item in isolations) else "one allows all ingress"
    policies = world.policies_in[name]
    if all(policy.spec.ingress is None for policy in policies):
        return "none has Ingress"
    broad = (policy for policy in policies if policy.spec.pods == EVERYTHING)
    opening = next((item.name for item in broad if any(map(allows_all, item.spec.ingress or ()))), None)
    return None if opening is None else f"{opening} allows all ingress"


RULE = Rule(
    id="NB208",
    severity=Severity.WARNING,
    title="A namespace with policies, and open all the same",
    why="Policies are counted, connectivity isn't: one that has only Egress, or one rule without `from`, leaves every"
    " pod of the namespace open, and every report that counts objects calls it covered.",
    advice="Look at who reaches what with `netbaseline connectivity`, and close by default. Without pods in the input"
    " it is an info: the other policies may be elsewhere.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies",),
    check=_check,
)
