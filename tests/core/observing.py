"""Observations of a namespace, put together by hand."""

from collections.abc import Mapping
from typing import Any

from netbaseline.api.errors import Problem
from netbaseline.core.compile import Denial, compile_baseline
from netbaseline.core.decision import Baseline, Decision, Observation, Standing
from netbaseline.core.live import Live
from netbaseline.core.netpol import Policy
from netbaseline.core.platform import Platform
from tests.core.baselines import PLATFORM, baseline
from tests.core.objects import live
from tests.core.strategies import NAMESPACE

Json = dict[str, Any]


def seen(spec: Json | None = None, name: str = "default", **how: Any) -> Baseline:
    """A baseline as observed; its UID is `uid of NAME` unless told. `spec` None: a spec that makes no sense."""
    how.setdefault("uid", f"uid of {name}")
    if spec is None:
        problem = Problem("spec.allow", "must be an object")
        return Baseline(NAMESPACE, name, generation=1, parsed=None, problems=(problem,), **how)
    return Baseline(NAMESPACE, name, generation=1, parsed=baseline(spec, name, uid=how["uid"]), **how)


def wanted(item: Baseline, *others: Denial) -> list[Policy]:
    """What a baseline compiles to."""
    assert item.parsed is not None
    return list(compile_baseline(item.parsed, PLATFORM, others).policies)


def standing_policies(*items: Baseline) -> dict[str, Live]:
    """The policies of baselines as they stand after their turns."""
    return {policy.name: live(policy) for item in items for policy in wanted(item)}


def observation(
    *baselines: Baseline,
    there: Mapping[str, Live] | None = None,
    platform: Platform = PLATFORM,
    programmed: Mapping[str, str] | None = None,
    removal_limit: int = 20,
) -> Observation:
    return Observation(NAMESPACE, baselines, there or {}, platform, programmed or {}, {}, removal_limit)


def standing(decision: Decision, name: str = "default") -> Standing:
    (found,) = [item for item in decision.standings if item.baseline.name == name]
    return found


def writes(decision: Decision) -> dict[str, list[str]]:
    """Names of what is created, updated and deleted, empty lists left out."""
    plan = decision.plan
    found = {
        "create": [policy.name for policy in plan.create],
        "update": [policy.name for policy, _ in plan.update],
        "delete": [there.name for there in plan.delete],
    }
    return {kind: names for kind, names in found.items() if names}
