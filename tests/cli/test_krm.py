"""`netbaseline krm`: the protocol of KRM functions."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.running import netbaseline

Json = dict[str, Any]

BASELINE: Json = {
    "apiVersion": "netbaseline.dev/v1alpha1",
    "kind": "NetworkBaseline",
    "metadata": {"name": "default", "namespace": "shop"},
}
OTHER: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "other", "annotations": {"internal.config.kubernetes.io/id": "1"}},
    "data": {"day": "2026-01-01"},
}


def resources(*items: Any, **more: Any) -> bytes:
    content = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": list(items), **more}
    return yaml.safe_dump(content).encode()


def names(text: str) -> list[str]:
    found = json.loads(text)
    assert (found["apiVersion"], found["kind"]) == ("config.kubernetes.io/v1", "ResourceList")
    return [item["metadata"]["name"] for item in found["items"]]


def test_baselines_go_and_policies_come_and_all_else_stays_as_it_is() -> None:
    ended = netbaseline("krm", stdin=resources(OTHER, BASELINE))
    assert ended.code == 0
    assert names(ended.out) == ["other", "nbl.default.deny", "nbl.default.dns"]
    assert json.loads(ended.out)["items"][0] == OTHER


def test_keep_leaves_the_baselines_in() -> None:
    assert names(netbaseline("krm", "--keep", stdin=resources(BASELINE)).out)[0] == "default"


def test_the_configuration_may_be_the_baseline() -> None:
    assert names(netbaseline("krm", stdin=resources(functionConfig=BASELINE)).out) == [
        "nbl.default.deny",
        "nbl.default.dns",
    ]


def test_a_configuration_that_is_among_the_items_is_rendered_once() -> None:
    ended = netbaseline("krm", stdin=resources(BASELINE, functionConfig=BASELINE))
    assert names(ended.out) == ["nbl.default.deny", "nbl.default.dns"]


def test_nothing_to_do_is_nothing_done() -> None:
    assert names(netbaseline("krm", stdin=resources(OTHER)).out) == ["other"]
    assert names(netbaseline("krm", stdin=b"{apiVersion: config.kubernetes.io/v1, kind: ResourceList}").out) == []


def test_the_platform_is_told_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("apiServers: [{ip: 10.0.0.1, port: 6443}]\n")
    asks = {**BASELINE, "spec": {"allow": {"kubeAPIServer": {}}}}
    assert "NothingDiscovered" not in netbaseline("krm", stdin=resources(asks)).out
    ended = netbaseline("krm", "--platform", tmp_path / "platform.yaml", stdin=resources(asks))
    assert "nbl.default.kube-api-server" in names(ended.out)


def test_a_bad_baseline_is_told_by_its_file_and_field() -> None:
    meta = {**BASELINE["metadata"], "annotations": {"config.kubernetes.io/path": "shop/baseline.yaml"}}
    ended = netbaseline("krm", stdin=resources({**BASELINE, "metadata": meta, "spec": {"mod": "Audit"}}))
    assert (ended.code, ended.out) == (2, "")
    assert "shop/baseline.yaml: NetworkBaseline shop/default: spec.mod" in ended.err


def test_what_is_no_resource_list_is_told() -> None:
    for text in (b"", b"a: [", b"kind: List\nitems: []\n", b"- 1\n"):
        ended = netbaseline("krm", stdin=text)
        assert (ended.code, ended.out) == (2, ""), text
        assert "<stdin>" in ended.err
    assert "items: expected a list" in netbaseline("krm", stdin=b"kind: ResourceList\nitems: 3\n").err


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan"])
def test_a_number_that_json_does_not_have_is_told_and_nothing_is_written(number: str) -> None:
    text = f"kind: ResourceList\nitems: [{{apiVersion: example.com/v1, kind: X, spec: {number}}}]\n"
    ended = netbaseline("krm", stdin=text.encode())
    assert (ended.code, ended.out) == (2, "")
    assert "<stdin>: a number in it is not finite" in ended.err


@pytest.mark.parametrize("metadata", ["default", ["default"], {"name": "default", "annotations": "config"}])
def test_a_baseline_whose_metadata_is_none_is_told_by_its_field(metadata: Any) -> None:
    bad = {**BASELINE, "metadata": metadata}
    for given in (resources(bad), resources(BASELINE, functionConfig=bad)):
        ended = netbaseline("krm", stdin=given)
        assert (ended.code, ended.out) == (2, "")
        assert "metadata" in ended.err
