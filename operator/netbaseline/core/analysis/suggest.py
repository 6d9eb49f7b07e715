"""The smallest change that lets a denied flow pass: one rule for one workload, one peer and one port.

Policies only add, so an allowance of its own never has to touch a policy that is there.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core import names, selectors
from netbaseline.core.analysis.explain import Place, Side, Verdict
from netbaseline.core.inventory import Pod
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import POLICY_API_VERSION, POLICY_KIND
from netbaseline.core.reach.cases import Case
from netbaseline.core.reach.matrix import Reachability
from netbaseline.core.selectors import Selector

PASSING = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
"""Labels that controllers put on pods and that go with pod or revision: a rule on them is soon about nothing."""

TELLING = ("app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/component", "app.kubernetes.io/instance")
"""Labels that people choose by, the most usual first."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to add for one direction: a rule of a NetworkBaseline, or a policy of its own that says the same."""

    direction: Direction
    namespace: str
    rule: Mapping[str, Any]
    policy: Mapping[str, Any]
    baselines: tuple[str, ...]
    """The NetworkBaselines of the namespace, any of which can carry the rule."""
    note: str | None = None
    """What there is to know of it, in a sentence."""


@dataclass(frozen=True, slots=True)
class NoRule:
    """Why nothing of the input says how to spell a rule for one direction, and what to do instead."""

    direction: Direction
    reason: str


def suggestion(
    reach: Reachability, side: Side, near: Place, far: Place, asked: tuple[int, str]
) -> Suggestion | NoRule | None:
    """What lets a flow on `asked` (port, protocol) pass on one side; None where it isn't denied there.

    `near` is the pod whose side it is. A hostNetwork pod can't be named by labels: that takes its nodes' addresses.
    """
    if side.verdict is not Verdict.DENIED or near.pod is None:
        return None
    pods = reach.inventory.pods
    pod = pods[near.pod]
    peers, note = _peers(reach, pod.namespace, far)
    if not peers:
        return NoRule(side.direction, note or "")
    key = "from" if side.direction is Direction.INGRESS else "to"
    name = _name(pod, pods, far, side.direction, asked)
    chosen = selectors.to_manifest(_isolating_nothing_new(side, selectors.equal(telling_labels(pod, pods))))
    ports = [{"port": asked[0], "protocol": asked[1]}]
    return Suggestion(
        direction=side.direction,
        namespace=pod.namespace,
        rule={"name": name, "pods": chosen, key: list(map(_in_baseline, peers)), "ports": ports},
        policy={
            "apiVersion": POLICY_API_VERSION,
            "kind": POLICY_KIND,
            "metadata": {"name": name, "namespace": pod.namespace},
            "spec": {
                "podSelector": chosen,
                "policyTypes": [side.direction.value],
                side.direction.value.lower(): [{key: peers, "ports": ports}],
            },
        },
        baselines=tuple(item.name for item in reach.inventory.baselines if item.namespace == pod.namespace),
        note=note,
    )


def _isolating_nothing_new(side: Side, chosen: Selector) -> Selector:
    """Only pods that some policy isolates already: where labels can't tell a workload from others, a policy over them
    would close the others in this direction."""
    if any(chosen.implies(policy.spec.pods) for policy in side.isolating):
        return chosen
    return chosen & side.isolating[0].spec.pods if side.isolating else chosen


def telling_labels(pod: Pod, pods: Iterable[Pod]) -> dict[str, str]:
    """The fewest of a pod's lasting labels that no other workload of its namespace shares; all, if none are enough."""
    lasting = {key: value for key, value in pod.labels.items() if key not in PASSING}
    others = [other.labels for other in pods if other.namespace == pod.namespace and other.workload != pod.workload]
    order = [key for key in TELLING if key in lasting] + sorted(key for key in lasting if key not in TELLING)
    chosen: dict[str, str] = {}
    for key in order:
        chosen[key] = lasting[key]
        if not any(all(labels.get(one) == value for one, value in chosen.items()) for labels in others):
            break
    return chosen


def _peers(reach: Reachability, namespace: str, far: Place) -> tuple[list[dict[str, Any]], str | None]:
    """The other end as peers of a rule; none where it can't be said, and then why and what to do."""
    if far.pod is None:
        return _blocks([far.address or ""]), None
    pods = reach.inventory.pods
    pod = pods[far.pod]
    if pod.host_network:
        return _nodes_of(reach, pod)
    peer: dict[str, Any] = {"podSelector": {"matchLabels": telling_labels(pod, pods)}}
    if pod.namespace != namespace:
        peer["namespaceSelector"] = {"matchLabels": {LABEL_NAMESPACE_NAME: pod.namespace}}
    return [peer], None


def _nodes_of(reach: Reachability, pod: Pod) -> tuple[list[dict[str, Any]], str]:
    """A hostNetwork pod by the addresses of its nodes: those it runs on, or else all that there are."""
    who = f"{pod.workload} is in the network of its node, so that no label names it"
    if reach.semantics.answer(Case.BLOCK_ON_POD) is False:
        return (
            [],
            f"{who}, and this plugin compares no ipBlock with addresses of nodes: it takes a policy of its own API",
        )
    running = [address for one in reach.inventory.pods if one.workload == pod.workload for address in one.ips]
    if running:
        return _blocks(running), f"{who}: these are the nodes it runs on, with everything else on them"
    every = [address for node in reach.inventory.nodes for address in node.addresses]
    if every:
        return _blocks(every), f"{who}: these are all nodes, with everything else on them"
    return [], (
        f"{who}, and the input doesn't say where the nodes are: put them beside it (kubectl get nodes -o json), or"
        " allow an ipBlock for the address of each node that it may run on"
    )


def _blocks(addresses: Iterable[str]) -> list[dict[str, Any]]:
    """Just these addresses, in the fewest ranges."""
    every = [ipaddress.ip_network(address) for address in addresses]
    four = (one for one in every if isinstance(one, ipaddress.IPv4Network))
    six = (one for one in every if isinstance(one, ipaddress.IPv6Network))
    ranges = (*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six))
    return [{"ipBlock": {"cidr": str(one)}} for one in ranges]


def _in_baseline(peer: Mapping[str, Any]) -> dict[str, Any]:
    """A peer in the words of a NetworkBaseline."""
    if "ipBlock" in peer:
        return dict(peer["ipBlock"])
    found: dict[str, Any] = {}
    if "namespaceSelector" in peer:
        found["namespace"] = peer["namespaceSelector"]["matchLabels"][LABEL_NAMESPACE_NAME]
    return {**found, "podSelector": peer["podSelector"]}


MAX_NAME = 63


def _name(pod: Pod, pods: tuple[Pod, ...], far: Place, direction: Direction, asked: tuple[int, str]) -> str:
    """`backend-from-frontend-tcp-8080`: a DNS label, another one for each port, so that none replaces another."""
    other = pods[far.pod].workload.name if far.pod is not None else "outside"
    word = "from" if direction is Direction.INGRESS else "to"
    ending = f"-{asked[1]}-{asked[0]}".lower()
    stem = names.dns_label(f"{pod.workload.name}-{word}-{other}", MAX_NAME - len(ending)) or "rule"
    return stem + ending
