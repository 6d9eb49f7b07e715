"""NB102."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from netbaseline.core.lint.finding import Found, Severity, doubted
from netbaseline.core.lint.nearest import advice, nearest, shown_all
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import PeerAt, Side
from netbaseline.core.lint.world import World, names_of
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.selectors import Requirement, Selector, satisfiable

MOST_PLACES = 10
"""Above this many, a selector is told once: it is one mistake, or one namespace that isn't in the input."""


def _check(world: World) -> Iterator[Found]:
    places: dict[Selector, list[tuple[Side, PeerAt]]] = defaultdict(list)
    for side in world.sides:
        for at in side.peers:
            if at.peer.namespaces is not None and not world.namespaces(at.peer.namespaces):
                places[at.peer.namespaces].append((side, at))
    for chosen, found in places.items():
        hint = _hint(world, chosen) if satisfiable(chosen) else None
        if hint is not None:
            yield from (doubted(item, world.doubt(())) for item in _told(chosen, found, hint))


def _told(chosen: Selector, places: Sequence[tuple[Side, PeerAt]], hint: str) -> Iterator[Found]:
    told = f"no namespace matches {shown_all(chosen)}, so this peer is nobody"
    if len(places) > MOST_PLACES:
        told += f"; the same in {len(places) - 1} more places"
        places = places[:1]
    for side, at in places:
        yield Found(side.subject, at.namespaces_path, told, hint)


def _hint(world: World, chosen: Selector) -> str | None:
    """What to do; None where the namespace may well be one that isn't in the input."""
    names = names_of(chosen)
    if names is not None and not world.complete:
        known = [{LABEL_NAMESPACE_NAME: item.name} for item in world.declared]
        near = nearest(Requirement(LABEL_NAMESPACE_NAME, "In", names), known)
        return None if near is None else f"did you mean {near}?"
    if not world.knows_namespaces:
        return None
    return advice(chosen, (item.labels for item in world.inventory.namespaces.values()), "namespaces")


RULE = Rule(
    id="NB102",
    severity=Severity.WARNING,
    title="The peer matches no namespace",
    why="A namespaceSelector that matches no namespace allows nothing: whoever was meant to come in doesn't. It goes"
    " unnoticed where something else is open anyway, and bites when that is closed.",
    advice="Name the namespace by its automatic label, kubernetes.io/metadata.name. From files, a selector by other"
    " labels is judged only where at least two namespaces were written down, and a name only where one like it was;"
    " with --complete or from a live cluster each is. A selector that is wrong in more than ten places is told once.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors",
    ),
    check=_check,
)
