"""Cyclonus, https://github.com/mattfenwick/cyclonus: what it is asked, and where it is known to be wrong.

It is asked as it is. A known mistake isn't left out of the comparison but predicted: `as_cyclonus_reads` says the same
policies as it understands them, so that a disagreement is either this one, exactly, or a failure of the test.
"""

from collections.abc import Mapping
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

from netbaseline.core.inventory import Pod
from tests.core.reach.judges.asking import Judge
from tests.core.reach.judges.worlds import OUTSIDE, PROBES, World
from tests.sandbox.build import Module, Tool

CYCLONUS = Tool(
    "cyclonus",
    ".",
    "4 min",
    module=Module(Path(__file__).parent / "go", "github.com/mattfenwick/cyclonus", lambda _: {}),
)

Json = dict[str, Any]
Answer = Mapping[tuple[int, int, int], tuple[bool, bool]]
"""By source, destination and probe: whether ingress and whether egress lets it pass."""


def ask(judge: Judge, world: World) -> Answer:
    """Its verdict on every connection of a world."""
    ends = [*({"Peer": _peer(world, pod), "Names": _names(pod)} for pod in world.pods)]
    ends += [{"Peer": {"IP": address}, "Names": [""] * len(PROBES)} for address in OUTSIDE]
    ports = [{"Number": probe.number, "Protocol": probe.protocol} for probe in PROBES]
    digits = judge.ask({"Policies": [spelled_out(policy) for policy in world.policies], "Ends": ends, "Ports": ports})
    places = product(range(len(ends)), range(len(ends)), range(len(PROBES)))
    return {place: (digit in {"1", "3"}, digit in {"2", "3"}) for place, digit in zip(places, digits, strict=True)}


def _peer(world: World, pod: Pod) -> Json:
    labels = {"PodLabels": dict(pod.labels), "NamespaceLabels": world.namespaces[pod.namespace]}
    return {"IP": pod.ips[0], "Internal": {"Namespace": pod.namespace, **labels}}


def _names(pod: Pod) -> list[str]:
    named = {(port.number, port.protocol): port.name or "" for port in pod.ports}
    return [named.get(probe, "") for probe in PROBES]


def spelled_out(policy: Json) -> Json:
    """The same policy in the spelling that it takes: with `policyTypes`, and without empty values in `matchLabels`.

    It refuses a policy without types, which the API server would have written in; and it takes a missing label for
    one with an empty value, in `matchLabels` alone.
    """
    given = deepcopy(policy)
    spec = given["spec"]
    spec.setdefault("podSelector", {})
    spec.setdefault("policyTypes", ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    for selector in _selectors(spec):
        empty = [key for key, value in selector.get("matchLabels", {}).items() if value == ""]
        for key in empty:
            del selector["matchLabels"][key]
            selector.setdefault("matchExpressions", []).append({"key": key, "operator": "In", "values": [""]})
    return given


def as_cyclonus_reads(policy: Json) -> Json:
    """The policy with its one mistake made explicit: `NotIn` wants the label to be there."""
    given = spelled_out(policy)
    for selector in _selectors(given["spec"]):
        expressions = selector.get("matchExpressions", [])
        expressions += [
            {"key": item["key"], "operator": "Exists"} for item in expressions if item["operator"] == "NotIn"
        ]
    return given


def _selectors(spec: Json) -> list[Json]:
    found = [spec["podSelector"]]
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction) or ():
            for peer in rule.get(peers) or ():
                found += [peer[name] for name in ("podSelector", "namespaceSelector") if name in peer]
    return found
