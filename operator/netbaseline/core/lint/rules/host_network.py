"""NB109."""

from collections.abc import Iterator

from netbaseline.core.inventory import Policy
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_policy
from netbaseline.core.lint.world import World
from netbaseline.core.selectors import EVERYTHING


def _check(world: World) -> Iterator[Found]:
    for policy in world.written:
        yield from _of_policy(world, policy)
    for side in world.sides:
        for at in side.peers:
            pods = world.peer_pods(at.peer, side.namespace) if at.peer.pods not in {None, EVERYTHING} else ()
            if pods and all(pod.host_network for pod in pods):
                yield Found(
                    side.subject,
                    at.pods_path,
                    f"matches only hostNetwork pods ({pods[0].workload}), whose packets come from their node",
                    "allow the addresses of these nodes by ipBlock; with most network plugins a podSelector never"
                    " matches hostNetwork pods",
                )


def _of_policy(world: World, policy: Policy) -> Iterator[Found]:
    pods = world.pods(policy.namespace, policy.spec.pods)
    hosted = [pod for pod in pods if pod.host_network]
    if not hosted:
        return
    some = len(hosted) < len(pods)
    yield Found(
        subject_of_policy(policy),
        "spec.podSelector",
        f"selects hostNetwork pods ({hosted[0].workload}), which stay open under most network plugins",
        "give the pods a network of their own, or protect their nodes with a firewall",
        severity=Severity.INFO if some else None,
    )


RULE = Rule(
    id="NB109",
    severity=Severity.WARNING,
    title="hostNetwork pods are selected",
    why="A hostNetwork pod has its node's address. What a policy means for it is undefined: most network plugins"
    " neither isolate it nor recognise it as a peer, so a policy for an ingress controller or an agent of that kind"
    " protects nothing, and one that lets it in does not.",
    advice="Use an ipBlock of the nodes for such peers. Where a selector takes in other pods too, it is an info only.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods",
    ),
    check=_check,
)
