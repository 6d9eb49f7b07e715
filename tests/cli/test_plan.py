import gzip
import json
from pathlib import Path

import pytest
import yaml

from tests.cli.running import netbaseline
from tests.cli.test_connectivity import SHOP

BASELINE = """
apiVersion: netbaseline.dev/v1alpha1
kind: NetworkBaseline
metadata: {name: default, namespace: shop}
spec: {defaultDeny: [Ingress]}
"""
FLOW = {
    "flow": {
        "verdict": "FORWARDED",
        "IP": {"source": "10.1.0.1", "destination": "10.1.0.2"},
        "l4": {"TCP": {"source_port": 40000, "destination_port": 8443}},
        "source": {"namespace": "shop", "pod_name": "backend-5d8f7-abcde", "workloads": [{"name": "backend"}]},
        "destination": {"namespace": "shop", "pod_name": "frontend-7c6b5-fghij"},
        "is_reply": False,
    }
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP.replace("policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]"))
    return path


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / "baseline.yaml"
    path.write_text(BASELINE)
    return path


def flows(folder: Path, *found: object) -> Path:
    path = folder / "flows.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in found))
    return path


def test_a_deny_narrows_what_reaches_the_workload_that_was_open(shop: Path, baseline: Path) -> None:
    ended = netbaseline("plan", "-f", baseline, shop, "-o", "json")
    assert ended.code == 1
    found = json.loads(ended.out)
    assert [(item["action"], item["policy"], item["baseline"]) for item in found["policies"]] == [
        ("create", "shop/nbl.default.deny", "default")
    ]
    assert found["widened"] == []
    narrowed = {(item["source"], item["destination"]): item for item in found["narrowed"]}
    frontend = "shop/frontend[Deployment]"
    assert set(narrowed) == {("shop/backend[Deployment]", frontend), ("0.0.0.0-255.255.255.255", frontend)}
    assert narrowed["shop/backend[Deployment]", frontend]["before"]["TCP"] == "1-65535"
    assert narrowed["shop/backend[Deployment]", frontend]["after"] == {}


def test_an_observed_flow_that_would_be_cut_is_named(shop: Path, baseline: Path, tmp_path: Path) -> None:
    reply = {"flow": {**FLOW["flow"], "is_reply": True}}
    stranger = {"flow": {**FLOW["flow"], "source": {"namespace": "gone", "pod_name": "nobody"}}}
    seen = flows(tmp_path, FLOW, FLOW, reply, stranger, {"node_status": {}})
    found = json.loads(netbaseline("plan", "-f", baseline, shop, "--flows", seen, "-o", "json").out)
    assert [(item["source"], item["destination"], item["port"], item["seen"]) for item in found["flowsCut"]] == [
        ("shop/backend", "shop/frontend-7c6b5-fghij", 8443, 2)
    ]
    assert found["flowsUnplaced"] == 1


@pytest.mark.parametrize(
    ("verdict", "cut"),
    [("REDIRECTED", 1), ("AUDIT", 1), ("DROPPED", 0), ("TRACED", 0), ("", 0), (None, 0), (["FORWARDED"], 0), (1, 0)],
)
def test_a_flow_counts_as_one_that_passes_where_it_went_on(
    shop: Path, baseline: Path, tmp_path: Path, verdict: object, cut: int
) -> None:
    seen = flows(tmp_path, {"flow": {**FLOW["flow"], "verdict": verdict}})
    found = json.loads(netbaseline("plan", "-f", baseline, shop, "--flows", seen, "-o", "json").out)
    assert len(found["flowsCut"]) == cut


def test_what_is_applied_already_changes_nothing(shop: Path, baseline: Path) -> None:
    ended = netbaseline("plan", "-f", baseline, shop, baseline)
    assert (ended.code, ended.out) == (0, "Nothing would change.\n")


