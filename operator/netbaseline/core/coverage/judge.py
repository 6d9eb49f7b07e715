"""The coverage of one namespace, from that namespace's own pods and policies alone.

Nothing of any other namespace matters: a policy selects pods of its own namespace, and who "everybody" is needs no
list. So whoever watches a cluster can judge one namespace anew when its pods or policies change, and leave the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.compile import Denial
from netbaseline.core.coverage.openness import STRANGER, STRANGERS, Everybody, everybody
from netbaseline.core.coverage.states import Group, NamespaceCoverage, Side, State
from netbaseline.core.inventory import ForeignPolicy, Inventory, Namespace, Pod, Policy, Workload, namespace
from netbaseline.core.reach.cases import OPEN, QUESTIONS, Case, Semantics
from netbaseline.core.reach.matrix import Reachability


@dataclass(frozen=True, slots=True)
class Scene:
    """One namespace and what is in it. `denials`: of the baselines whose policies are in place as compiled."""

    namespace: Namespace
    pods: Sequence[Pod] = ()
    policies: Sequence[Policy] = ()
    foreign: Sequence[ForeignPolicy] = ()
    """Of the namespace, and cluster-wide ones that select it (`touches`)."""
    denials: Sequence[Denial] = ()


def touches(policy: ForeignPolicy, place: Namespace) -> bool:
    """Whether a foreign policy may select pods of a namespace."""
    if policy.namespace is not None:
        return policy.namespace == place.name
    return policy.namespaces is None or policy.namespaces.matches(place.labels)


def judge(scene: Scene, semantics: Semantics = OPEN) -> NamespaceCoverage:
    """What the pods of a namespace are open to. Costs in the order of its pods plus its policies, pods alike once."""
    name = scene.namespace.name
    unborn = Pod(name, "", {}, Workload(name, "", "Pod"))
    places = {name: scene.namespace, STRANGERS: namespace(STRANGERS)}
    reach = Reachability(Inventory(places, (*scene.pods, unborn, STRANGER), tuple(scene.policies)), semantics)
    judging = _Judging(scene, reach, everybody(reach, len(scene.pods) + 1))
    groups: list[Group] = []
    for one in reach.classes:
        if one.namespace == name:
            living = [scene.pods[number] for number in one.pods if number < len(scene.pods)]
            groups.extend(judging.groups(reach.node_of_pod(one.pods[0]), living))
    alone = next(iter(judging.groups(reach.node_of_pod(len(scene.pods)), [unborn])))
    return NamespaceCoverage(name, tuple(groups), alone)


@dataclass(frozen=True, slots=True)
class _Judging:
    scene: Scene
    reach: Reachability
    everybody: Everybody

    def groups(self, node: int, pods: Sequence[Pod]) -> Iterable[Group]:
        """The pods of one class, apart where foreign policies or baselines tell them apart."""
        alike: dict[tuple[tuple[ForeignPolicy, ...], tuple[Denial, ...]], list[Pod]] = {}
        for pod in pods:
            foreign = tuple(one for one in self.scene.foreign if one.pods is None or one.pods.matches(pod.labels))
            denials = tuple(one for one in self.scene.denials if one.pods.matches(pod.labels))
            alike.setdefault((foreign, denials), []).append(pod)
        for (foreign, denials), members in alike.items():
            ingress = self._side(
                node,
                Direction.INGRESS,
                [one for one in foreign if one.ingress],
                denied=any(one.ingress for one in denials),
            )
            egress = self._side(
                node,
                Direction.EGRESS,
                [one for one in foreign if one.egress],
                denied=any(one.egress for one in denials),
            )
            yield Group(tuple(members), ingress, egress)

    def _side(self, node: int, direction: Direction, foreign: Sequence[ForeignPolicy], *, denied: bool) -> Side:
        selecting = self.reach.selecting(node, direction)
        policies = self._names(selecting)
        reasons = tuple(map(str, foreign))
        undecided = self.reach.semantics.answer(Case.HOST_NETWORK_TARGET) is None
        if selecting and undecided and self.reach.classes[node].host_network:
            reasons += (QUESTIONS[Case.HOST_NETWORK_TARGET],)
        if reasons:
            return Side(State.DEPENDS, policies, reasons=reasons)
        if not self.reach.isolating(node, direction):
            return Side(State.OPEN, policies)
        open_to = self.everybody.may_use(self.reach.row(node, direction))
        if open_to:
            alone = [
                number
                for number in selecting
                if self.everybody.may_use(self.reach.row_of_policy(node, direction, number))
            ]
            return Side(State.ALLOW_ALL, policies, open_to, self._names(alone) or policies)
        return Side(State.CONFORMANT if denied else State.ISOLATED, policies)

    def _names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self.reach.policies[number].name for number in numbers))
