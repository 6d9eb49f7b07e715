"""NB205."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World
from netbaseline.core.selectors import EVERYTHING


def _check(world: World) -> Iterator[Found]:
    told = set()
    for side in world.sides:
        if side.ingress:
            continue
        for at in side.peers:
            if at.peer.pods in {None, EVERYTHING}:
                continue
            for pod in world.peer_pods(at.peer, side.namespace):
                key = (side.subject, pod.workload)
                if key in told or pod.host_network or pod.namespace in world.trusted:
                    continue
                if world.isolation(pod.namespace, pod.labels, ingress=True).policies:
                    continue
                told.add(key)
                yield Found(
                    side.subject,
                    at.path,
                    f"this limits where the callers may go, but {pod.workload} itself is open to everybody: no policy"
                    " isolates it for ingress",
                    f"add a policy with Ingress in namespace {pod.namespace} that selects it, and allow these callers",
                )


RULE = Rule(
    id="NB205",
    severity=Severity.WARNING,
    title="The caller is limited, the callee is open",
    why="A policy acts on the pods that it selects. One on the backend that allows egress to the database says nothing"
    " about who else reaches the database: the frontend, and every other pod of the cluster, still does.",
    advice="Protect what is precious where it is: a policy with Ingress that selects the database and allows the"
    " backend only.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation",
    ),
    check=_check,
)
