"""NB106."""

from collections.abc import Iterator

from netbaseline.api.fields import strictly_inside
from netbaseline.core.contains import all_in
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import Side
from netbaseline.core.lint.world import World
from netbaseline.core.netpol import IPBlock, Peer, Port
from netbaseline.core.netpol import Rule as PolicyRule


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        for at in side.peers:
            block = at.peer.block
            for index, gap in enumerate(() if block is None else block.except_):
                if block is None or not strictly_inside(gap, block.cidr):
                    continue
                by = _readmitted_by(world, side, gap)
                if by is not None:
                    yield Found(
                        side.subject,
                        f"{at.block_path}.except[{index}]",
                        f"except {gap} has no effect: {by} allows these addresses on the same ports",
                        "policies and peers only add, an except takes away from its own block alone: add the same"
                        " except there, or remove that peer",
                    )


def _readmitted_by(world: World, side: Side, gap: str) -> str | None:
    """What else allows an exception again to all pods of the rule, on all of its ports."""
    ports = side.rule.ports or (Port("TCP"), Port("UDP"), Port("SCTP"))
    asked = tuple(PolicyRule((Peer(block=IPBlock(gap)),), (port,)) for port in ports)
    for other in side.rule.peers:
        if other.block is not None and all_in(asked, (PolicyRule((other,), side.rule.ports),), side.namespace):
            return f"{other.block.cidr} in the same rule"
    for policy in world.policies_in.get(side.namespace, ()):
        rules = policy.spec.ingress if side.ingress else policy.spec.egress
        if rules is None or not side.pods.implies(policy.spec.pods):
            continue
        for index, rule in enumerate(rules):
            if all_in(asked, (rule,), side.namespace):
                return f"rule {index + 1} of {policy.name}"
    return None


RULE = Rule(
    id="NB106",
    severity=Severity.WARNING,
    title="An except that another peer lets in again",
    why="An except isn't a deny: it makes a hole in its own block and nowhere else. Another block of the rule, or a"
    " rule of another policy for the same pods, that includes the same addresses allows them all the same: 10.0.0.0/8"
    " beside 10.10.0.0/16 except 10.10.5.0/24.",
    advice="Repeat the except in every block that includes it, or narrow the other block.",
    sources=(
        "https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec",
    ),
    check=_check,
)
