"""Kinds of other APIs and the pods that they make: those whose template can be read, and those that only may have some.

Which pods a controller makes of its objects is its own affair (a Prometheus has no pod template), so all that is known
of most kinds is that pods may come of them.
"""

from collections.abc import Mapping
from typing import Any, Final

from netbaseline.core.inventory import DEFAULT_NAMESPACE, Maker
from netbaseline.core.manifests.fields import can_name_a_namespace
from netbaseline.core.manifests.given import shown

TEMPLATED: Final = frozenset(
    {
        ("apps.kruise.io", "CloneSet"),
        ("apps.kruise.io", "DaemonSet"),
        ("apps.kruise.io", "StatefulSet"),
        ("apps.openshift.io", "DeploymentConfig"),
        ("argoproj.io", "Rollout"),
        ("kubevirt.io", "VirtualMachine"),
    }
)
"""By API group and kind: they have the labels of their pods where a Deployment has them."""

_OF_KUBERNETES: Final = frozenset({"", "apps", "autoscaling", "batch", "extensions", "policy"})
_IDLE_GROUPS: Final = frozenset(
    {
        "bitnami.com",
        "cert-manager.io",
        "cilium.io",
        "crd.projectcalico.org",
        "external-secrets.io",
        "kyverno.io",
        "linkerd.io",
        "monitoring.coreos.com",
        "netbaseline.dev",
        "networking.istio.io",
        "notification.toolkit.fluxcd.io",
        "policies.kyverno.io",
        "policy.linkerd.io",
        "projectcalico.org",
        "route.openshift.io",
        "security.istio.io",
        "source.toolkit.fluxcd.io",
        "telemetry.istio.io",
        "traefik.io",
    }
)
"""Groups of which nothing makes pods, but for _MAKING."""
_IDLE: Final = frozenset(
    {
        ("argoproj.io", "AnalysisTemplate"),
        ("argoproj.io", "AppProject"),
        ("argoproj.io", "Application"),
        ("argoproj.io", "ApplicationSet"),
        ("argoproj.io", "Rollout"),
        ("keda.sh", "ScaledObject"),
        ("keda.sh", "TriggerAuthentication"),
    }
)
"""Kinds that make none, or none in their own namespace. A Rollout without a template refers to a Deployment's."""
_MAKING: Final = frozenset(
    {
        ("gateway.networking.k8s.io", "Gateway"),
        ("monitoring.coreos.com", "Alertmanager"),
        ("monitoring.coreos.com", "Prometheus"),
        ("monitoring.coreos.com", "PrometheusAgent"),
        ("monitoring.coreos.com", "ThanosRuler"),
    }
)


def has_template(content: Mapping[str, Any]) -> bool:
    """Whether an object of another API is read as a workload."""
    spec = content.get("spec")
    return _group_and_kind(content) in TEMPLATED and isinstance(spec, dict) and isinstance(spec.get("template"), dict)


def maker_of(content: Mapping[str, Any], default: str = DEFAULT_NAMESPACE) -> Maker | None:
    """What may make pods, and where; None of what makes none for all that is known."""
    group, kind = _group_and_kind(content)
    if (group, kind) not in _MAKING and (
        group in _OF_KUBERNETES or group in _IDLE_GROUPS or group.endswith(".k8s.io") or (group, kind) in _IDLE
    ):
        return None
    metadata, spec = content.get("metadata"), content.get("spec")
    named: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    # Where Flux's HelmRelease and Kustomization and the HelmChart of K3s put what they make.
    target = spec.get("targetNamespace") if isinstance(spec, dict) else None
    namespace = _namespace(target) or _namespace(named.get("namespace")) or default
    return Maker(namespace, shown(named.get("name")), shown(kind))


def _group_and_kind(content: Mapping[str, Any]) -> tuple[str, str]:
    return str(content.get("apiVersion")).rpartition("/")[0], str(content.get("kind"))


def _namespace(value: object) -> str | None:
    return value if isinstance(value, str) and can_name_a_namespace(value) else None
