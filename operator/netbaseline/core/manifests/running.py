"""Which pods there are: live ones for themselves, templates for workloads whose pods aren't there."""

from collections.abc import Sequence
from dataclasses import dataclass

from netbaseline.core.inventory import Origin, Pod, Workload
from netbaseline.core.manifests.given import Given, Remark
from netbaseline.core.manifests.owners import CyclicOwners, Owner, Owners
from netbaseline.core.manifests.pods import Facts
from netbaseline.core.manifests.workloads import HANDED_ON


@dataclass(frozen=True, slots=True)
class Found:
    """A pod, or a workload with what its template says. `finished` and `scaled_down` are of workloads."""

    namespace: str
    name: str
    kind: str
    controller: Owner | None
    facts: Facts
    origin: Origin
    document: int | None = None
    scaled_down: bool = False
    finished: bool = False

    @property
    def is_pod(self) -> bool:
        return self.kind == "Pod"


def pods_of(found: Sequence[Found]) -> tuple[list[Pod], list[Remark]]:
    """In the order of the input. Each workload has either its live pods or one template, that of its topmost owner.

    A pod on its way out doesn't stand for its workload, so the template stays beside it; a pod that has ended (phase
    Succeeded or Failed) is none any more, and a Job that has ended makes none.
    """
    owners = Owners()
    for item in found:
        if not item.is_pod:
            owners.add(item.namespace, (item.kind, item.name), item.controller if item.kind in HANDED_ON else None)
    problems: list[Remark] = []
    placed = [(item, _workload(item, owners, problems)) for item in found if not (item.facts.finished or item.finished)]
    alive = {workload for item, workload in placed if item.is_pod and not item.facts.terminating}
    templates = _templates(placed)
    return [
        _pod(item, workload)
        for item, workload in placed
        if item.is_pod or (workload not in alive and templates[workload] is item)
    ], problems


def _workload(item: Found, owners: Owners, problems: list[Remark]) -> Workload:
    try:
        if item.is_pod:
            return owners.of_pod(item.namespace, item.name, item.controller, item.facts.labels)
        return owners.of_workload(item.namespace, (item.kind, item.name))
    except CyclicOwners as error:
        given = Given(
            {"kind": item.kind, "metadata": {"namespace": item.namespace, "name": item.name}},
            item.origin,
            item.document,
        )
        problems.append(Remark(f"{error}; it is taken for a workload of its own", given, "metadata.ownerReferences"))
        return Workload(item.namespace, item.name, item.kind)


def _templates(placed: Sequence[tuple[Found, Workload]]) -> dict[Workload, Found]:
    """One template a workload: its own, else that of a ReplicaSet or Job below it that isn't scaled down."""
    chosen: dict[Workload, Found] = {}
    for item, workload in placed:
        if not item.is_pod:
            best = chosen.get(workload)
            if best is None or _rank(item, workload) > _rank(best, workload):
                chosen[workload] = item
    return chosen


def _rank(item: Found, workload: Workload) -> tuple[bool, bool]:
    return (item.kind, item.name) == (workload.kind, workload.name), not item.scaled_down


def _pod(item: Found, workload: Workload) -> Pod:
    facts = item.facts
    return Pod(
        namespace=item.namespace,
        name=item.name,
        labels=facts.labels,
        workload=workload,
        ips=facts.ips,
        ports=facts.ports,
        host_network=facts.host_network,
        host_ips=facts.host_ips,
        template=not item.is_pod,
        terminating=facts.terminating,
        origin=item.origin,
    )
