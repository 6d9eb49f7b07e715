"""How requests and manifests are read as rights: the tests with a real operator lean on it."""

import pytest

from tests.deploy.manifests import Json
from tests.deploy.rights import Right, granted, used

POLICIES = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/api/v1/namespaces?limit=500", Right("list", "", "namespaces")),
        ("GET", "/api/v1/namespaces?watch=1", Right("watch", "", "namespaces")),
        ("GET", "/api/v1/namespaces/shop", Right("get", "", "namespaces", "", "shop")),
        ("GET", "/api/v1/namespaces/shop/pods?limit=1", Right("list", "", "pods", "shop")),
        ("POST", "/api/v1/namespaces/shop/events", Right("create", "", "events", "shop")),
        ("PUT", f"{POLICIES}/a", Right("update", "networking.k8s.io", "networkpolicies", "shop", "a")),
        ("DELETE", f"{POLICIES}/a", Right("delete", "networking.k8s.io", "networkpolicies", "shop", "a")),
        ("DELETE", POLICIES, Right("deletecollection", "networking.k8s.io", "networkpolicies", "shop")),
        ("PATCH", "/apis/g/v1/namespaces/shop/t/a/status?force=true", Right("patch", "g", "t/status", "shop", "a")),
    ],
)
def test_a_request_uses_one_right(method: str, target: str, expected: Right) -> None:
    assert used(method, target) == {expected}


@pytest.mark.parametrize(
    "target", ["/api", "/apis", "/api/v1", "/apis/netbaseline.dev", "/apis/netbaseline.dev/v1alpha1"]
)
def test_discovery_uses_none(target: str) -> None:
    assert used("GET", target) == set()


def test_an_apply_that_creates_uses_two() -> None:
    assert {right.verb for right in used("PATCH", f"{POLICIES}/a", 201)} == {"patch", "create"}
    assert {right.verb for right in used("PATCH", f"{POLICIES}/a", 200)} == {"patch"}


def test_a_grant_covers_what_is_within_it() -> None:
    use = Right("get", "g", "things", "shop", "a")
    assert Right("get", "g", "things").covers(use)
    assert Right("get", "g", "things", "shop").covers(use)
    assert Right("get", "g", "things", "shop", "a").covers(use)
    assert not Right("get", "g", "things", "other").covers(use)
    assert not Right("get", "g", "things", "shop", "b").covers(use)
    assert not Right("list", "g", "things").covers(use)
    assert not Right("get", "g", "things", "shop").covers(Right("get", "g", "things"))


def test_only_what_is_bound_to_the_account_is_granted() -> None:
    def role(kind: str, name: str, **meta: str) -> Json:
        rule = {"apiGroups": [""], "resources": [name], "verbs": ["get"]}
        return {"kind": kind, "metadata": {"name": name, **meta}, "rules": [rule]}

    def binding(kind: str, name: str, account: str, **meta: str) -> Json:
        subject = {"kind": "ServiceAccount", "namespace": "home", "name": account}
        reference = {"kind": kind.removesuffix("Binding"), "name": name}
        return {"kind": kind, "metadata": {"name": name, **meta}, "roleRef": reference, "subjects": [subject]}

    objects = [
        role("ClusterRole", "everywhere"),
        role("ClusterRole", "of-another"),
        role("ClusterRole", "of-nobody"),
        role("Role", "here", namespace="shop"),
        binding("ClusterRoleBinding", "everywhere", "me"),
        binding("ClusterRoleBinding", "of-another", "another"),
        binding("RoleBinding", "here", "me", namespace="shop"),
    ]
    assert granted(objects, ("home", "me")) == {Right("get", "", "everywhere"), Right("get", "", "here", "shop")}
