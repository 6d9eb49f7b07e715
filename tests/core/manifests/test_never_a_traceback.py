"""Whatever stands in a manifest: it ends as an inventory and problems with their places, never as an exception."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netbaseline.core.manifests.gather import READERS
from netbaseline.core.reach.matrix import Reachability
from tests.core.manifests.given import gathered, pod, workload
from tests.core.manifests.test_baselines import baseline
from tests.core.manifests.test_objects import calico, service
from tests.core.manifests.test_policies import policy

WORDS = (
    "metadata", "spec", "status", "name", "namespace", "labels", "matchLabels", "matchExpressions", "podSelector",
    "from", "to", "ports", "port", "ipBlock", "cidr", "except", "ingress", "egress", "template", "jobTemplate",
    "containers", "ownerReferences", "endPort", "protocol", "policyTypes", "selector", "rules", "http", "paths",
    "backend", "service",
)  # fmt: skip
TEXTS = st.sampled_from(
    ["", "a", "shop", "TCP", "Ingress", "10.0.0.0/8", "::/0", "80", "In", "\x1b[31m", "ü", "x" * 300]
)
LEAVES = st.none() | st.booleans() | st.integers(-1, 70000) | st.floats() | TEXTS
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | TEXTS, inner, max_size=4),
    max_leaves=20,
)
REQUIREMENT = {"key": "a", "operator": "In", "values": ["b"]}
INGRESS = {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}
GOOD: list[Any] = [
    pod("a", {"app": "web"}, owner=("ReplicaSet", "a-1")),
    *(workload(kind, "w", {"app": "web"}) for kind in ("Deployment", "ReplicaSet", "Job", "CronJob")),
    service(selector={"app": "web"}, ports=[{"port": 80}]),
    policy(
        podSelector={"matchLabels": {"app": "web"}, "matchExpressions": [REQUIREMENT]},
        policyTypes=["Ingress"],
        ingress=[{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}], "ports": [{"port": 80}]}],
    ),
    baseline(allow={"sameNamespace": {}}),
    calico(),
    {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i"}, "spec": INGRESS},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"a": "b"}}},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in an object."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in below for found in places(item, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A good object in which one or two places hold something else."""
    found: Any = {"x": json.loads(json.dumps(draw(st.sampled_from(GOOD))))}
    for _ in range(draw(st.integers(1, 2))):
        path = ("x", *draw(st.sampled_from(places(found["x"]))))
        holder = found
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = draw(ANYTHING)
    return found["x"]


@st.composite
def arbitrary(draw: st.DrawFn) -> Any:
    """Anything under a kind that is read."""
    api_version, kind = draw(st.sampled_from(sorted(READERS)))
    return {"apiVersion": api_version, "kind": kind, **draw(st.dictionaries(st.sampled_from(WORDS), ANYTHING))}


@given(st.lists(damaged() | arbitrary() | ANYTHING, min_size=1, max_size=4))
def test_any_object_ends_in_the_inventory_or_as_a_problem_that_can_be_printed(objects: list[Any]) -> None:
    found = gathered(*[item for item in objects if not isinstance(item, str)])
    for remark in (*found.problems, *found.notes):
        assert str(remark).isprintable()
        assert len(str(remark)) < 1000
    inventory = found.inventory
    named = {pod.namespace for pod in inventory.pods} | {policy.namespace for policy in inventory.policies}
    assert named <= set(inventory.namespaces)
    # What is read can be judged: nothing of a wrong type has come through.
    Reachability(inventory)
