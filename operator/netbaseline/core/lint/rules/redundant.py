"""NB210."""

from collections.abc import Iterator, Sequence

from netbaseline.core.contains import all_in
from netbaseline.core.inventory import Policy
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_policy
from netbaseline.core.lint.world import World
from netbaseline.core.netpol import Rules


def _check(world: World) -> Iterator[Found]:
    for policies in world.policies_in.values():
        left = list(policies)
        for policy in reversed(policies):
            if policy.baseline is not None or not (policy.spec.ingress or policy.spec.egress):
                continue  # a deny without rules is the floor that others stand on, however many stand there
            others = _covering(policy, left)
            if others:
                left.remove(policy)
                names = " and ".join(sorted(other.name for other in others))
                does = "isolates these pods and allows" if len(others) == 1 else "isolate these pods and allow"
                yield Found(
                    subject_of_policy(policy),
                    "metadata.name",
                    f"adds nothing: {names} already {does} all that it allows",
                    "remove it, or make it say what the others don't",
                )


def _covering(policy: Policy, left: Sequence[Policy]) -> tuple[Policy, ...]:
    """Policies that together do all that `policy` does; none where there are no such."""
    others = [other for other in left if other is not policy and policy.spec.pods.implies(other.spec.pods)]
    used: list[Policy] = []
    for mine, rules_of in ((policy.spec.ingress, _ingress), (policy.spec.egress, _egress)):
        if mine is None:
            continue
        isolating = [(other, theirs) for other in others if (theirs := rules_of(other)) is not None]
        if not isolating:
            return ()
        chosen = [isolating[0][0]] if not mine else []
        for rule in mine:
            found = next((other for other, theirs in isolating if all_in((rule,), theirs, policy.namespace)), None)
            if found is None:
                return ()
            chosen.append(found)
        for other in chosen:
            if other not in used:
                used.append(other)
    return tuple(used)


def _ingress(policy: Policy) -> Rules | None:
    return policy.spec.ingress


def _egress(policy: Policy) -> Rules | None:
    return policy.spec.egress


RULE = Rule(
    id="NB210",
    severity=Severity.INFO,
    title="A policy that adds nothing",
    why="Other policies of the namespace isolate the same pods and allow the same already. It costs a reader, and who"
    " narrows one of the two wonders why nothing changes.",
    advice="Remove one of them. A policy that only denies is never called redundant: it holds when the others go.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation",
    ),
    check=_check,
)
