"""NB204."""

from collections.abc import Iterator

from netbaseline.core.contains import all_in
from netbaseline.core.lint.dns import DNS
from netbaseline.core.lint.finding import Found, RepeatItem, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import Side
from netbaseline.core.lint.world import World
from netbaseline.core.netpol import Port
from netbaseline.core.netpol import Rule as PolicyRule


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        if side.ingress:
            continue
        for index, port in enumerate(side.rule.ports):
            if port.protocol == "UDP" and port.port == DNS and not _has_tcp(world, side):
                path = f"{side.ports_path}[{index}]"
                yield Found(
                    side.subject,
                    path,
                    "DNS is allowed over UDP only: an answer that doesn't fit into a datagram is asked for again over"
                    " TCP, and that fails",
                    "add port 53 with protocol TCP",
                    fix=RepeatItem(path, {"UDP": "TCP"}),
                )


def _has_tcp(world: World, side: Side) -> bool:
    asked = (PolicyRule(side.rule.peers, (Port("TCP", DNS),)),)
    return all_in(asked, (side.rule,), side.namespace) or any(
        all_in(asked, policy.spec.egress, side.namespace)
        for policy in world.policies_in.get(side.namespace, ())
        if policy.spec.egress is not None and side.pods.implies(policy.spec.pods)
    )


RULE = Rule(
    id="NB204",
    severity=Severity.WARNING,
    title="DNS over UDP only",
    why="A resolver that gets a truncated answer asks again over TCP (RFC 7766 makes it a must). With many records,"
    " DNSSEC or a long search list that happens; where TCP is cut, names fail now and then, which is hard to find.",
    advice="Allow 53 over both.",
    sources=("https://www.rfc-editor.org/rfc/rfc7766#section-5",),
    check=_check,
    fixes="adds TCP beside UDP; it opens no more than the same port of the same peers",
)
