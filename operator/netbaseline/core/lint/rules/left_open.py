"""NB206."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World, subject_of_pod


def _check(world: World) -> Iterator[Found]:
    for namespace, pods in world.pods_in.items():
        if namespace in world.trusted:
            continue
        policies = world.policies_in.get(namespace, ())
        isolating = [policy for policy in policies if policy.spec.ingress is not None]
        if not any(world.pods(namespace, policy.spec.pods) for policy in isolating):
            continue
        told = set()
        for pod in pods:
            if pod.host_network or pod.workload in told:
                continue
            if any(policy.spec.pods.matches(pod.labels) for policy in isolating):
                continue
            told.add(pod.workload)
            yield Found(
                subject_of_pod(pod),
                "metadata.name",
                "no policy isolates these pods for ingress, though others of the namespace are: everybody reaches them",
                f"select them in a policy with Ingress, or deny by default in namespace {namespace}",
            )


RULE = Rule(
    id="NB206",
    severity=Severity.WARNING,
    title="Pods left open beside isolated ones",
    why="Each policy protects the pods that it selects and no others. A namespace that looks closed, because it has"
    " policies, stays open for each workload that none of them selects, and for each that comes tomorrow.",
    advice="Begin with a policy that selects all pods (`podSelector: {}`) and allows nothing, or with a"
    " NetworkBaseline.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-traffic",
    ),
    check=_check,
)
