"""`netbaseline render`: order, formats, and input of every kind."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from netbaseline.cli.render import EPILOG
from tests.cli.running import EXAMPLES, netbaseline


def baseline(name: str = "default", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "netbaseline.dev/v1alpha1",
        "kind": "NetworkBaseline",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"allow": {"dns": {"enabled": False}}, "defaultDeny": ["Ingress"], **spec},
    }


def text(*objects: object) -> str:
    return "---\n".join(yaml.safe_dump(item, sort_keys=False) for item in objects)


def names(output: str) -> list[str]:
    return [item["metadata"]["name"] for item in yaml.safe_load_all(output)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """b.yaml with two baselines, sub/a.yml with one, and a file of another kind."""
    (tmp_path / "b.yaml").write_text(text(baseline("b2"), baseline("b1")))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.yml").write_text(text(baseline("a")))
    (tmp_path / "a.json").write_text(json.dumps(baseline("j")))
    (tmp_path / "notes.txt").write_text("not: [yaml")
    return tmp_path


def test_a_baseline_becomes_its_policies() -> None:
    ended = netbaseline("render", "-f", EXAMPLES / "default-deny.yaml")
    assert (ended.code, ended.err) == (0, "")
    assert names(ended.out) == ["nbl.default-deny.deny", "nbl.default-deny.dns"]


def test_objects_keep_the_order_of_the_input(folder: Path) -> None:
    ended = netbaseline("render", "-f", folder / "b.yaml", "-f", folder / "sub" / "a.yml")
    assert names(ended.out) == ["nbl.b2.deny", "nbl.b1.deny", "nbl.a.deny"]
    ended = netbaseline("render", "-f", folder / "sub" / "a.yml", "-f", folder / "b.yaml")
    assert names(ended.out) == ["nbl.a.deny", "nbl.b2.deny", "nbl.b1.deny"]


def test_a_folder_stands_for_its_yaml_and_json_files_sorted_at_any_depth(folder: Path) -> None:
    ended = netbaseline("render", "-f", folder)
    assert (ended.code, ended.err) == (0, "")
    assert names(ended.out) == ["nbl.j.deny", "nbl.b2.deny", "nbl.b1.deny", "nbl.a.deny"]


def test_a_dash_is_standard_input_among_other_files(folder: Path) -> None:
    ended = netbaseline("render", "-f", "-", "-f", folder / "sub", stdin=text(baseline("in")).encode())
    assert names(ended.out) == ["nbl.in.deny", "nbl.a.deny"]


def test_a_list_kind_is_taken_apart_in_order() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [baseline("x"), baseline("w")]}
    typed = {"apiVersion": "netbaseline.dev/v1alpha1", "kind": "NetworkBaselineList", "items": [baseline("v")]}
    ended = netbaseline("render", "-f", "-", stdin=text(listed, typed).encode())
    assert names(ended.out) == ["nbl.x.deny", "nbl.w.deny", "nbl.v.deny"]


def test_what_is_rendered_can_be_rendered_over_and_applied_as_it_is() -> None:
    ended = netbaseline("render", "-f", EXAMPLES / "default-deny.yaml")
    for item in yaml.safe_load_all(ended.out):
        assert item.keys() == {"apiVersion", "kind", "metadata", "spec"}
        assert "ownerReferences" not in item["metadata"]
        assert item["metadata"]["namespace"] == "shop"


def test_json_is_one_list_that_kubectl_can_read() -> None:
    ended = netbaseline("render", "-f", EXAMPLES / "default-deny.yaml", "-o", "json")
    found = json.loads(ended.out)
    assert (found["apiVersion"], found["kind"]) == ("v1", "List")
    assert [item["metadata"]["name"] for item in found["items"]] == ["nbl.default-deny.deny", "nbl.default-deny.dns"]


def test_json_and_yaml_say_the_same() -> None:
    found = [netbaseline("render", "-f", EXAMPLES / "dns.yaml", "-o", kind).out for kind in ("json", "yaml")]
    assert json.loads(found[0])["items"] == list(yaml.safe_load_all(found[1]))


def test_a_table_lists_the_policies() -> None:
    ended = netbaseline("render", "-f", EXAMPLES / "default-deny.yaml", "-o", "table")
    assert [line.split() for line in ended.out.splitlines()] == [
        ["NAMESPACE", "NETWORKPOLICY", "DIRECTIONS"],
        ["shop", "nbl.default-deny.deny", "Ingress,Egress"],
        ["shop", "nbl.default-deny.dns", "Egress"],
    ]


def test_other_kinds_are_passed_over_with_a_remark() -> None:
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    stranger = {"apiVersion": "example.com/v1", "kind": "NetworkBaseline", "metadata": {"name": "x"}}
    ended = netbaseline("render", "-f", "-", stdin=text(other, stranger, baseline()).encode())
    assert ended.code == 0
    assert names(ended.out) == ["nbl.default.deny"]
    assert "<stdin>:2: ConfigMap passed over" in ended.err
    assert ended.err.count("passed over") == 2


def test_a_kind_that_a_terminal_would_obey_is_spelled_out() -> None:
    strange = {"apiVersion": "v1", "kind": "\x1b[31mPod", "metadata": {"name": "x"}}
    ended = netbaseline("render", "-f", "-", stdin=text(strange, baseline()).encode())
    assert ended.code == 0
    assert "'\\x1b[31mPod' passed over" in ended.err


def test_findings_are_remarks_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text(baseline(allow={"dns": {"ports": [{"port": 5353}]}})))
    ended = netbaseline("render", "-f", path)
    assert ended.code == 0
    line = path.read_text().splitlines().index("    dns:") + 1
    assert f"{path}:{line}: RuleIdle: spec.allow.dns " in ended.err


def test_the_first_example_of_the_help_can_be_typed_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES.parent)
    example = next(line for line in EPILOG.splitlines() if "examples/" in line)
    ended = netbaseline(*example.split()[1:])
    assert (ended.code, ended.err) == (0, "")


def test_what_nobody_can_discover_here_is_told_with_the_option_for_it() -> None:
    ended = netbaseline("render", "-f", EXAMPLES / "kube-api-server.yaml")
    assert ended.code == 2
    assert "; here, --platform FILE tells them" in ended.err


def test_discovered_parts_come_from_the_platform_file(tmp_path: Path) -> None:
    platform = tmp_path / "platform.yaml"
    platform.write_text("apiServers: [{ip: 192.0.2.1, port: 6443}]")
    ended = netbaseline("render", "-f", EXAMPLES / "kube-api-server.yaml", "--platform", platform)
    assert ended.code == 0
    assert "192.0.2.1/32" in ended.out
    without = netbaseline("render", "-f", EXAMPLES / "kube-api-server.yaml")
    assert (without.code, without.out) == (2, "")
    assert "kube-api-server.yaml:11: document 1: spec.allow.kubeAPIServer: " in without.err


def test_a_name_given_twice_is_refused_with_both_places() -> None:
    ended = netbaseline("render", "-f", "-", stdin=text(baseline(), baseline("other"), baseline()).encode())
    assert (ended.code, ended.out) == (2, "")
    lines = [
        number
        for number, line in enumerate(text(baseline(), baseline("other"), baseline()).splitlines(), 1)
        if "name: default" in line
    ]
    assert f"<stdin>:{lines[1]}: document 3: " in ended.err
    assert f"<stdin>:{lines[0]}" in ended.err


def test_the_same_name_in_two_namespaces_is_two_baselines() -> None:
    other = baseline()
    other["metadata"]["namespace"] = "pay"
    ended = netbaseline("render", "-f", "-", stdin=text(baseline(), other).encode())
    assert ended.code == 0
    assert [item["metadata"]["namespace"] for item in yaml.safe_load_all(ended.out)] == ["shop", "pay"]


@pytest.mark.parametrize("field", ["reviewed", "owner", "description"])
def test_a_date_without_quotes_is_text_as_kubectl_has_it(field: str) -> None:
    ended = netbaseline("render", "-f", "-", stdin=text(baseline()).encode() + f"  {field}: 2026-11-01\n".encode())
    assert ended.code == 0
    (policy,) = yaml.safe_load_all(ended.out)
    assert policy["metadata"]["annotations"][f"netbaseline.dev/{field}"] == "2026-11-01"


def test_a_status_in_the_input_is_ignored() -> None:
    ended = netbaseline("render", "-f", "-", stdin=text({**baseline(), "status": {"anything": 1}}).encode())
    assert (ended.code, ended.err) == (0, "")


def test_empty_documents_are_passed_over_in_silence() -> None:
    ended = netbaseline("render", "-f", "-", stdin=b"---\n---\n# nothing\n---\n" + text(baseline()).encode() + b"---\n")
    assert (ended.code, ended.err) == (0, "")
    assert names(ended.out) == ["nbl.default.deny"]


def test_to_a_file_that_is_written_only_where_it_changes(tmp_path: Path) -> None:
    target = tmp_path / "policies.yaml"
    command = ("render", "-f", EXAMPLES / "default-deny.yaml")
    assert netbaseline(*command, "--to", target).out == ""
    assert target.read_text() == netbaseline(*command).out
    target.chmod(0o400)
    before = target.stat().st_mtime_ns
    assert netbaseline(*command, "--to", target).code == 0
    assert target.stat().st_mtime_ns == before


def test_check_compares_and_writes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "policies.yaml"
    command = ("render", "-f", EXAMPLES / "default-deny.yaml", "--to", target)
    missing = netbaseline(*command, "--check")
    assert missing.code == 1
    assert f"{target} is out of date" in missing.err
    assert not target.exists()
    netbaseline(*command)
    assert netbaseline(*command, "--check").code == 0
    target.write_text("changed")
    assert netbaseline(*command, "--check").code == 1


def test_a_file_that_cannot_be_written_and_flags_that_make_no_sense_are_told(tmp_path: Path) -> None:
    command = ("render", "-f", EXAMPLES / "default-deny.yaml")
    for flags, told in (
        (("--to", tmp_path), f"--to {tmp_path}"),
        (("--check",), "name it by --to FILE"),
        (("--to", tmp_path / "t", "-o", "table"), "-o yaml or json"),
    ):
        ended = netbaseline(*command, *flags)
        assert (ended.code, ended.out) == (2, "")
        assert told in ended.err
