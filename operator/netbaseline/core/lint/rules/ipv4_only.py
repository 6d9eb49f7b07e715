"""NB108."""

from collections.abc import Iterator

from netbaseline.core.contains import all_in
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import Side
from netbaseline.core.lint.world import World
from netbaseline.core.netpol import IPBlock, Peer
from netbaseline.core.netpol import Rule as PolicyRule

WORLD_V4, WORLD_V6 = "0.0.0.0/0", "::/0"


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        for at in side.peers:
            if at.peer.block is None or at.peer.block.cidr != WORLD_V4 or not _has_ipv6(world, side):
                continue
            if not _allows_ipv6(world, side):
                yield Found(
                    side.subject,
                    f"{at.block_path}.cidr",
                    f"{WORLD_V4} is the IPv4 half of the world, and these pods have IPv6 addresses too",
                    f"add a peer with cidr {WORLD_V6} (and exceptions to match), or say why IPv6 is left out",
                )


def _has_ipv6(world: World, side: Side) -> bool:
    return any(":" in address for pod in world.pods(side.namespace, side.pods) for address in pod.ips)


def _allows_ipv6(world: World, side: Side) -> bool:
    """Whether some rule for these pods speaks of the IPv6 world, holes aside."""
    if any(peer.block is not None and peer.block.cidr == WORLD_V6 for peer in side.rule.peers):
        return True
    asked = (PolicyRule((Peer(block=IPBlock(WORLD_V6)),), side.rule.ports),)
    return any(
        all_in(asked, rules, side.namespace)
        for policy in world.policies_in.get(side.namespace, ())
        if side.pods.implies(policy.spec.pods)
        and (rules := policy.spec.ingress if side.ingress else policy.spec.egress) is not None
    )


RULE = Rule(
    id="NB108",
    severity=Severity.WARNING,
    title="The world in IPv4 only, beside pods with IPv6",
    why="0.0.0.0/0 includes no IPv6 address. On a dual-stack cluster the same name may be looked up either way, and a"
    " connection fails or not by chance.",
    advice="Add ::/0 beside 0.0.0.0/0, with exceptions to match.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/dual-stack/",),
    check=_check,
)
