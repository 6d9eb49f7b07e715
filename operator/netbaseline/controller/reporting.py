"""What a turn tells in the status of each baseline."""

from collections.abc import Mapping
from dataclasses import replace

from netbaseline.controller.contest import Opponent
from netbaseline.controller.memory import Memory
from netbaseline.controller.writing import Written
from netbaseline.core import findings, names
from netbaseline.core.conditions import Situation
from netbaseline.core.coverage.share import Share
from netbaseline.core.decision import Standing
from netbaseline.core.findings import Finding
from netbaseline.core.live import agrees
from netbaseline.core.status import AS_BEFORE, AsBefore, PolicyPhase, PolicyState, Report


def report(
    item: Standing,
    written: Written,
    memory: Memory,
    opponents: Mapping[str, Opponent],
    coverage: Share | AsBefore | None = AS_BEFORE,
) -> Report:
    """The report on one baseline after the writes of its turn."""
    item = _after_writing(item, written, memory, opponents)
    baseline = item.baseline
    return Report(
        generation=baseline.generation,
        situation=item.situation,
        message=item.message,
        policies=_states(item, written, memory),
        findings=item.findings,
        sources=() if item.compiled is None else item.compiled.sources,
        forecast=item.forecast,
        pending_removal=item.pending_removal,
        reconcile_at=baseline.annotations.get(names.ANNOTATION_RECONCILE_AT),
        weakened="; ".join(map(str, item.openings)) or None,
        coverage=coverage,
    )


def _after_writing(item: Standing, written: Written, memory: Memory, opponents: Mapping[str, Opponent]) -> Standing:
    """The standing, corrected by what became of the writes."""
    if item.situation not in {Situation.ENFORCED, Situation.NOT_ENFORCED, Situation.AUDITED}:
        return item
    mine = {policy.name for policy in item.wanted}
    failed = {
        name: error
        for name, error in written.failures.items()
        if name in mine or names.baseline_of(name) == item.baseline.name
    }
    unfinished = [policy.name for policy in item.wanted if not _there(policy.name, item, written)]
    if failed or (written.failures and unfinished):
        name, error = next(iter((failed or written.failures).items()))
        going = bool(failed) and name not in mine and name in written.current
        done = "removed" if going else "written"
        what = f"NetworkPolicy {name} could not be {done}" if name else "the policies could not be checked"
        return replace(item, situation=Situation.RETRYING, message=f"{what}, retrying: {error}")
    if item.situation is Situation.AUDITED:
        return item
    fought = [opponents[name] for name in sorted(mine & set(opponents))]
    if fought:
        return replace(item, situation=Situation.TUG_OF_WAR, message=_fought(fought[0], item.baseline.namespace))
    return _stubborn(item, [name for name in unfinished if name in memory.stubborn], written)


def _stubborn(item: Standing, stubborn: list[str], written: Written) -> Standing:
    """The standing, if some policies aren't as they were applied although the API server took them."""
    if not stubborn:
        return item
    what = (
        f"NetworkPolicy {stubborn[0]} is not as it was applied although the API server accepted it; an admission"
        " webhook changes it, or another field manager holds metadata of ours"
    )
    if any(policy.name in stubborn and written.current[policy.name].spec != policy.spec for policy in item.wanted):
        return replace(item, situation=Situation.NOT_AS_DECLARED, message=what)
    return replace(item, findings=(*item.findings, Finding(findings.NOT_AS_DECLARED, "", what)))


def _fought(opponent: Opponent, namespace: str) -> str:
    by = f"field manager {opponent.writer}" if opponent.writer else "somebody"
    return (
        f"{by} keeps changing NetworkPolicy {opponent.policy} back; it is healed more and more slowly until that ends."
        f" Find out who writes it (kubectl get netpol {opponent.policy} -n {namespace} -o yaml --show-managed-fields)"
        " and stop one of the two"
    )


def _there(name: str, item: Standing, written: Written) -> bool:
    there = written.current.get(name)
    return there is not None and any(agrees(there, policy) for policy in item.wanted if policy.name == name)


def _states(item: Standing, written: Written, memory: Memory) -> tuple[PolicyState, ...]:
    if item.compiled is None:
        # Invalid for now: what was written before stays, and stays listed.
        return tuple(
            PolicyState(old["name"], PolicyPhase(old["state"]), old.get("digest", ""), old.get("message", ""))
            for old in item.baseline.status.get("policies") or ()
        )
    if item.situation is Situation.AUDITED:
        return ()
    taken = {conflict.name for conflict in item.conflicts}
    found = []
    for policy in item.wanted:
        phase = PolicyPhase.APPLIED if _there(policy.name, item, written) else PolicyPhase.PENDING
        message = ""
        if policy.name in taken:
            phase, message = PolicyPhase.CONFLICT, "exists and isn't ours"
        elif policy.name in written.failures:
            phase, message = PolicyPhase.FAILED, str(written.failures[policy.name])
        found.append(PolicyState(policy.name, phase, memory.programmed.get(policy.name, ""), message))
    return tuple(found)
