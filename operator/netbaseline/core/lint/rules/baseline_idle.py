"""NB501."""

from collections.abc import Iterator

from netbaseline.core.compile import compile_baseline
from netbaseline.core.findings import RULE_IDLE
from netbaseline.core.lint.baselines import denials_beside
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_baseline
from netbaseline.core.lint.world import World
from netbaseline.core.platform import Platform


def _check(world: World) -> Iterator[Found]:
    for item in world.inventory.baselines:
        compiled = compile_baseline(item.baseline, Platform(), denials_beside(world, item))
        for finding in compiled.findings:
            if finding.id == RULE_IDLE:
                hint = "a rule counts only where its direction is denied for its pods"
                yield Found(subject_of_baseline(item), finding.path, finding.message, hint)


RULE = Rule(
    id="NB501",
    severity=Severity.WARNING,
    title="A rule of a NetworkBaseline that does nothing",
    why="An allowance in a direction that the baseline doesn't deny would itself isolate the pods, so it is left out:"
    " what it names is open anyway, together with everything else. Likewise a rule for pods that the baseline doesn't"
    " cover.",
    advice="Add the direction to spec.defaultDeny, or remove the rule.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation",
    ),
    check=_check,
)
