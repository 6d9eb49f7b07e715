"""NB110."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.nearest import shown_all
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.sides import subject_of_policy
from netbaseline.core.lint.world import World
from netbaseline.core.selectors import Selector, satisfiable

HINT = "one of its conditions excludes another; several values of one label are one `In` with a list"


def _check(world: World) -> Iterator[Found]:
    for policy in world.written:
        if not satisfiable(policy.spec.pods):
            yield Found(subject_of_policy(policy), "spec.podSelector", _told(policy.spec.pods), HINT)
    for side in world.sides:
        for at in side.peers:
            for chosen, path in ((at.peer.pods, at.pods_path), (at.peer.namespaces, at.namespaces_path)):
                if chosen is not None and not satisfiable(chosen):
                    yield Found(side.subject, path, _told(chosen), HINT)


def _told(chosen: Selector) -> str:
    return f"no labels at all can match {shown_all(chosen)}"


RULE = Rule(
    id="NB110",
    severity=Severity.ERROR,
    title="A selector that contradicts itself",
    why="All conditions of a selector must hold at once. Two values for one label, or a label that must and must not"
    " be there, can't: the policy or the peer is for nobody, whatever pods there are.",
    advice="For one value or another, write one `In` with both, or two peers.",
    sources=("https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",),
    check=_check,
)