def test_a_rule_taken_out_of_a_baseline_takes_its_policy_away(shop: Path, baseline: Path, tmp_path: Path) -> None:
    with_rule = yaml.safe_load(BASELINE)
    with_rule["spec"]["allow"] = {
        "ingress": [{"name": "web", "from": [{"cidr": "203.0.113.0/24"}], "ports": [{"port": 80}]}]
    }
    standing = tmp_path / "standing.yaml"
    standing.write_text(yaml.safe_dump(with_rule))
    found = json.loads(netbaseline("plan", "-f", baseline, shop, standing, "-o", "json").out)
    assert [(item["action"], item["policy"]) for item in found["policies"]] == [("delete", "shop/nbl.default.rule.web")]
    assert {(item["source"], item["destination"]) for item in found["narrowed"]} == {
        ("203.0.113.0-203.0.113.255", "shop/frontend[Deployment]"),
        ("203.0.113.0-203.0.113.255", "shop/backend[Deployment]"),
    }


def test_a_changed_policy_is_shown_as_a_difference(shop: Path, tmp_path: Path) -> None:
    wider = tmp_path / "wider.yaml"
    policy = list(yaml.safe_load_all(shop.read_text()))[-1]
    policy["spec"]["ingress"][0]["ports"].append({"port": 9090})
    wider.write_text(yaml.safe_dump(policy))
    ended = netbaseline("plan", "-f", wider, shop)
    assert ended.code == 1
    assert "~ NetworkPolicy shop/backend" in ended.out
    assert "    +    port: 9090" in ended.out
    assert "Widened: may pass that could not (1 pair)" in ended.out


def test_markdown_for_a_pull_request_holds_the_same_and_escapes_names(shop: Path, baseline: Path) -> None:
    ended = netbaseline("plan", "-f", baseline, shop, "-o", "markdown")
    assert ended.code == 1
    assert "### Narrowed: may no longer pass (2)" in ended.out
    assert r"shop/backend\[Deployment\]" in ended.out
    assert "| create | shop/nbl.default.deny | default |" in ended.out


def test_manifests_are_played_in_a_namespace_with_the_same_labels(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(
        yaml.safe_dump_all(
            [
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "shop"}}},
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "scraper", "namespace": "watch"}, "spec": {}},
                {
                    "apiVersion": "networking.k8s.io/v1",
                    "kind": "NetworkPolicy",
                    "metadata": {"name": "out", "namespace": "watch"},
                    "spec": {
                        "podSelector": {},
                        "policyTypes": ["Egress"],
                        "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"team": "shop"}}}]}],
                    },
                },
            ]
        )
    )
    mine = tmp_path / "mine.yaml"
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"}}
    mine.write_text(
        yaml.safe_dump(role)
        + "---\n"
        + yaml.safe_dump(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": {}}
        )
    )
    found = json.loads(netbaseline("plan", "-f", mine, base, "--as-namespace", "staging", "-o", "json").out)
    pairs = {(item["source"], item["destination"]) for item in found["widened"]}
    assert ("watch/scraper[Pod]", "staging/web[Pod]") in pairs
    assert not any("shop/" in end for pair in pairs for end in pair)


