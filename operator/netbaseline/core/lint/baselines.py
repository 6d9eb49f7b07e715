"""What other NetworkBaselines of a namespace deny, which decides whether a rule counts."""

from netbaseline.api.v1alpha1 import Mode
from netbaseline.core.compile import Denial, denial
from netbaseline.core.inventory import Baseline
from netbaseline.core.lint.world import World


def denials_beside(world: World, item: Baseline) -> tuple[Denial, ...]:
    """The denials of the other enforced baselines of its namespace."""
    return tuple(
        denial(other.baseline.spec)
        for other in world.inventory.baselines
        if other is not item and other.namespace == item.namespace and other.baseline.spec.mode is Mode.ENFORCE
    )
