"""Objects of other APIs that make pods: read where their template can be, and remembered where it can't."""

from typing import Any

import pytest

from tests.core.manifests.given import fine

TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web"}]}}


def custom(api_version: str, kind: str, **more: Any) -> Any:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, **more}


def makers(*objects: Any) -> list[str]:
    return [str(maker) for maker in fine(*objects).inventory.makers]


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
        ("apps.kruise.io/v1beta1", "StatefulSet"),
        ("kubevirt.io/v1", "VirtualMachine"),
    ],
)
def test_pods_are_read_from_the_template_of_another_api(api_version: str, kind: str) -> None:
    found = fine(custom(api_version, kind, spec={"template": TEMPLATE}))
    (pod,) = found.inventory.pods
    assert (str(pod.workload), pod.labels, pod.template) == (f"shop/web[{kind}]", {"app": "web"}, True)
    assert found.notes == ()


def test_a_rollout_that_refers_to_a_deployment_makes_no_further_pods() -> None:
    rollout = custom("argoproj.io/v1alpha1", "Rollout", spec={"workloadRef": {"kind": "Deployment", "name": "web"}})
    deployment = custom("apps/v1", "Deployment", spec={"replicas": 0, "template": TEMPLATE})
    found = fine(rollout, deployment)
    assert [str(pod.workload) for pod in found.inventory.pods] == ["shop/web[Deployment]"]
    assert [str(note) for note in found.notes] == ["1 Rollout of argoproj.io/v1alpha1 set aside"]
    assert found.inventory.makers == ()


def test_what_may_make_pods_is_remembered_with_the_namespace_that_it_makes_them_in() -> None:
    assert makers(
        custom("monitoring.coreos.com/v1", "Prometheus"),
        custom("kafka.strimzi.io/v1beta2", "Kafka"),
        custom("helm.toolkit.fluxcd.io/v2", "HelmRelease", spec={"targetNamespace": "pay"}),
        custom("gateway.networking.k8s.io/v1", "Gateway"),
    ) == ["Prometheus shop/web", "Kafka shop/web", "HelmRelease pay/web", "Gateway shop/web"]


def test_what_makes_no_pods_is_not_remembered() -> None:
    assert (
        makers(
            custom("v1", "ConfigMap"),
            custom("policy/v1", "PodDisruptionBudget"),
            custom("rbac.authorization.k8s.io/v1", "Role"),
            custom("monitoring.coreos.com/v1", "ServiceMonitor"),
            custom("gateway.networking.k8s.io/v1", "HTTPRoute"),
            custom("argoproj.io/v1alpha1", "Application"),
            custom("projectcalico.org/v3", "NetworkPolicy"),
            custom("cilium.io/v2", "CiliumNetworkPolicy"),
        )
        == []
    )


def test_odd_objects_of_other_apis_are_no_trouble() -> None:
    assert makers(
        {"apiVersion": "example.com/v1", "kind": "Thing"},
        {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": 7, "spec": {"targetNamespace": ["x"]}},
        {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a\x1b[1m", "namespace": "No_Good"}},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": []},
    ) == ["Thing default/None", "Thing default/None", "Thing default/'a\\x1b[1m'"]
