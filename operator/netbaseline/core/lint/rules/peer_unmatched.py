"""NB103."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, Severity, doubted
from netbaseline.core.lint.nearest import advice, shown_all
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World
from netbaseline.core.selectors import EVERYTHING, satisfiable


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        for at in side.peers:
            chosen = at.peer.pods
            if chosen is None or chosen == EVERYTHING or not satisfiable(chosen):
                continue
            if not world.knows_pods_of(at.peer, side.namespace) or world.peer_pods(at.peer, side.namespace):
                continue
            names = world.namespaces_of(at.peer, side.namespace)
            where = f"namespace {names[0]}" if len(names) == 1 else f"{len(names)} namespaces"
            labels = [pod.labels for name in names for pod in world.pods_in.get(name, ())]
            found = Found(
                side.subject,
                at.pods_path,
                f"no pod of {where} matches {shown_all(chosen)}, so this peer is nobody",
                advice(chosen, labels, "pods"),
            )
            yield doubted(found, world.doubt(names))


RULE = Rule(
    id="NB103",
    severity=Severity.WARNING,
    title="The peer matches no pod",
    why="A podSelector among peers that matches no pod allows nothing, and whoever was meant is cut off. Without a"
    " namespaceSelector it looks in the policy's own namespace only, which is the usual reason.",
    advice="Use a label that the pods have; for pods of another namespace put namespaceSelector and podSelector into"
    " one peer. Nothing is said about namespaces of which the input has no pods.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors",
    ),
    check=_check,
)
