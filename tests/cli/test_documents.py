"""Reading: YAML, JSON and JSON lines, in whatever way they come, and the line of every field."""

import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from netbaseline.cli.documents import Aside, Document, Unreadable, read
from netbaseline.cli.reading import files, yaml_text

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"app.example.com/x": "1"}}}


def documents(path: Path | str, stdin: bytes = b"") -> list[Document]:
    found = list(read_all(path, stdin))
    assert [item.message for item in found if isinstance(item, Unreadable)] == []
    return [item for item in found if isinstance(item, Document)]


def read_all(path: Path | str, stdin: bytes = b"") -> list[Document | Unreadable | Aside]:
    with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin))):
        return list(read([str(path)]))


def message(path: Path | str, stdin: bytes = b"") -> str:
    (found,) = [item for item in read_all(path, stdin) if isinstance(item, Unreadable)]
    return found.message


def contents(stdin: bytes) -> list[Any]:
    return [item.content for item in documents("-", stdin)]


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json", ".jsonl"])
def test_every_kind_of_file_gives_the_same_objects_and_their_lines(tmp_path: Path, suffix: str, pack: bool) -> None:
    other = {**POD, "metadata": {"name": "b"}}
    if suffix == ".json":
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [POD, other]}, indent=2)
    elif suffix == ".jsonl":
        text = f"{json.dumps(POD)}\n\n{json.dumps(other)}\n"
    else:
        text = f"# a comment\n---\n{yaml.safe_dump(POD)}---\n{yaml.safe_dump(other)}"
    path = tmp_path / f"x{suffix}{'.gz' if pack else ''}"
    path.write_bytes(gzip.compress(text.encode()) if pack else text.encode())
    first, second = documents(path)
    assert [first.content, second.content] == [POD, other]
    assert first.place.at(
        "metadata.name"
    ) == f"{path}:{line_of(text, 'name: a') if ': a' in text else first.place.line('')}" or (
        first.place.line("metadata.name") == line_of(text, '"a"')
    )
    assert second.place.line("metadata.name") == line_of(text, '"b"' if suffix.startswith(".json") else "name: b")


def test_standard_input_is_json_or_yaml_as_it_comes() -> None:
    for text in (
        json.dumps(POD),
        json.dumps(POD, indent=1),
        f"{json.dumps(POD)}\n{json.dumps(POD)}",
        yaml.safe_dump(POD),
    ):
        assert contents(text.encode())[0] == POD
        assert (
            documents("-", text.encode())[-1].place.line("metadata.labels") == line_of(text, "labels") or "\n" in text
        )


YAML_LIST = """\
apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: a
- kind: Pod
  apiVersion: v1
  metadata:
    labels:
      app.example.com/x: "1"
    name: b
- {apiVersion: v1, kind: Pod, metadata: {name: c}}
-
  apiVersion: v1
  kind: Pod
  metadata:
    name: d
kind: List
metadata: {}
"""


@pytest.mark.parametrize("indent", ["", "  "], ids=["flat", "indented"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_each_object_of_a_list_knows_its_lines(indent: str, end: str) -> None:
    text = YAML_LIST
    if indent:
        top = ("apiVersion: v1", "items:", "kind: List", "metadata: {}")
        text = "\n".join(line if line in top else indent + line for line in YAML_LIST.splitlines()) + "\n"
    text = "before: 1\n---\n" + text
    found = documents("-", text.replace("\n", end).encode())[1:]
    assert [item.content["metadata"]["name"] for item in found] == ["a", "b", "c", "d"]
    for item, name in zip(found, "abcd", strict=True):
        assert item.place.line("metadata.name") == line_of(text, f"name: {name}")
        assert item.place.number == 2
    assert found[1].place.line("") == line_of(text, "- kind: Pod")
    assert found[1].place.line("metadata.labels[app.example.com/x]") == line_of(text, "app.example.com/x")


def test_each_object_of_a_json_list_knows_its_lines() -> None:
    items = [{"metadata": {"name": name, "text": '"items": [{}]'}} for name in "abc"]
    listed = {"kind": "PodList", "metadata": {"items": [1]}, "items": items}
    text = json.dumps(listed, indent="\t")
    for item, name in zip(documents("-", text.encode()), "abc", strict=True):
        assert item.place.line("metadata.name") == line_of(text, f'"name": "{name}"')


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_items_that_do_not_say_what_they_are_are_what_their_list_says(tmp_path: Path, suffix: str) -> None:
    """As the API server answers for a resource, `kubectl get --raw`."""
    listed = {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [{"metadata": {"name": "a"}}, {"kind": "X"}]}
    (tmp_path / f"x{suffix}").write_text(json.dumps(listed) if suffix == ".json" else yaml.safe_dump(listed))
    first, second = documents(tmp_path / f"x{suffix}")
    assert first.content == {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
    assert second.content == {"kind": "X"}


def test_items_of_a_list_of_anything_are_what_they_say_themselves() -> None:
    assert contents(b'{"apiVersion": "v1", "kind": "List", "items": [{"a": 1}]}') == [{"a": 1}]


def test_a_field_that_is_not_there_has_the_line_of_what_should_hold_it() -> None:
    text = yaml.safe_dump(POD)
    (found,) = documents("-", text.encode())
    assert found.place.line("metadata.labels.team") == line_of(text, "labels:")
    assert found.place.line("spec.containers[0].ports[1]") == 1
    assert found.place.line("nothing") == 1


def test_lines_can_be_asked_for_after_the_file_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"---\n---\n{yaml.safe_dump(POD)}")
    (found,) = documents(path)
    path.unlink()
    assert found.place.line("metadata.name") == found.place.line("") == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22:22", "22:22"), ("2026-11-24", "2026-11-24"), ("1e3", 1000), ("0777", 511), ("0o17", 15),
        ("0x1F", 31), ("1_000", 1000), ("08", 8), ("1.5", 1.5), ("8.0", 8), ("-3", -3), ("1.2.3", "1.2.3"), ("~", None),
        ("yes", True), ("Off", False), ("null", None), ("nULL", "nULL"), ('"8080"', "8080"), ("'true'", "true"),
        ("!!str 8080", "8080"), ("!!int '8080'", 8080), ("! 12", "12"), ("=", "="), (".", "."), ("y", "y"),
        ("|\n  a\n  b", "a\nb\n"), (">-\n  a\n  b", "a b"),
    ],
)  # fmt: skip
def test_scalars_mean_what_they_mean_to_the_api_server(text: str, value: object) -> None:
    assert contents(f"a: {text}\n".encode()) == [{"a": value}]


