"""Cilium's policies, cilium.io/v2: CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.

A rule (`spec`, and each of `specs`) selects pods by `endpointSelector`, a LabelSelector whose keys may name the source
of the label (`k8s:`, `any:`); in a namespaced policy it counts in that namespace only, whatever it says of namespaces
(https://docs.cilium.io/en/stable/security/policy/kubernetes/ and
https://github.com/cilium/cilium/blob/main/pkg/k8s/apis/cilium.io/utils/utils.go). A direction without rules isn't
affected (https://docs.cilium.io/en/stable/security/policy/intro/), unless `enableDefaultDeny` says so.
"""

from collections.abc import Mapping
from typing import Any, Final

from netbaseline.core.foreign.scope import Scope, requirements
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.selectors import EVERYTHING, Requirement, Selector, selector

PREFIXES: Final = ("k8s:", "any:")
NAMESPACE: Final = "io.kubernetes.pod.namespace"
NAMESPACE_LABELS: Final = "io.cilium.k8s.namespace.labels."
FROM_ELSEWHERE: Final = ("reserved:", "container:", "cidr:", "io.cilium.k8s.policy.")
"""Labels that Cilium gives a pod by itself: not known from its manifest."""


def namespaced(manifest: Mapping[str, Any]) -> Scope:
    """What a CiliumNetworkPolicy selects in its namespace. Raises as `requirements` does."""
    return _together([_rule(rule) for rule in _rules(manifest)], cluster_wide=False)


def cluster_wide(manifest: Mapping[str, Any]) -> Scope:
    """What a CiliumClusterwideNetworkPolicy selects. One for nodes (`nodeSelector`) affects no pod."""
    return _together([_rule(rule) for rule in _rules(manifest)], cluster_wide=True)


def _rules(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    single = manifest.get("spec")
    return [*([] if single is None else [single]), *(manifest.get("specs") or ())]


def _rule(rule: Mapping[str, Any]) -> Scope:
    if "endpointSelector" not in rule and rule.get("nodeSelector") is not None:
        return Scope(ingress=False, egress=False)
    deny = rule.get("enableDefaultDeny") or {}
    ingress = bool(rule.get("ingress") or rule.get("ingressDeny") or deny.get("ingress"))
    egress = bool(rule.get("egress") or rule.get("egressDeny") or deny.get("egress"))
    namespaces: list[Requirement] = []
    pods: list[Requirement] = []
    for item in requirements(rule["endpointSelector"] or {}):
        key = _without_prefix(item.key)
        if key.startswith(FROM_ELSEWHERE):
            return Scope(ingress=ingress, egress=egress)
        if key == NAMESPACE:
            namespaces.append(Requirement(LABEL_NAMESPACE_NAME, item.operator, item.values))
        elif key.startswith(NAMESPACE_LABELS):
            namespaces.append(Requirement(key.removeprefix(NAMESPACE_LABELS), item.operator, item.values))
        else:
            pods.append(Requirement(key, item.operator, item.values))
    return Scope(selector(namespaces), selector(pods), ingress, egress)


def _without_prefix(key: str) -> str:
    for prefix in PREFIXES:
        if key.startswith(prefix):
            return key.removeprefix(prefix)
    return key


def _together(rules: list[Scope], *, cluster_wide: bool) -> Scope:
    """One scope for all rules: what they agree on, or anything where they select differently."""
    if not rules:
        return Scope()
    selecting = [rule for rule in rules if rule.ingress or rule.egress]
    return Scope(
        namespaces=_agreed([rule.namespaces for rule in selecting]) if cluster_wide else None,
        pods=_agreed([rule.pods for rule in selecting]),
        ingress=any(rule.ingress for rule in rules),
        egress=any(rule.egress for rule in rules),
    )


def _agreed(found: list[Selector | None]) -> Selector | None:
    if not found:
        return EVERYTHING
    return found[0] if all(other == found[0] for other in found) else None
