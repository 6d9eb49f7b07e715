"""NB202."""

from collections.abc import Iterator, Mapping

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_policy
from netbaseline.core.lint.world import World


def _check(world: World) -> Iterator[Found]:
    for policy in world.written:
        spec = policy.manifest.get("spec")
        if not isinstance(spec, Mapping):
            continue
        for direction, rules in (("Ingress", policy.spec.ingress), ("Egress", policy.spec.egress)):
            key = direction.lower()
            if rules is None and spec.get(key):
                yield Found(
                    subject_of_policy(policy),
                    f"spec.{key}",
                    f"these {key} rules are not in force: policyTypes doesn't have {direction}",
                    f"add {direction} to policyTypes, after a look at what else it will deny; or remove the rules",
                )


RULE = Rule(
    id="NB202",
    severity=Severity.ERROR,
    title="Rules in a direction that policyTypes leaves out",
    why="policyTypes decides, not the rules: rules of a direction that isn't in the list do nothing at all. The"
    " direction looks closed but for a few exceptions, and is open.",
    advice="Name the direction. It then denies everything else in that direction, so see that DNS is among the rules.",
    sources=(
        "https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec",
    ),
    check=_check,
)
