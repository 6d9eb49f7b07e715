"""What a namespace went through, write by write, and rule 1 held against it: no cut, no gap."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from kubernetes import watch

from netbaseline.core.live import from_manifest
from netbaseline.core.netpol import Spec
from netbaseline.core.verdict import Applied, Endpoint, Flow, decide
from tests.cluster.world import Json, World

State = Mapping[str, Spec]
"""Policies of one namespace by name."""

_PORTS = ((53, "UDP"), (53, "TCP"), (80, "TCP"), (443, "TCP"), (8080, "TCP"), (9090, "TCP"))
_OUTSIDE = ("203.0.113.5", "203.0.113.200", "198.51.100.1", "169.254.20.10")


def flows(namespace: str) -> list[Flow]:
    """Every flow of a small world that has at least one end in the namespace."""
    labels: list[dict[str, str]] = [{}, {"app": "web"}, {"app": "api"}, {"app": "db"}]
    pods = [Endpoint(namespace, mine, ips=(f"10.0.0.{number}",)) for number, mine in enumerate(labels)]
    others = [
        Endpoint("monitoring", {"app": "prometheus"}, ips=("10.0.1.1",)),
        Endpoint("monitoring", {}, ips=("10.0.1.2",)),
        Endpoint("kube-system", {"k8s-app": "kube-dns"}, ips=("10.0.2.1",)),
        *(Endpoint(None, ips=(address,)) for address in _OUTSIDE),
    ]
    pairs = [*product(pods, pods), *product(pods, others), *product(others, pods)]
    return [Flow(source, to, port, protocol) for source, to in pairs for port, protocol in _PORTS]


class History:
    """The policies of a namespace from now on; whoever writes them."""

    def __init__(self, world: World, namespace: str) -> None:
        self._world, self._namespace = world, namespace
        self._flows = flows(namespace)
        listed = self._listed()
        self._version: str = listed["metadata"]["resourceVersion"]
        self._start = {item["metadata"]["name"]: item for item in listed["items"]}

    def states(self) -> list[State]:
        """The state at the start and after each write since, in the API server's order; call it in a quiet moment."""
        now = _versions({item["metadata"]["name"]: item for item in self._listed()["items"]})
        there = dict(self._start)
        found = [_specs(there)]
        if _versions(there) == now:
            return found
        stream: Any = watch.Watch()  # type: ignore[no-untyped-call]
        for event in stream.stream(
            self._world.networking.list_namespaced_network_policy,
            self._namespace,
            resource_version=self._version,
            timeout_seconds=30,
        ):
            item = event["raw_object"]
            if event["type"] == "DELETED":
                del there[item["metadata"]["name"]]
            else:
                there[item["metadata"]["name"]] = item
            found.append(_specs(there))
            if _versions(there) == now:
                stream.stop()
        assert _versions(there) == now, "the watch doesn't lead to what is there"
        return found

    def allowed(self, state: State) -> frozenset[int]:
        """The flows that pass, as their numbers."""
        policies = [Applied(self._namespace, name, spec) for name, spec in state.items()]
        return frozenset(number for number, flow in enumerate(self._flows) if decide(policies, flow).allowed)

    def hold_rule_1(self) -> list[State]:
        """Fails where a write cut or opened a flow that is the same at both ends of the history; returns the states."""
        states = self.states()
        first, last = self.allowed(states[0]), self.allowed(states[-1])
        assert first != last, "a history that changes no flow says nothing about the order of its writes"
        for number, state in enumerate(states):
            now = self.allowed(state)
            cut, gap = (first & last) - now, now - (first | last)
            told = f"write {number} of {len(states) - 1}, leaving {sorted(state)}"
            assert not cut, f"{told}, cuts {[self._flows[index] for index in sorted(cut)[:2]]}"
            assert not gap, f"{told}, opens {[self._flows[index] for index in sorted(gap)[:2]]}"
        return states

    def _listed(self) -> Json:
        raw = self._world.networking.list_namespaced_network_policy(self._namespace, _preload_content=False)
        found: Json = raw.json()
        return found


def _versions(items: Mapping[str, Json]) -> dict[str, str]:
    return {name: item["metadata"]["resourceVersion"] for name, item in items.items()}


def _specs(items: Mapping[str, Json]) -> State:
    return {name: from_manifest(item).spec for name, item in items.items()}