def test_anchors_aliases_and_merges_mean_what_they_refer_to() -> None:
    text = b"""
base: &base {a: 1, b: &list [x]}
one: *base
two:
  <<: *base
  b: [y]
three:
  <<: [{a: 2}, *base]
"""
    base = {"a": 1, "b": ["x"]}
    assert contents(text) == [{"base": base, "one": base, "two": {"a": 1, "b": ["y"]}, "three": {"a": 2, "b": ["x"]}}]


def test_an_anchor_ends_with_its_document() -> None:
    assert "the alias *a refers to nothing before it" in message("-", b"x: &a 1\n---\ny: *a\n")


def test_an_alias_to_what_it_stands_in_is_refused() -> None:
    assert message("-", b"x: &a\n  - *a\n") == (
        "<stdin>:2: document 1: not YAML: the alias *a stands inside of what it refers to"
    )


def test_a_byte_order_mark_and_directives_are_no_documents() -> None:
    (found,) = documents("-", b"\xef\xbb\xbf# first\n%YAML 1.1\n---\nkind: Pod\n...\n")
    assert (found.content, found.place.number, found.place.line("kind")) == ({"kind": "Pod"}, 1, 4)


def test_documents_after_an_end_marker_have_their_own_lines() -> None:
    found = documents("-", b"a: 1\n...\n---\nb: 1\n...\n# more\n--- {c: 1,\nd: 1}\n")
    assert [(item.place.number, item.place.line(key)) for item, key in zip(found, ["a", "b", "d"], strict=True)] == [
        (1, 1), (2, 4), (3, 8),
    ]  # fmt: skip


def test_three_dashes_inside_of_a_text_are_no_separator() -> None:
    assert contents(b"a: |\n  x\n  ---\n  y\nb: 1\n") == [{"a": "x\n---\ny\n", "b": 1}]
    assert contents(b"a: ---x\n") == [{"a": "---x"}]
    assert contents(b"---a: 1\n") == [{"---a": 1}]


def test_a_broken_document_takes_no_other_with_it() -> None:
    found = read_all("-", b"a: 1\n---\nb: [\n---\nc: 1\n---\nd: {\n---\ne: 1\n")
    assert [item.place.number if isinstance(item, Document) else item.message.split(": ")[1] for item in found] == [
        1, "document 2", 3, "document 4", 5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"a: 1\nb:\n\t- x\n", "<stdin>:3: document 1: not YAML: "),
        (b"a: caf\xe9\n", "<stdin>:1: not UTF-8 (byte 0xe9); save it as UTF-8"),
        ("a: 1".encode("utf-16"), "<stdin>:1: not UTF-8 (UTF-16); save it as UTF-8"),
        (b"a: 1\nb: \x00\n", "<stdin>:2: document 1: not YAML: "),
        (b"{\"a\": 1,\n\"a\": 2}", "<stdin>:2: document 1: key 'a' is given twice"),
        (b"a: 1\na: 2\n", "<stdin>:2: document 1: key 'a' is given twice"),
        (b"a: !!set {x}\n", "the tag 'tag:yaml.org,2002:set' is none of Kubernetes' YAML"),
        (b"a: 1e999\n", "<stdin>:1: document 1: not YAML: "),
        (b"[" * 100_000, "not YAML: "),
        (b"{\"a\": [" + b"[" * 100_000, "not YAML: "),
        (b"a: " + b"9" * 5000, "a number of 5000 digits"),
    ],
    ids=["tab", "latin", "UTF-16", "NUL", "JSON twice", "twice", "tag", "infinite", "deep", "deep JSON", "long"],
)  # fmt: skip
def test_what_cannot_be_read_is_told_once_with_its_line(text: bytes, told: str) -> None:
    found = message("-", text)
    assert told in found
    assert len(found) < 300


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.json", b'{"a": 1', "x.json:1: document 1: not JSON: "),
        ("x.json", b'{"a": 1}\n{"b": 2', "x.json:2: document 2: not JSON: "),
        ("x.json", b'{"a": NaN}', "not JSON: NaN is no JSON"),
        ("x.jsonl", b'{"a": 1}\n{"b": \n{"c": 1}\n', "x.jsonl:2: document 2: not JSON: "),
        ("x.json", b'[' * 200_000, "not JSON: nested too deep"),
        ("x.json.gz", b"not gzipped", "x.json.gz: "),
        ("x.yaml.gz", gzip.compress(b"a: 1\n" * 10000)[:-20], "x.yaml.gz: "),
    ],
    ids=["cut", "cut after a line", "NaN", "cut line", "deep", "no gzip", "cut gzip"],
)  # fmt: skip
def test_a_file_that_is_cut_or_something_else_is_told(tmp_path: Path, name: str, text: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(text)
    assert told in message(tmp_path / name)


def test_lines_of_json_around_a_bad_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'{"a": 1}\n{"b": \n{"c": 1}\n')
    found = read_all(tmp_path / "x.jsonl")
    assert [item.content for item in found if isinstance(item, Document)] == [{"a": 1}, {"c": 1}]


