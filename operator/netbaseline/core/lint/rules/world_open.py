"""NB209."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.opening import of_peer
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import Side
from netbaseline.core.lint.world import World


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        if not side.rule.peers:
            yield _told(side, side.path, "everybody")
            continue
        for at in side.peers:
            to = of_peer(at.peer)
            if to is not None:
                yield _told(side, at.path, to)


def _told(side: Side, path: str, whom: str) -> Found:
    some = bool(side.rule.ports)
    ports = "on these ports" if some else "on every port"
    where = "from" if side.ingress else "to"
    return Found(
        side.subject,
        path,
        f"allows {side.direction.lower()} {where} {whom}, {ports}",
        f"name who is meant in `{where}`, or the ports" if not some else f"name who is meant in `{where}`",
        severity=None if side.ingress and not some else Severity.INFO,
    )


RULE = Rule(
    id="NB209",
    severity=Severity.WARNING,
    title="A rule that is open to everybody",
    why="A rule without `from` or `to`, 0.0.0.0/0 or an empty namespaceSelector allows everybody; since policies only"
    " add, no other policy can take that back.",
    advice="Name the peers. Where the public is meant, name the ports: then it is an info only, and so is egress,"
    " which many leave open on purpose.",
    sources=("https://kubernetes.io/docs/concepts/services-networking/network-policies/#allow-all-ingress-traffic",),
    check=_check,
)
