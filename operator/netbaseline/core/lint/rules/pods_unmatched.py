"""NB101."""

from collections.abc import Iterator

from netbaseline.core.allow.grant import selector
from netbaseline.core.lint.finding import Found, Severity, doubted
from netbaseline.core.lint.nearest import advice, shown_all
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import Side, subject_of_baseline, subject_of_policy
from netbaseline.core.lint.world import World
from netbaseline.core.selectors import Selector, satisfiable


def _check(world: World) -> Iterator[Found]:
    for found in _found(world):
        yield doubted(found, world.doubt([found.subject.namespace or ""]))


def _found(world: World) -> Iterator[Found]:
    for policy in world.written:
        hint = _unmatched(world, policy.namespace, policy.spec.pods)
        if hint is not None:
            told = f"selects no pod of namespace {policy.namespace}: {shown_all(policy.spec.pods)}"
            yield Found(subject_of_policy(policy), "spec.podSelector", told, hint)
    for item in world.inventory.baselines:
        covered = selector(item.baseline.spec.pod_selector)
        hint = _unmatched(world, item.namespace, covered)
        if hint is not None:
            told = f"covers no pod of namespace {item.namespace}: {shown_all(covered)}"
            yield Found(subject_of_baseline(item), "spec.podSelector", told, hint)
            continue
        for side in world.sides:
            if side.subject == subject_of_baseline(item):
                yield from _of_side(world, side)


def _of_side(world: World, side: Side) -> Iterator[Found]:
    hint = _unmatched(world, side.namespace, side.pods)
    if hint is not None:
        told = f"this rule is for no pod of namespace {side.namespace}: {shown_all(side.pods)}"
        yield Found(side.subject, f"{side.path}.pods", told, hint)


def _unmatched(world: World, namespace: str, chosen: Selector) -> str | None:
    pods = world.pods_in.get(namespace)
    if not pods or not satisfiable(chosen) or world.pods(namespace, chosen):
        return None
    return advice(chosen, (pod.labels for pod in pods), "pods")


RULE = Rule(
    id="NB101",
    severity=Severity.WARNING,
    title="The policy selects no pod",
    why="A policy that selects nothing protects nothing, and nobody is told: the API server accepts any label. Most"
    " often a label was misspelt, or renamed in the workload and not in the policy, and the pods that it was written"
    " for are open.",
    advice="Use a label that the pods have: those of the template of a Deployment, not those of the Deployment itself."
    " Nothing is said about a namespace of which the input has no pods.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource",),
    check=_check,
)