def test_a_file_named_twice_is_read_once_and_standard_input_only_once(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\n")
    assert len(list(read([str(tmp_path), str(tmp_path / "x.yaml"), str(tmp_path / "." / "x.yaml")]))) == 1
    with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a: 1\n"))):
        first, second = read(["-", "-"])
    assert isinstance(first, Document)
    assert second == Unreadable("-: standard input can be read only once; name it once")


def test_an_empty_path_is_not_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most often it is a variable of a script that isn't set."""
    (tmp_path / "x.yaml").write_text("a: 1\n")
    monkeypatch.chdir(tmp_path)
    assert list(read([""])) == [Unreadable("'': No such file or directory")]


def test_a_folder_is_read_without_what_is_hidden_in_it(tmp_path: Path) -> None:
    for name in (".git/x.yaml", "a/.b/x.yaml", "a/x.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a: 1\n")
    assert [item.place.source for item in documents(tmp_path)] == [str(tmp_path / "a" / "x.yaml")]


def test_a_chart_among_manifests_is_set_aside_once_and_nothing_in_it_is_read(tmp_path: Path) -> None:
    chart = tmp_path / "charts" / "web"
    for name, text in (
        ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\n"),
        ("charts/web/templates/web.yaml", "{{- if .Values.x }}\nkind: A\n{{- end }}\n"),
        ("charts/web/charts/sub/Chart.yaml", "apiVersion: v2\n"),
        ("x.yaml", "a: 1\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    told = f"{chart}: a Helm chart, not manifests yet; give netbaseline what `helm template {chart}` prints"
    aside, document = read_all(tmp_path)
    assert aside == Aside(told)
    assert isinstance(document, Document)
    assert document.place.source == str(tmp_path / "x.yaml")
    assert read_all(chart) == [Unreadable(told)]
    assert "if it is a template of Helm" in message(chart / "templates" / "web.yaml")


def test_a_link_that_leads_nowhere_is_told_wherever_it_stands(tmp_path: Path) -> None:
    good, round_, gone = tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml"
    good.write_text("kind: A\n")
    round_.symlink_to(round_)
    gone.symlink_to(tmp_path / "nobody")
    told = [
        f"{round_}: Too many levels of symbolic links",
        f"{gone}: No such file or directory",
    ]
    for named in ([str(tmp_path)], [str(good), str(round_), str(gone)]):
        found = list(read(named))
        assert [item.content for item in found if isinstance(item, Document)] == [{"kind": "A"}]
        assert [item.message for item in found if isinstance(item, Unreadable)] == told


def test_a_file_of_any_size_is_read_document_by_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_DOCUMENT", 1000)
    path = tmp_path / "x.yaml"
    path.write_text("---\na: 1\n" * 10_000)
    tracemalloc.start()
    count = sum(1 for _ in read([str(path)]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert peak < path.stat().st_size
    path.write_text("---\na: 1\n" + "---\nb: " + "x" * 2000 + "\n")
    assert message(path).startswith(f"{path}:3: larger than ")


def test_without_libyaml_the_same_is_read_only_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    text = YAML_LIST.encode() + b"---\nx: &a [1, 'b']\ny: *a\n"
    fast = [(item.content, item.place.line("metadata.name")) for item in documents("-", text)]
    monkeypatch.setattr(yaml_text, "Parser", yaml.SafeLoader)
    assert [(item.content, item.place.line("metadata.name")) for item in documents("-", text)] == fast
    for bad in (b"a: [\n", b"a: \x00\n", b"a: b: c\n", b"\tx: 1\n"):
        assert message("-", bad).startswith("<stdin>:")
