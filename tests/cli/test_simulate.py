"""`netbaseline simulate`: what a team expects of its policies, run as a test."""

import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.cli.running import Ended, netbaseline

MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, namespace: shop}
spec:
  template:
    metadata: {labels: {app: frontend}}
    spec: {containers: [{name: c}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: backend, namespace: shop}
spec:
  template:
    metadata: {labels: {app: backend}}
    spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: backend, namespace: shop}
spec:
  podSelector: {matchLabels: {app: backend}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: frontend}}}]
    ports: [{port: 8080}]
"""
HOLDING = """\
expectations:
- {from: shop/frontend, to: shop/backend, port: 8080, allowed: true, name: checkout}
- {from: shop/frontend, to: shop/backend, port: http/TCP, allowed: true}
- {from: [shop/frontend, 192.0.2.1], to: shop/backend, port: [22, 53/UDP], allowed: false}
"""
FAILING = """\
- {from: shop/frontend, to: shop/backend, port: 8080, allowed: false}
- {from: 192.0.2.1, to: shop/backend, port: 8080, allowed: true}
- {from: shop/front, to: shop/backend, port: 8080, allowed: true}
- {from: shop/backend, to: shop/frontend, port: 1, allowed: true}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "x.yaml").write_text(MANIFESTS)
    return tmp_path


def simulated(folder: Path, expectations: str, *flags: str) -> Ended:
    (folder / "expected.yaml").write_text(expectations)
    return netbaseline("simulate", folder / "expected.yaml", folder / "manifests", *flags)


def test_what_holds_is_listed_and_ends_with_0(folder: Path) -> None:
    ended = simulated(folder, HOLDING)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "ok   shop/frontend -> shop/backend 8080 allowed (checkout)",
        "ok   shop/frontend -> shop/backend http/TCP allowed",
        "ok   shop/frontend -> shop/backend 22 denied",
        "ok   shop/frontend -> shop/backend 53/UDP denied",
        "ok   192.0.2.1 -> shop/backend 22 denied",
        "ok   192.0.2.1 -> shop/backend 53/UDP denied",
        "",
        "6 expectations, 0 failed",
    ]


def test_what_fails_says_why_and_where_it_was_expected_and_ends_with_1(folder: Path) -> None:
    ended = simulated(folder, FAILING)
    assert ended.code == 1
    path = folder / "expected.yaml"
    assert ended.out.splitlines() == [
        "FAIL shop/frontend -> shop/backend 8080 denied",
        "     allowed: nothing isolates the egress side and ingress allowed by shop/backend spec.ingress[0]",
        f"     expected at {path}:1",
        "FAIL 192.0.2.1 -> shop/backend 8080 allowed",
        "     denied: ingress isolated by shop/backend, and no rule of them lets it pass",
        f"     expected at {path}:2",
        "FAIL shop/front -> shop/backend 8080 allowed",
        "     unknown: shop/front: no such pod, workload or Service in namespace shop; there is frontend",
        f"     expected at {path}:3",
        "ok   shop/backend -> shop/frontend 1 allowed",
        "",
        "4 expectations, 3 failed",
    ]


def test_junit_tells_failures_from_what_is_not_there(folder: Path) -> None:
    ended = simulated(folder, FAILING, "-o", "junit")
    assert ended.code == 1
    suites = ET.fromstring(ended.out)
    assert suites.attrib == {"tests": "4", "failures": "2", "errors": "1"}
    cases = list(suites.iter("testcase"))
    assert [case.get("name") for case in cases][:1] == ["shop/frontend -> shop/backend 8080 denied"]
    assert [[child.tag for child in case] for case in cases] == [["failure"], ["failure"], ["error"], []]
    assert [case.get("line") for case in cases] == ["1", "2", "3", "4"]
    assert "shop/backend spec.ingress[0]" in (cases[0][0].get("message") or "")


def test_tap_is_a_plan_and_a_line_for_each_with_a_block_under_what_fails(folder: Path) -> None:
    ended = simulated(folder, FAILING.replace("allowed: false}", "allowed: false, name: 'the # of it'}"), "-o", "tap")
    lines = ended.out.splitlines()
    assert lines[:3] == [
        "TAP version 13",
        "1..4",
        "not ok 1 - shop/frontend -> shop/backend 8080 denied (the \\# of it)",
    ]
    assert [line for line in lines if line.startswith(("ok", "not ok"))][3].startswith("ok 4 - ")
    block = "\n".join(lines[lines.index("  ---") + 1 : lines.index("  ...")])
    assert yaml.safe_load(block)["found"] == "allowed"


