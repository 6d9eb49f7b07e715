"""NB105."""

from collections.abc import Iterator
from itertools import pairwise

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.nearest import shown_all
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import PeerAt, Side
from netbaseline.core.lint.world import World
from netbaseline.core.netpol import Peer
from netbaseline.core.selectors import EVERYTHING, Selector


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        for first, second in pairwise(side.peers):
            found = _split(first.peer, second.peer)
            if found is not None and not _meant(world, side, *found):
                yield _told(side, second, *found)


def _split(first: Peer, second: Peer) -> tuple[Selector, Selector] | None:
    """The namespaces and the pods of two neighbours, one with each; every pod of the own namespace is no slip."""
    for one, other in ((first, second), (second, first)):
        if one.namespaces is None or one.pods is not None or other.namespaces is not None:
            continue
        if other.pods is not None and other.pods != EVERYTHING:
            return one.namespaces, other.pods
    return None


def _meant(world: World, side: Side, namespaces: Selector, pods: Selector) -> bool:
    """Whether the input shows that both stand for themselves: such pods are here, and none over there."""
    there = any(world.pods(item.name, pods) for item in world.namespaces(namespaces) if item.name != side.namespace)
    return bool(world.pods(side.namespace, pods)) and not there


def _told(side: Side, second: PeerAt, namespaces: Selector, pods: Selector) -> Found:
    key = "from" if side.ingress else "to"
    which = "every namespace" if namespaces == EVERYTHING else f"namespaces with {shown_all(namespaces)}"
    return Found(
        side.subject,
        second.path,
        f"two items of one `{key}` are OR: this allows all pods of {which}, and pods with {shown_all(pods)} of"
        f" namespace {side.namespace}",
        "if pods of those namespaces are meant (AND), put namespaceSelector and podSelector into one item; if not,"
        f" make them two rules, each with its own `{key}`",
    )


RULE = Rule(
    id="NB105",
    severity=Severity.WARNING,
    title="Namespaces and pods in two peers where one is likely meant",
    why="One dash too many: an item with namespaceSelector and, below it, an item with podSelector are two peers, and"
    " either is enough. What was meant as `the scrapers of the monitoring namespace` then lets in the whole namespace.",
    advice="Write both selectors into one item for AND. For OR, two rules say the same and can't be misread. Nothing"
    " is said where the input shows that such pods are in the policy's own namespace, and not in the others.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors",
    ),
    check=_check,
)
