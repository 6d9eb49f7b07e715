"""`--cni` settles what the API leaves open, in every command that gives verdicts."""

import json
from pathlib import Path

import pytest

from tests.cli.running import netbaseline

HOST = """\
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {hostNetwork: true, containers: [{name: main, image: agent}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: main, image: web}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
EXPECTED = "- {from: shop/web, to: shop/agent, port: 80, allowed: true}\n"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    path = tmp_path / "manifests" / "host.yaml"
    path.parent.mkdir()
    path.write_text(HOST)
    return path


def verdict(host: Path, *more: str) -> str:
    ended = netbaseline(
        "explain", "--from", "shop/web", "--to", "shop/agent", "--port", "80", host, "-o", "json", *more
    )
    return str(json.loads(ended.out)["verdict"])


def test_a_policy_for_a_host_network_pod_depends_until_the_plugin_is_named(host: Path) -> None:
    assert verdict(host) == "depends"
    assert verdict(host, "--cni", "calico") == "allowed"
    assert verdict(host, "--cni", "Weave Net") == "allowed"
    assert verdict(host, "--cni", "none") == "allowed"


def test_with_none_nothing_is_enforced(host: Path) -> None:
    flow = ("explain", "--from", "shop/agent", "--to", "shop/web", "--port", "80", host)
    assert netbaseline(*flow).code == 1
    assert netbaseline(*flow, "--cni", "cilium").code == 1
    assert netbaseline(*flow, "--cni", "none").code == 0


def test_connections_that_depended_are_listed_by_their_ports(host: Path) -> None:
    def of(*more: str) -> list[dict[str, object]]:
        found = json.loads(netbaseline("connectivity", host, "-o", "json", *more).out)["connections"]
        return [one for one in found if one["source"] == "shop/web[Pod]" and one["destination"] == "shop/agent[Pod]"]

    [unsettled], [settled] = of(), of("--cni", "antrea")
    assert not unsettled["ports"]
    assert "depends" in unsettled
    assert settled["ports"] == {"TCP": "1-65535", "UDP": "1-65535", "SCTP": "1-65535"}
    assert "depends" not in settled


def test_an_expectation_is_met_once_the_plugin_settles_it(host: Path, tmp_path: Path) -> None:
    expected = tmp_path / "expected.yaml"
    expected.write_text(f"expectations:\n{EXPECTED}")
    assert netbaseline("simulate", expected, host).code == 1
    assert netbaseline("simulate", expected, host, "--cni", "kube-router").code == 0


def test_a_host_network_pod_that_no_policy_reaches_counts_as_open(host: Path) -> None:
    def ingress(*more: str) -> str:
        found = json.loads(netbaseline("coverage", host, "--by", "pod", "-o", "json", *more).out)
        [agent] = [one for one in found["byPod"] if one["pod"] == "agent"]
        return str(agent["ingress"]["state"])

    assert ingress() == "depends"
    assert ingress("--cni", "calico") == "open"


def test_what_a_new_policy_narrows_depends_on_the_plugin_too(host: Path, tmp_path: Path) -> None:
    policy = tmp_path / "new.yaml"
    policy.write_text(HOST.rsplit("---\n", 1)[1].replace("name: deny", "name: out").replace("[Ingress]", "[Egress]"))

    def narrowed(*more: str) -> str:
        return json.dumps(json.loads(netbaseline("plan", "-f", policy, host, "-o", "json", *more).out)["narrowed"])

    assert "shop/agent[Pod]" in narrowed("--cni", "cilium")
    assert narrowed("--cni", "none") == "[]"


@pytest.mark.parametrize("command", ["coverage", "explain", "connectivity", "simulate"])
def test_a_plugin_that_is_not_known_is_answered_with_the_known_ones(command: str, host: Path, tmp_path: Path) -> None:
    expected = tmp_path / "expected.yaml"
    expected.write_text(f"expectations:\n{EXPECTED}")
    flow = ("--from", "shop/web", "--to", "shop/agent", "--port", "80") if command == "explain" else ()
    file = (expected,) if command == "simulate" else ()
    ended = netbaseline(command, *file, host, *flow, "--cni", "flanel")
    assert ended.code == 2
    assert "--cni: no plugin is called 'flanel'; known are calico, canal," in ended.err