@pytest.mark.skipif(shutil.which("prove") is None, reason="no prove, the TAP reader of perl")
def test_a_reader_of_tap_understands_it(folder: Path) -> None:
    for expectations, code in ((HOLDING, 0), (FAILING, 1)):
        (folder / "x.tap").write_text(simulated(folder, expectations, "-o", "tap").out)
        ended = subprocess.run(
            ["prove", "--exec", "cat", folder / "x.tap"], check=False, capture_output=True, text=True
        )
        assert (ended.returncode != 0) == bool(code), ended.stdout + ended.stderr
        assert ("Failed tests:  1-3" in ended.stdout) == bool(code)


def test_json_and_yaml_hold_the_same_for_programs(folder: Path) -> None:
    found = json.loads(simulated(folder, FAILING, "-o", "json").out)
    assert found == yaml.safe_load(simulated(folder, FAILING, "-o", "yaml").out)
    assert found["failed"] == 3
    assert found["expectations"][0] == {
        "from": "shop/frontend",
        "to": "shop/backend",
        "port": "8080",
        "name": "",
        "expected": "denied",
        "verdict": "allowed",
        "holds": False,
        "why": "nothing isolates the egress side and ingress allowed by shop/backend spec.ingress[0]",
    }


POD = """\
---
apiVersion: v1
kind: Pod
metadata:
  {name: %s, namespace: shop, labels: {app: frontend%s}, ownerReferences: [{kind: X, name: x, controller: true}]}
spec: {hostNetwork: %s}
"""


def test_a_workload_whose_pods_differ_meets_neither_expectation(folder: Path) -> None:
    pods = POD % ("x-1", "", "false") + POD % ("x-2", "-canary", "false")
    (folder / "manifests" / "pods.yaml").write_text(pods)
    for allowed in ("true", "false"):
        ended = simulated(folder, f"[{{from: shop/x, to: shop/backend, port: 8080, allowed: {allowed}}}]")
        assert ended.code == 1
        assert "differs: " in ended.out
        assert "x-1 -> backend allowed" in ended.out
        assert "x-2 -> backend denied" in ended.out


def test_what_depends_on_the_network_plugin_meets_neither_expectation(folder: Path) -> None:
    (folder / "manifests" / "pods.yaml").write_text(POD % ("node-1", "", "true"))
    for allowed in ("true", "false"):
        ended = simulated(folder, f"[{{from: shop/x, to: shop/backend, port: 8080, allowed: {allowed}}}]")
        assert ended.code == 1
        assert "depends: whether a podSelector matches hostNetwork pods is the network plugin's choice" in ended.out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no expectations in it"),
        ("[]", "no expectations in it"),
        ("just words", "expected a list of expectations, not a text"),
        ("- {from: a, to: b, port: 1}", ":1: document 1: [0].allowed: is required"),
        ("- {from: a, to: b, port: 1, allowed: 'yes'}", "[0].allowed: must be true or false (found 'yes')"),
        ("- {from: [], to: b, port: 1, allowed: true}", "[0].from: must have 1 or more items"),
        ("- {from: {a: b}, to: b, port: 1, allowed: true}", "[0].from[0]: must be a string (found an object)"),
        ('- {from: "a\\e[1m", to: b, port: 1, allowed: true}', r"[0].from[0]: must be text that can be printed"),
        ("- {from: a, to: b, port: 1, allow: true}", "[0].allow: unknown field; did you mean allowed?"),
        ("expectations: {}", "expectations: must be a list"),
        ("- [\n", "not YAML"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_its_place(folder: Path, content: str, told: str) -> None:
    ended = simulated(folder, content)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert str(folder / "expected.yaml") in ended.err


def test_a_port_that_makes_no_sense_fails_its_expectation(folder: Path) -> None:
    ended = simulated(folder, "- {from: shop/frontend, to: shop/backend, port: 70000, allowed: true}")
    assert ended.code == 1
    assert "unknown: 70000: a port is a number from 1 to 65535" in ended.out


def test_bad_manifests_end_it_with_2_unless_asked_to_go_on(folder: Path) -> None:
    (folder / "manifests" / "bad.yaml").write_text("kind: Pod\n")
    assert simulated(folder, HOLDING).code == 2
    ended = simulated(folder, HOLDING, "--keep-going")
    assert ended.code == 2
    assert "6 expectations, 0 failed" in ended.out
