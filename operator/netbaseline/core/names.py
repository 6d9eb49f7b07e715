"""Labels, annotations and object names: each is spelled here and nowhere else."""

import re
from typing import Final

FIELD_MANAGER: Final = "netbaseline"

LABEL_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
MANAGED_BY: Final = "netbaseline"
LABEL_BASELINE: Final = "netbaseline.dev/baseline"
LABEL_NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
"""Set by the API server on every namespace and refused from anybody else."""

ANNOTATION_OWNER: Final = "netbaseline.dev/owner"
ANNOTATION_DESCRIPTION: Final = "netbaseline.dev/description"
ANNOTATION_REVIEWED: Final = "netbaseline.dev/reviewed"
ANNOTATION_SOURCES: Final = "netbaseline.dev/sources"
ANNOTATION_BASELINE_UID: Final = "netbaseline.dev/baseline-uid"
"""Proof of ownership where `deletionPolicy: Retain` forbids an ownerReference; kept in every mode for one rule."""

ANNOTATION_LINT_IGNORE: Final = "netbaseline.dev/lint-ignore"
ANNOTATION_RECONCILE_AT: Final = "netbaseline.dev/reconcile-at"
ANNOTATION_CONFIRM_REMOVAL: Final = "netbaseline.dev/confirm-removal"

PREFIX: Final = "nbl"
ROLE_DENY: Final = "deny"
ROLE_DNS: Final = "dns"
ROLE_SAME_NAMESPACE: Final = "same-namespace"
ROLE_INGRESS_CONTROLLER: Final = "ingress-controller"
ROLE_MONITORING: Final = "monitoring"
ROLE_KUBE_API_SERVER: Final = "kube-api-server"
ROLE_BRIDGE: Final = "bridge"


def role_of_rule(rule: str) -> str:
    """The role of a named rule; `rule.` keeps it apart from every built-in role."""
    return f"rule.{rule}"


def policy_name(baseline: str, role: str) -> str:
    """`nbl.<baseline>.<role>`. No two collide: neither a baseline nor a rule name may hold a dot."""
    return f"{PREFIX}.{baseline}.{role}"


def bridge_name(baseline: str, number: int) -> str:
    """The name of the `number`-th policy that only lives during a turn, from 1."""
    return policy_name(baseline, ROLE_BRIDGE if number == 1 else f"{ROLE_BRIDGE}.{number}")


def baseline_of(policy: str) -> str | None:
    """The baseline that a policy's name speaks of, or None where it isn't one of our names."""
    parts = policy.split(".", 2)
    return parts[1] if len(parts) == 3 and parts[0] == PREFIX else None


def is_bridge(policy: str) -> bool:
    """Whether a policy name is that of a bridge."""
    parts = policy.split(".", 3)
    return len(parts) >= 3 and parts[0] == PREFIX and parts[2] == ROLE_BRIDGE


def dns_label(text: str, longest: int = 63) -> str:
    """`text` as a DNS label of at most `longest` characters, all else as dashes; empty where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].strip("-")