def test_labels_of_the_namespace_to_play_in_that_are_none_are_told_with_their_line(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: team\n")
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n"
    (tmp_path / "pod.yaml").write_text(pod)
    ended = netbaseline("plan", "-f", mine, "-f", tmp_path / "pod.yaml", mine, "--as-namespace", "staging")
    assert (ended.code, ended.out) == (2, "")
    assert f"{mine}:5: document 1: metadata.labels: must be an object (found 'team')" in ended.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "flows.jsonl:1: not a flow"),
        ("not json", "flows.jsonl:1: not a flow of Hubble: Expecting value\n"),
        ("[" * 100_000, "flows.jsonl:1: not a flow"),
        ('{"verdict": "FORWARDED", "l4": {"TCP": {"destination_port": true}}}', "destination_port: expected"),
        ("", "flows.jsonl: nothing in it; did what writes it fail?"),
        ('{"verdict": "FORWARDED", "l4": {"TCP": {}}}', "destination_port: expected"),
    ],
)
def test_flows_that_are_none_are_refused_with_their_line(
    shop: Path, baseline: Path, tmp_path: Path, line: str, message: str
) -> None:
    path = tmp_path / "flows.jsonl"
    path.write_text(line + "\n")
    ended = netbaseline("plan", "-f", baseline, shop, "--flows", path)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_a_name_in_a_flow_that_a_terminal_would_obey_is_spelled_out(shop: Path, baseline: Path, tmp_path: Path) -> None:
    hostile = {**FLOW["flow"]["source"], "workloads": [{"name": "\x1b[31mred"}]}  # type: ignore[dict-item]
    flow = {"flow": {**FLOW["flow"], "source": hostile}}
    ended = netbaseline("plan", "-f", baseline, shop, "--flows", flows(tmp_path, flow), "-o", "json")
    (cut,) = json.loads(ended.out)["flowsCut"]
    assert cut["source"] == r"shop/\x1b[31mred"


def test_a_packed_file_of_flows_is_read_as_it_is(shop: Path, baseline: Path, tmp_path: Path) -> None:
    plain = flows(tmp_path, FLOW)
    packed = tmp_path / "flows.jsonl.gz"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + plain.read_bytes()))
    told = [netbaseline("plan", "-f", baseline, shop, "--flows", path, "-o", "json") for path in (plain, packed)]
    assert told[0] == told[1]
    packed.write_bytes(packed.read_bytes()[:-9])
    ended = netbaseline("plan", "-f", baseline, shop, "--flows", packed)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"netbaseline: --flows {packed}: ")


def test_a_file_without_any_flow_is_no_proof_that_none_is_cut(shop: Path, baseline: Path, tmp_path: Path) -> None:
    reply = {"flow": {**FLOW["flow"], "is_reply": True}}
    seen = flows(tmp_path, {"kind": "Pod"}, reply)
    ended = netbaseline("plan", "-f", baseline, shop, "--flows", seen)
    assert ended.err == f"netbaseline: --flows {seen}: none of its 2 lines tells that a connection was opened\n"


def test_what_hangs_on_the_plugin_is_settled_by_naming_it(shop: Path, tmp_path: Path) -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "out", "namespace": "shop"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "backend"}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
        },
    }
    file = tmp_path / "out.yaml"
    file.write_text(yaml.safe_dump(policy))

    def to_frontend(*cni: str) -> dict[str, object]:
        found = json.loads(netbaseline("plan", "-f", file, shop, *cni, "-o", "json").out)
        pair: dict[str, object] = next(item for item in found["narrowed"] if "frontend" in item["destination"])
        return pair

    assert to_frontend()["dependsAfter"]
    assert to_frontend("--cni", "Cilium")["dependsAfter"] == {}
    assert netbaseline("plan", "-f", file, shop, "--cni", "Flanell").code == 2


def test_going_on_without_a_bad_object_of_the_world_before_is_a_failure_in_the_end(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("kind: Pod\n")
    ended = netbaseline("plan", "-f", shop, shop, tmp_path / "bad.yaml", "--keep-going", "-o", "json")
    assert ended.code == 2
    assert json.loads(ended.out)["policies"] == []
    assert ended.err.count("apiVersion: is required") == 1


def test_a_missing_file_of_flows_is_named_once(shop: Path, tmp_path: Path) -> None:
    ended = netbaseline("plan", "-f", shop, shop, "--flows", tmp_path / "none")
    assert ended.err == f"netbaseline: --flows {tmp_path / 'none'}: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-f", "-", "-"), "standard input is either what is there or what would be applied"),
        (("-f", "-", "--as-namespace", "Bad_Name", "-"), "--as-namespace Bad_Name: a namespace's name is a DNS label"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(arguments: tuple[str, ...], message: str) -> None:
    ended = netbaseline("plan", *arguments, stdin=BASELINE.encode())
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
