"""NB201."""

from collections.abc import Iterator, Mapping

from netbaseline.core.inventory import Policy
from netbaseline.core.lint.finding import Found, InsertKey, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_policy
from netbaseline.core.lint.world import World


def _check(world: World) -> Iterator[Found]:
    for policy in world.written:
        written = policy.manifest.get("spec")
        spec = written if isinstance(written, Mapping) else {}
        if spec.get("policyTypes"):
            continue
        types = _in_force(policy)
        yield Found(
            subject_of_policy(policy),
            "spec.policyTypes" if "policyTypes" in spec else "spec",
            _told(types, spec),
            f"write policyTypes: [{', '.join(types)}], or the directions that are meant",
            fix=None
            if "policyTypes" in spec or spec is not written
            else InsertKey("spec", "policyTypes", types, after="podSelector"),
        )


def _in_force(policy: Policy) -> tuple[str, ...]:
    return tuple(
        name for name, rules in (("Ingress", policy.spec.ingress), ("Egress", policy.spec.egress)) if rules is not None
    )


def _told(types: tuple[str, ...], spec: Mapping[str, object]) -> str:
    told = f"policyTypes is left out, which means {' and '.join(types)} here"
    if "Egress" not in types and "egress" in spec:
        return f"{told}: the empty `egress` denies nothing"
    if "ingress" not in spec:
        return f"{told}: all ingress of these pods is denied, though no ingress is written"
    return told


RULE = Rule(
    id="NB201",
    severity=Severity.WARNING,
    title="policyTypes is left out",
    why="Without policyTypes the directions are guessed: Ingress always, Egress only where there are egress rules. So"
    " an egress policy without it also denies all ingress, one with `egress: []` denies no egress, and to remove the"
    " last egress rule opens the direction instead of closing it.",
    advice="Always write policyTypes.",
    sources=(
        "https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec",
    ),
    check=_check,
    fixes="writes out the types that the API server infers, so that nothing changes; a person checks them",
)
