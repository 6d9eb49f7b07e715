"""Calico's policies, projectcalico.org/v3 and as stored, crd.projectcalico.org/v1: NetworkPolicy, GlobalNetworkPolicy.

`selector` is an expression over labels of pods (`expression`), `namespaceSelector` one over labels of namespaces.
`types` absent means Egress where there are only egress rules, both where there are both, and Ingress otherwise, which
is not the rule of Kubernetes (https://docs.tigera.io/calico/latest/reference/resources/networkpolicy and
…/globalnetworkpolicy). Labels that Calico adds: https://docs.tigera.io/calico/latest/network-policy/get-started/calico-policy/calico-labels.
"""

from collections.abc import Mapping
from typing import Any, Final

from netbaseline.core.foreign import expression
from netbaseline.core.foreign.scope import Scope
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.selectors import Requirement, Selector, selector

NAMESPACE_OF_POD: Final = "projectcalico.org/namespace"
NAMESPACE_NAME: Final = "projectcalico.org/name"
ADDED: Final = "projectcalico.org/"


GROUP: Final = "projectcalico.org"
COPY: Final = "knp.default."
"""What the names of NetworkPolicies begin with where Calico's API shows them among its own
(https://github.com/projectcalico/calico/blob/master/libcalico-go/lib/names/policy.go)."""


def is_copy(name: object) -> bool:
    """Whether a policy is a NetworkPolicy of Kubernetes in Calico's words: it selects nothing besides."""
    return isinstance(name, str) and name.startswith(COPY)


def namespaced(manifest: Mapping[str, Any]) -> Scope:
    """What a NetworkPolicy of Calico selects in its namespace."""
    return Scope(None, _split(_spec(manifest))[1], *_directions(_spec(manifest)))


def cluster_wide(manifest: Mapping[str, Any]) -> Scope:
    """What a GlobalNetworkPolicy selects. One that is for host endpoints alone is taken to select pods too."""
    spec = _spec(manifest)
    named = expression.parse(spec.get("namespaceSelector") or "")
    of_pods, pods = _split(spec)
    if named is None or of_pods is None:
        return Scope(None, pods, *_directions(spec))
    return Scope(selector((*map(_of_namespace, named), *of_pods.requirements)), pods, *_directions(spec))


def _spec(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = manifest["spec"]
    if not isinstance(spec, Mapping):
        raise TypeError("a spec is an object")
    return spec


def _split(spec: Mapping[str, Any]) -> tuple[Selector | None, Selector | None]:
    """What `selector` says of namespaces, and of pods; None and None where it can't be read."""
    found = expression.parse(spec.get("selector") or "")
    if found is None:
        return None, None
    namespaces = [_of_namespace(item) for item in found if item.key == NAMESPACE_OF_POD]
    pods = [item for item in found if item.key != NAMESPACE_OF_POD]
    if any(item.key.startswith(ADDED) for item in pods):
        return selector(namespaces), None
    return selector(namespaces), selector(pods)


def _of_namespace(item: Requirement) -> Requirement:
    key = LABEL_NAMESPACE_NAME if item.key in {NAMESPACE_OF_POD, NAMESPACE_NAME} else item.key
    return Requirement(key, item.operator, item.values)


def _directions(spec: Mapping[str, Any]) -> tuple[bool, bool]:
    types = spec.get("types")
    if types:
        return "Ingress" in types, "Egress" in types
    ingress, egress = bool(spec.get("ingress")), bool(spec.get("egress"))
    return ingress or not egress, egress
