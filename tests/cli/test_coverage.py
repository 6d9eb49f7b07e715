"""`netbaseline coverage` on manifests: the table, the data, the exit codes, and the pages in a real browser."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.browser import rendered
from tests.cli.running import netbaseline

HOSTILE = """"><img src=x onerror="document.title='run'"> | a pipe"""


def deployment(namespace: str, name: str) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": "registry.example.com/app:1"}]},
            },
        },
    }


def policy(namespace: str, name: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`shop` has a baseline and a policy that opens one of its two workloads; nothing is in the way of `legacy`."""
    baseline = {
        "apiVersion": "netbaseline.dev/v1alpha1",
        "kind": "NetworkBaseline",
        "metadata": {"name": "default", "namespace": "shop"},
        "spec": {"owner": "team-shop", "reviewed": "2026-11-01", "description": HOSTILE},
    }
    opening = policy("shop", "hole", podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Ingress"], ingress=[{}])
    objects = [deployment("shop", "web"), deployment("shop", "db"), deployment("legacy", "old"), baseline, opening]
    path = tmp_path_factory.mktemp("coverage") / "all.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), encoding="utf-8")
    return path


def test_the_table_has_the_worst_namespace_first_and_a_line_for_all(manifests: Path) -> None:
    ended = netbaseline("coverage", manifests)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "NAMESPACE   STATE     PODS   COVERED   INGRESS                     EGRESS",
        "legacy      open      1      0.0 %     1 open                      1 open",
        "shop        partial   2      75.0 %    1 allow-all, 1 conformant   2 conformant",
        "",
        "50.0 % of 3 pods covered, both directions counted; namespaces: 1 partial, 1 open",
    ]


def test_by_pod_it_says_which_policy_opens_what_to_whom(manifests: Path) -> None:
    lines = netbaseline("coverage", manifests, "--by", "pod").out.splitlines()
    assert [re.split(r"\s{3,}", line) for line in lines[1:4]] == [
        ["legacy", "old", "open", "open", "no policy selects it"],
        [
            "shop",
            "web",
            "allow-all",
            "conformant",
            "Ingress: hole opens it to every namespace, the IPv4 internet and the IPv6 internet",
        ],
        ["shop", "db", "conformant", "conformant"],
    ]


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_the_data_has_totals_namespaces_and_pods_on_demand(manifests: Path, output: str, read: Any) -> None:
    found = read(netbaseline("coverage", manifests, "-o", output, "--by", "pod").out)
    assert {key: found[key] for key in ("coverage", "pods", "ingress", "egress", "namespaceStates")} == {
        "coverage": 50.0,
        "pods": 3,
        "ingress": {"open": 1, "allow-all": 1, "conformant": 1},
        "egress": {"open": 1, "conformant": 2},
        "namespaceStates": {"partial": 1, "open": 1},
    }
    assert found["namespaces"][1] == {
        "namespace": "shop",
        "state": "partial",
        "pods": 2,
        "coverage": 75.0,
        "ingress": {"allow-all": 1, "conformant": 1},
        "egress": {"conformant": 2},
    }
    assert found["byPod"][1]["ingress"] == {
        "state": "allow-all",
        "policies": ["hole", "nbl.default.deny"],
        "openTo": ["every namespace", "the IPv4 internet", "the IPv6 internet"],
        "openedBy": ["hole"],
    }
    assert "byPod" not in read(netbaseline("coverage", manifests, "-o", output).out)


@pytest.mark.parametrize(("limit", "code"), [("50", 0), ("50.1", 1), ("95", 1), ("0", 0)])
def test_less_than_the_limit_fails(manifests: Path, limit: str, code: int) -> None:
    assert netbaseline("coverage", manifests, "--fail-under", limit).code == code


def test_no_pods_are_no_proof_of_anything(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(policy("shop", "deny", podSelector={})), encoding="utf-8")
    assert netbaseline("coverage", path).code == 0
    ended = netbaseline("coverage", path, "--fail-under", "95")
    assert (ended.code, ended.out) == (2, "")
    assert "there are no pods in the input" in ended.err
    for name in ("report.md", "report.html"):
        netbaseline("coverage", path, "--evidence", tmp_path / name)
        report = (tmp_path / name).read_text(encoding="utf-8")
        assert "every pod is closed" not in report
        assert "None, since there are no pods." in report


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--date", "yesterday"], "--date yesterday: expected YYYY-MM-DD"),
        (["--evidence", "report.pdf"], "--evidence report.pdf: the name has to end in .md or .html"),
        (
            ["--html", "page.html", "--evidence", "./page.html"],
            "--html and --evidence page.html: are two reports; give",
        ),
        (["--html", "no/such/folder/page.html"], "--html no/such/folder/page.html: No such file or directory"),
    ],
)
def test_a_bad_option_gets_one_message(manifests: Path, options: list[str], message: str) -> None:
    ended = netbaseline("coverage", manifests, *options)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"netbaseline: {message}")
    assert len(ended.err.splitlines()) == 1


def test_the_page_is_one_file_that_a_browser_filters(manifests: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert netbaseline("coverage", manifests, "--html", page, "--date", "2026-11-24").code == 0
    assert not re.findall(r"""(?:src|href)=|url\(|@import""", page.read_text(encoding="utf-8"))
    whole = rendered(page)
    assert '<strong id="covered">50.0 %</strong>' in whole
    assert "2 of 2 namespaces" in whole
    assert whole.count('<tbody class="namespace">') == 2
    found = rendered(page, "hole%20opens")
    assert "1 of 2 namespaces" in found
    assert re.findall(r'<tbody class="namespace" hidden="">\s*<tr><th scope="row">(\w+)', found) == ["legacy"]


def test_the_evidence_in_a_browser_has_every_exception_and_runs_nothing_of_what_it_quotes(
    manifests: Path, tmp_path: Path
) -> None:
    page = tmp_path / "evidence.html"
    assert netbaseline("coverage", manifests, "--evidence", page, "--date", "2026-11-24").code == 0
    whole = rendered(page)
    assert "<title>Network segmentation: evidence of 2026-11-24</title>" in whole
    assert "<img" not in whole
    assert "&lt;img src=x" in whole
    table = whole[whole.index('<table id="exceptions">') :]
    rows = re.findall(r"<tr><td>(.*?)</tr>", table[: table.index("</table>")])
    assert [re.sub(r"</?td[^>]*>", " ", row).split()[:5] for row in rows] == [
        ["legacy", "old[Deployment]", "1", "Ingress", "open"],
        ["legacy", "old[Deployment]", "1", "Egress", "open"],
        ["shop", "web[Deployment]", "1", "Ingress", "allow-all"],
    ]


def test_the_evidence_in_markdown_names_who_may_pass_by_which_policy_and_who_answers_for_it(
    manifests: Path, tmp_path: Path
) -> None:
    page = tmp_path / "evidence.md"
    assert netbaseline("coverage", manifests, "--evidence", page, "--date", "2026-11-24").code == 0
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Network segmentation: evidence of 2026-11-24"
    assert "| everybody | pods app=web | all ports | hole |" in lines
    assert any("k8s-app=kube-dns of namespace kube-system" in line and "TCP 53, UDP 53" in line for line in lines)
    [deny] = [line for line in lines if line.startswith("| nbl.default.deny |")]
    cells = re.split(r"(?<!\\)\|", deny)
    assert [cell.strip() for cell in cells[2:7]] == [
        "all pods",
        "Ingress and Egress",
        "default",
        "team-shop",
        "2026-11-01",
    ]
    assert len(cells) == 9
    assert page.read_text(encoding="utf-8").count("<img") == page.read_text(encoding="utf-8").count("\\<img")


def test_what_cannot_be_read_is_told_and_the_rest_is_judged_where_that_is_asked_for(
    manifests: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: [x]}\n", encoding="utf-8")
    assert netbaseline("coverage", manifests, broken).code == 2
    ended = netbaseline("coverage", manifests, broken, "--keep-going")
    assert ended.code == 2
    assert "of 3 pods covered" in ended.out
    assert "broken.yaml" in ended.err
