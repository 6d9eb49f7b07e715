"""The API server and Python give the same verdict on the same object: some hundred borderline values, asked at once."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.manifests import baseline, refusal
from tests.sandbox.control_plane import ControlPlane

CIDRS = (
    "0.0.0.0/0", "::/0", "10.0.0.1/8", "10.0.0.0/8", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0/8", "/8",
    "010.0.0.0/8", "10.0.0.0/33", "1.2.3.4/32", "1.2.3.4/\u0663", "2001:db8::/32", "2001:DB8::/64", "2001:DB8::1/64",
    "::1/128", "::1/129", "::ffff:1.2.3.4/128", "::ffff:0:0/96", "::ffff:0:0/95", "::1.2.3.4/128", "64:ff9b::/96",
    "64:ff9b::1.2.3.4/128", "fe80::1%eth0/64", " 10.0.0.0/8", "10.0.0.0/8 ", "10.0.0.0 /8", "10.0.0.0/8\n", "1.2.3.4",
    "2001:db8:0:0:0:0:0:0/32", "2001:0db8:0000:0000:0000:0000:0000:0000/128", "12001:db8::/32", "1::2::3/64", "::",
    "10.0.0.0/8/8", "a/8", "0:0:0:0:0:0:0:0:0/8", "10.0.0.256/8", "10.0.0.0/255.0.0.0", "0x0a.0.0.0/8",
    "\u0661\u0660.0.0.0/8", "::ffff:0:0:0/96", "::ffff:ffff:ffff/128", "::/00", "2001:db8::/ 32",
)  # fmt: skip
PORTS: tuple[object, ...] = (
    0, 1, 65535, 65536, -1, None, True, 80.5, "80", "http", "a" * 15, "a" * 16, "1a", "a1", "1-2", "1-a", "-a", "a-",
    "a--b", "é", "http\n", [], {}, 2**40, 10**20, "", "9-9-9a", "a.b", "A",
)  # fmt: skip
LABEL_KEYS = (
    "a", "A", "a/b", "a/b/c", "/a", "a/", "A/b", "a.b/c", "a..b/c", "a-/b", "a_b/c", "-a", "a-", "a.", "a_b", "a.b", "",
    "é", "a b", "a" * 63, "a" * 64, "b" * 253 + "/a", "b" * 254 + "/a", "b" * 253 + "/" + "a" * 63, "b.c/" + "a" * 64,
    "a\n", "app.kubernetes.io/name", "a" * 317, "1", "b" * 300 + "/a",
)  # fmt: skip
LABEL_VALUES: tuple[object, ...] = (
    "", "a", "A", "-a", "a-", "a b", "a.b", "a_b", "a" * 63, "a" * 64, "é", "a\n", "\n", None, 1, True, [], {}, ".",
)  # fmt: skip
DATES = (
    "2026-11-01", "2026-02-29", "2024-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "0000-01-01", "1999-01-01",
    "2000-01-01", "2999-12-31", "\u0662026-11-01", "2026-11-01T00:00:00Z", "20261101", "2026-W01-1", "", None, 5,
    "2026-11-01\n",
)  # fmt: skip
ANYTHING: tuple[object, ...] = (None, {}, [], "", "x", 0, 1, True, False, {"x": None}, [None])
SPEC_FIELDS = (
    "mode", "suspend", "podSelector", "defaultDeny", "allow", "owner", "description", "interlock", "deletionPolicy",
    "adoptionPolicy",
)  # fmt: skip
ALLOWANCES = ("dns", "sameNamespace", "ingressController", "monitoring", "kubeAPIServer", "ingress", "egress")
PARTS: tuple[object, ...] = (
    {"from": None, "ports": None, "pods": None}, {"from": []}, {"to": []}, {"enabled": None}, {"enabled": "yes"},
)  # fmt: skip
OBJECT_NAMES = ("a.b", "A", "a" * 63, "a" * 64, "1", "a-", "a" * 253)


def rule(**fields: object) -> dict[str, Any]:
    return {"allow": {"egress": [{"name": "a", "to": [{"podSelector": {}}], **fields}]}}


def peer(**fields: object) -> dict[str, Any]:
    return rule(to=[fields])


def selector(**fields: object) -> dict[str, Any]:
    return {"podSelector": fields}


def ranges(chance: random.Random) -> Iterator[dict[str, Any]]:
    def v4() -> str:
        return f"{chance.choice((10, 11))}.{chance.choice((0, 64, 128))}.0.0/{chance.randint(7, 12)}"

    def v6() -> str:
        return f"2001:db8:{chance.choice(('0', '8000', 'c000'))}::/{chance.randint(32, 36)}"

    for make in (v4, v6):
        for _ in range(40):
            yield peer(cidr=make(), **{"except": [make() for _ in range(chance.randint(0, 2))]})
    for text in CIDRS:
        yield peer(cidr=text)
        yield peer(cidr=chance.choice(CIDRS), **{"except": [text]})


def peers(chance: random.Random) -> Iterator[dict[str, Any]]:
    values: dict[str, tuple[object, ...]] = {
        "namespace": ("a", "a.b", "", None, "A"),
        "namespaceSelector": ({}, None, {"matchLabels": None}),
        "podSelector": ({}, None, {"matchLabels": {"a": "b"}}, []),
        "cidr": ("10.0.0.0/8", "x", None, ""),
        "except": ([], None, ["10.1.0.0/16"], [None]),
    }
    for _ in range(60):
        yield peer(**{name: chance.choice(found) for name, found in values.items() if chance.random() < 0.4})


def ports(chance: random.Random) -> Iterator[dict[str, Any]]:
    for port in (*PORTS, *("".join(chance.choices("a1-Z.", k=chance.randint(1, 6))) for _ in range(60))):
        yield rule(ports=[{"port": port}])
    for end in (0, 1, 79, 80, 81, 65535, 65536, None, "81", True):
        for start in ({"port": 80}, {}, {"port": "http"}):
            yield rule(ports=[{**start, "endPort": end}])
    for protocol in ("TCP", "tcp", "", None, 1, "SCTP"):
        yield rule(ports=[{"port": 80, "protocol": protocol}])


def labels() -> Iterator[dict[str, Any]]:
    for key in LABEL_KEYS:
        yield selector(matchLabels={key: "x"})
        yield selector(matchExpressions=[{"key": key, "operator": "Exists"}])
    for value in LABEL_VALUES:
        yield selector(matchLabels={"a": value})
        yield selector(matchExpressions=[{"key": "a", "operator": "In", "values": [value]}])
    for operator in ("In", "NotIn", "Exists", "DoesNotExist", "in", "", None):
        for values in (None, [], ["a"], ["a", "a"], "a"):
            yield selector(matchExpressions=[{"key": "a", "operator": operator, "values": values}])


def names(chance: random.Random) -> Iterator[dict[str, Any]]:
    for name in ("a", "a.b", "A", "-a", "a-", "a" * 63, "a" * 64, "", None, 1, "1", "é", "a\n"):
        yield rule(name=name)
    for _ in range(30):
        some = [chance.choices("abcdefgh", k=chance.randint(0, 3)) for _ in range(2)]
        ingress, egress = ([{"name": name, "from": [{}], "to": [{}]} for name in found] for found in some)
        for item in (*ingress, *egress):
            item["to"] = item["from"] = [{"podSelector": {}}]
        yield {
            "allow": {
                "ingress": [{"name": item["name"], "from": item["from"]} for item in ingress],
                "egress": [{"name": item["name"], "to": item["to"]} for item in egress],
            }
        }


def wrong_types() -> Iterator[dict[str, Any]]:
    for field in SPEC_FIELDS:
        for value in ANYTHING:
            yield {field: value}
    for field in ALLOWANCES:
        for value in (*ANYTHING, *PARTS):
            yield {"allow": {field: value}}
    for directions in (["Ingress"], ["Egress", "Ingress"], ["Ingress", "Ingress"], ["ingress"]):
        yield {"defaultDeny": directions}
    for day in DATES:
        yield {"reviewed": day}
    for text in ("é" * 253, "é" * 254, "\U0001f600" * 253, "a\0b", "a\nb", 5):
        yield {"owner": text}
        yield {"description": text}
    for length in (512, 513):
        yield {"description": "é" * length}


def manifests() -> list[dict[str, Any]]:
    chance = random.Random(3)
    specs: list[object] = [*ranges(chance), *peers(chance), *ports(chance), *labels(), *names(chance), *wrong_types()]
    specs += [None, [], "", 0]
    found = [baseline(spec, metadata={"name": f"case-{number}"}) for number, spec in enumerate(specs)]
    found += [baseline({}, metadata={"name": name}) for name in OBJECT_NAMES]
    for field in ("status", "Spec", "data"):
        found.append(baseline({}, metadata={"name": f"top-{field.lower()}"}, **{field: {}}))
    return found


@pytest.fixture(scope="module")
def accepted(cluster: ControlPlane, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of those that the API server would store."""
    folder = tmp_path_factory.mktemp("agreement")
    for number, manifest in enumerate(manifests()):
        Path(folder / f"{number:05}.json").write_text(json.dumps(manifest))
    result = cluster.kubectl(
        "create",
        f"--namespace={namespace}",
        "--dry-run=server",
        "--validate=strict",
        "--output=name",
        f"--filename={folder}",
        check=False,
    )
    return {line.rpartition("/")[2] for line in result.stdout.split()}


def test_both_judges_agree_on_every_value(accepted: set[str]) -> None:
    disagreements = [
        f"{manifest['metadata']['name']}: {refusal(manifest) or 'fine'} to Python: {json.dumps(manifest)[:300]}"
        for manifest in manifests()
        if (refusal(manifest) is None) != (manifest["metadata"]["name"] in accepted)
    ]
    assert disagreements == []


def test_the_values_are_of_both_kinds(accepted: set[str]) -> None:
    assert 150 < len(accepted) < len(manifests()) - 150
