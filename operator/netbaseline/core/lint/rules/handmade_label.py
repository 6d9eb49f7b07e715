"""NB104."""

from collections.abc import Iterator

from netbaseline.core.lint.finding import Found, RenameLabel, Severity
from netbaseline.core.lint.nearest import shown
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import SYSTEM_NAMESPACES, World
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.selectors import Requirement

HANDMADE = frozenset({"name", "namespace", "ns", "metadata.name", "namespace-name", "kubernetes.io/name"})
"""Keys under which people look for a namespace's name, and that no cluster sets."""


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        for at in side.peers:
            for requirement in () if at.peer.namespaces is None else at.peer.namespaces.requirements:
                if requirement.key not in HANDMADE or requirement.operator != "In":
                    continue
                by_hand = any(requirement.matches(item.labels) for item in world.declared)
                yield Found(
                    side.subject,
                    f"{at.namespaces_path}.matchLabels.{requirement.key}",
                    f"{shown(requirement)} is a label that {_state(by_hand)}",
                    f"use {LABEL_NAMESPACE_NAME}={requirement.values[0]}, which every namespace has and nobody can set",
                    severity=Severity.INFO if by_hand else None,
                    fix=RenameLabel(at.namespaces_path, requirement.key, LABEL_NAMESPACE_NAME)
                    if _is_name(world, requirement)
                    else None,
                )


def _state(by_hand: bool) -> str:
    if by_hand:
        return "holds only as long as somebody keeps it on the namespace by hand, and anybody who may label can take it"
    return "no namespace of the input has, and no cluster sets by itself"


def _is_name(world: World, requirement: Requirement) -> bool:
    """Whether the value can only be a namespace's name: then the automatic label means what was meant."""
    names = SYSTEM_NAMESPACES | {item.name for item in world.declared}
    by_hand = {item.name for item in world.declared if requirement.matches(item.labels)}
    return len(requirement.values) == 1 and requirement.values[0] in names and by_hand <= set(requirement.values)


RULE = Rule(
    id="NB104",
    severity=Severity.WARNING,
    title="A namespace is known by a label made by hand",
    why="`name: kube-system` is in countless examples, and on no cluster: since Kubernetes 1.21 each namespace carries"
    " kubernetes.io/metadata.name, and nothing else. A peer by another label is nobody until somebody labels the"
    " namespace, and then it is whoever has that label.",
    advice="Select namespaces by kubernetes.io/metadata.name; in a NetworkBaseline, by `namespace: NAME`.",
    sources=(
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name",
    ),
    check=_check,
    fixes="writes the automatic label where the value is the name of a namespace in the input or of the system",
)
