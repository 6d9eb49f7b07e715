"""What is alike is kept once."""

import json

from netbaseline.core.live import Live, from_manifest
from netbaseline.core.sharing import MOST, shared


def live(namespace: str) -> Live:
    """As the API server sends it: nothing of it is an object that was there before."""
    metadata = {"namespace": namespace, "name": "default-deny", "uid": f"of {namespace}", "resourceVersion": "1"}
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"ports": [{"port": 80}]}]}
    return from_manifest(json.loads(json.dumps({"metadata": metadata, "spec": spec})))


def test_policies_of_two_namespaces_that_say_the_same_share_what_they_say() -> None:
    one, two = live("shop"), live("cart")
    assert one.spec is two.spec
    assert one.name is two.name
    assert (one.namespace, one.uid, two.namespace, two.uid) == ("shop", "of shop", "cart", "of cart")


def test_what_came_too_long_ago_is_shared_anew() -> None:
    first = shared(frozenset({"a", "b"}))
    assert shared(frozenset({"b", "a"})) is first
    for number in range(MOST):
        shared(number)
    second = shared(frozenset({"b", "a"}))
    assert second == first
    assert second is not first
