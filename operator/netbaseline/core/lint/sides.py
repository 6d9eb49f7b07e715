"""Rules of NetworkPolicies and of NetworkBaselines in one shape, each part with the field path it was written at.

Most mistakes can be made in either, and a person wants to be told of them where they wrote them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netbaseline.api import v1alpha1 as api
from netbaseline.api.group import KIND
from netbaseline.core.allow.grant import peers as peers_of_api
from netbaseline.core.allow.grant import ports as ports_of_api
from netbaseline.core.allow.grant import selector
from netbaseline.core.inventory import Baseline, Policy
from netbaseline.core.lint.finding import Subject
from netbaseline.core.netpol import POLICY_KIND, Peer, Rule, Rules
from netbaseline.core.selectors import Selector


@dataclass(frozen=True, slots=True)
class PeerAt:
    """A peer, and the paths of its parts."""

    peer: Peer
    path: str
    pods_path: str
    namespaces_path: str
    block_path: str
    """What `except` is below."""


@dataclass(frozen=True, slots=True)
class Side:
    """One rule in one direction, for `pods` of `namespace`."""

    subject: Subject
    namespace: str
    pods: Selector
    ingress: bool
    path: str
    rule: Rule
    peers: tuple[PeerAt, ...]
    ports_path: str
    policy: Policy | None = None
    """The policy that holds it; None for a baseline's."""

    @property
    def direction(self) -> str:
        """As policyTypes has it."""
        return "Ingress" if self.ingress else "Egress"


def subject_of_policy(policy: Policy) -> Subject:
    return Subject(POLICY_KIND, policy.namespace, policy.name, policy.origin)


def subject_of_baseline(baseline: Baseline) -> Subject:
    return Subject(KIND, baseline.namespace, baseline.name, baseline.origin)


def sides_of_policy(policy: Policy) -> Iterator[Side]:
    """Every rule of a policy that is in force."""
    yield from _sides(policy, policy.spec.ingress or (), "spec.ingress", "from", ingress=True)
    yield from _sides(policy, policy.spec.egress or (), "spec.egress", "to", ingress=False)


def _sides(policy: Policy, rules: Rules, path: str, key: str, *, ingress: bool) -> Iterator[Side]:
    subject = subject_of_policy(policy)
    for index, rule in enumerate(rules):
        here = f"{path}[{index}]"
        yield Side(
            subject,
            policy.namespace,
            policy.spec.pods,
            ingress,
            here,
            rule,
            tuple(_peer_of_policy(peer, f"{here}.{key}[{number}]") for number, peer in enumerate(rule.peers)),
            f"{here}.ports",
            policy,
        )


def _peer_of_policy(peer: Peer, path: str) -> PeerAt:
    return PeerAt(peer, path, f"{path}.podSelector", f"{path}.namespaceSelector", f"{path}.ipBlock")


def sides_of_baseline(item: Baseline) -> Iterator[Side]:
    """Every rule that a baseline spells out; what it leaves to defaults or discovery isn't its author's."""
    allow, path = item.baseline.spec.allow, "spec.allow"
    if allow.dns.enabled and allow.dns.to is not None:
        yield _side(item, f"{path}.dns", None, allow.dns.to, allow.dns.ports, ingress=False)
    for name, door in (("ingressController", allow.ingress_controller), ("monitoring", allow.monitoring)):
        if door is not None and door.from_ is not None:
            yield _side(item, f"{path}.{name}", door.pods, door.from_, door.ports, ingress=True)
    for index, incoming in enumerate(allow.ingress):
        where = f"{path}.ingress[{index}]"
        yield _side(item, where, incoming.pods, incoming.from_, incoming.ports, ingress=True)
    for index, outgoing in enumerate(allow.egress):
        yield _side(item, f"{path}.egress[{index}]", outgoing.pods, outgoing.to, outgoing.ports, ingress=False)


def _side(
    item: Baseline,
    path: str,
    pods: api.LabelSelector | None,
    chosen: Iterable[api.Peer],
    ports: Iterable[api.Port] | None,
    *,
    ingress: bool,
) -> Side:
    given = tuple(chosen)
    peers = peers_of_api(given)
    key = "from" if ingress else "to"
    return Side(
        subject_of_baseline(item),
        item.namespace,
        selector(item.baseline.spec.pod_selector) & selector(pods),
        ingress,
        path,
        Rule(peers, ports_of_api(ports)),
        tuple(
            _peer_of_baseline(peer, asked, f"{path}.{key}[{number}]")
            for number, (peer, asked) in enumerate(zip(peers, given, strict=True))
        ),
        f"{path}.ports",
    )


def _peer_of_baseline(peer: Peer, asked: api.Peer, path: str) -> PeerAt:
    named = "namespace" if asked.namespace is not None else "namespaceSelector"
    return PeerAt(peer, path, f"{path}.podSelector", f"{path}.{named}", path)
