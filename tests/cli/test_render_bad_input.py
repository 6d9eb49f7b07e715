"""What `netbaseline render` says of input that it can't read: file, line, document and field, never a traceback."""

from pathlib import Path

import pytest

from tests.cli.running import EXAMPLES, Ended, netbaseline
from tests.cli.test_render import baseline, names, text

GOOD = text(baseline("good")).encode()
TWO_GOOD_AROUND_A_BAD_ONE = text(baseline("one"), baseline("bad", mode="Enforced"), baseline("two")).encode()


def rendered(content: bytes, *flags: str) -> Ended:
    return netbaseline("render", "-f", "-", *flags, stdin=content)


def refused(content: bytes, *words: str) -> None:
    """Exit 2, nothing on standard output, and each of these words in the message."""
    ended = rendered(content)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("netbaseline: <stdin>")
    for word in words:
        assert word in ended.err


def test_a_wrong_field_is_named_by_line_document_and_path() -> None:
    line = TWO_GOOD_AROUND_A_BAD_ONE.decode().splitlines().index("  mode: Enforced") + 1
    refused(TWO_GOOD_AROUND_A_BAD_ONE, f"<stdin>:{line}: document 2: spec.mode: must be ", "--keep-going")


def test_without_keep_going_nothing_is_rendered_and_it_says_so() -> None:
    ended = rendered(TWO_GOOD_AROUND_A_BAD_ONE)
    assert ended.out == ""
    assert "nothing was rendered" in ended.err


@pytest.mark.parametrize("flag", ["--keep-going", "-k"])
def test_keep_going_renders_the_rest_and_still_fails(flag: str) -> None:
    ended = rendered(TWO_GOOD_AROUND_A_BAD_ONE, flag)
    assert ended.code == 2
    assert names(ended.out) == ["nbl.one.deny", "nbl.two.deny"]
    assert "document 2: spec.mode: " in ended.err


def test_every_wrong_field_of_an_object_is_told_with_its_own_line() -> None:
    content = text(baseline(mode="Enforced", suspend="no"))
    ended = rendered(content.encode())
    for line, path in (("  mode: Enforced", "spec.mode"), ("  suspend: 'no'", "spec.suspend")):
        assert f"<stdin>:{content.splitlines().index(line) + 1}: document 1: {path}: " in ended.err


def test_an_unknown_field_gets_the_nearest_known_one() -> None:
    refused(
        text(baseline(defaultdeny=["Ingress"])).encode(), "spec.defaultdeny: unknown field; did you mean defaultDeny?"
    )


def test_a_missing_field_points_to_what_should_hold_it() -> None:
    content = text(baseline(allow={"ingress": [{"name": "a"}]}))
    line = content.splitlines().index("    - name: a") + 1
    refused(content.encode(), f"<stdin>:{line}: document 1: spec.allow.ingress[0].from: is required")


@pytest.mark.parametrize("depth", [10, 100])
def test_aliases_are_refused_before_they_can_blow_up(depth: int) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    refused("\n".join(lines).encode(), "<stdin>:6: document 1: not YAML: the aliases up to *a4 stand for more than")


def test_an_alias_in_a_baseline_means_what_it_refers_to() -> None:
    labels = b"  allow:\n    ingress:\n    - name: a\n      from: &from [{podSelector: {}}]\n"
    ended = rendered(text(baseline()).encode().split(b"  allow:")[0] + labels + b"    - {name: b, from: *from}\n")
    assert (ended.code, ended.err) == (0, "")
    assert {"nbl.default.rule.a", "nbl.default.rule.b"} <= set(names(ended.out))


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    content = GOOD + b"  mode: Audit\n  mode: Enforce\n"
    line = content.decode().splitlines().index("  mode: Enforce") + 1
    refused(content, f"<stdin>:{line}: document 1: key 'mode' is given twice")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"kind:\n\tname: x\n", ["<stdin>:2", "not YAML"]),
        (b"kind: [a\n", ["not YAML"]),
        (b"a: b: c\n", ["<stdin>:1", "not YAML"]),
        (b"\xff\xfe\x00\x01 kind", ["<stdin>"]),
        (b"kind: caf\xe9\n", ["<stdin>"]),
        (b"kind: \x00\n", ["<stdin>"]),
        (b"!!python/object/apply:os.system ['true']\n", ["not YAML"]),
        (b"!!int abc\n", ["not YAML"]),
        (b"a: !!float abc\n", ["not YAML"]),
        (b"a: !!binary x\n", ["not YAML"]),
        (b"a: " + b"9" * 5000 + b"\n", ["not YAML"]),
        (b"? [a, b]\n: c\n", ["not YAML"]),
        (b"? {a: b}\n: c\n", ["not YAML"]),
        (b"[" * 5000 + b"]" * 5000, ["not YAML"]),
        (b"{a: " * 5000 + b"1" + b"}" * 5000, ["not YAML"]),
        (b"%YAML 7.0\n---\na: b\n", ["not YAML"]),
    ],
    ids=[
        "tab", "unclosed", "two colons", "UTF-16 nonsense", "Latin-1", "NUL", "object", "int", "float", "binary",
        "long int", "list as key", "map as key", "deep list", "deep map", "version",
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_refused_with_its_place(content: bytes, words: list[str]) -> None:
    refused(content, *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["<stdin>: nothing in it"]),
        (b"# nothing\n---\n", ["<stdin>: nothing in it"]),
        (b"kind: ConfigMap\napiVersion: v1\n", ["no NetworkBaseline in -"]),
        (b"- a\n- b\n", ["<stdin>:1: document 1: ", "not a list"]),
        (b"just words\n", ["<stdin>:1: document 1: ", "not a text"]),
        (b"42\n", ["<stdin>:1: document 1: "]),
        (b"a: b\n", ["<stdin>:1: document 1: kind: is required"]),
        (b"kind: NetworkBaseline\napiVersion: netbaseline.dev/v1\n", ["apiVersion"]),
        (b"kind: NetworkBaseline\napiVersion: netbaseline.dev/v1alpha1\n", ["metadata: is required"]),
        (b"kind: List\napiVersion: v1\nitems: [a]\n", ["<stdin>:3: document 1: "]),
        (b"kind: List\napiVersion: v1\nitems: nothing\n", []),
    ],
    ids=[
        "empty",
        "comment",
        "other kind",
        "list",
        "text",
        "number",
        "no kind",
        "version",
        "no name",
        "list of texts",
        "no items",
    ],
)
def test_what_is_no_baseline_is_told(content: bytes, words: list[str]) -> None:
    ended = rendered(content)
    assert (ended.code, ended.out) == (2, "")
    for word in words:
        assert word in ended.err


def test_what_stands_around_broken_yaml_is_rendered_with_keep_going() -> None:
    ended = rendered(GOOD + b"---\nkind: [a\n---\n" + text(baseline("after")).encode(), "--keep-going")
    assert ended.code == 2
    assert names(ended.out) == ["nbl.good.deny", "nbl.after.deny"]
    assert "document 2" in ended.err


def test_a_broken_file_does_not_hide_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"kind: [a\n")
    (tmp_path / "b.yaml").write_bytes(GOOD)
    ended = netbaseline("render", "-f", tmp_path, "-k")
    assert ended.code == 2
    assert names(ended.out) == ["nbl.good.deny"]
    assert str(tmp_path / "a.yaml") in ended.err


def test_a_file_of_40_mb_is_refused_instead_of_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(40 * 1024 * 1024)
    ended = netbaseline("render", "-f", path)
    assert (ended.code, ended.out) == (2, "")
    assert f"{path}: larger than 32 MiB" in ended.err


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = netbaseline("render", "-f", tmp_path / "none.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert f"{tmp_path / 'none.yaml'}: No such file or directory" in ended.err


def test_a_folder_without_manifests_is_named(tmp_path: Path) -> None:
    ended = netbaseline("render", "-f", tmp_path)
    assert ended.code == 2
    assert f"{tmp_path}: no .yaml" in ended.err


@pytest.mark.parametrize(
    "content",
    [
        "[]", "apiServers: 1", "apiServers: [1]", "apiServers: [{ip: 10.0.0.1}]", "apiServers: [{ip: x, port: 1}]",
        "apiServers: [{ip: 10.0.0.0/8, port: 1}]", "apiServers: [{ip: 10.0.0.1, port: http}]",
        "apiServers: [{ip: 10.0.0.1, port: true}]", "apiServers: [{ip: 10.0.0.1, port: 6443.5}]",
        "apiServers: [{ip: 5, port: 1}]", "apiServers: [{ip: '::ffff:10.0.0.1', port: 1}]",
        "apiServers: [{ip: 'fe80::1%eth0', port: 1}]", "apiServers: [{ip: 10.0.0.1, port: 1, zone: x}]",
        "apiServers: [null]", "", "---\n{}\n---\n{}", "a: " + "[" * 3000 + "]" * 3000,
        "apiServers: [{ip: 10.0.0.1, port: 0}]", "apiServers: [{ip: 10.0.0.1, port: 65536}]", "a: [", "apiserver: []",
    ],
)  # fmt: skip
def test_a_platform_file_that_makes_no_sense_is_refused_with_an_example(tmp_path: Path, content: str) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text(content)
    ended = netbaseline("render", "-f", EXAMPLES / "kube-api-server.yaml", "--platform", path)
    assert (ended.code, ended.out) == (2, "")
    assert f"--platform {path}: " in ended.err
    assert "apiServers: [{ip: 10.0.0.1, port: 6443}]" in ended.err


def test_a_wrong_field_of_a_platform_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text("apiServers:\n- ip: 10.0.0.1\n  port: 0\n")
    ended = netbaseline("render", "-f", EXAMPLES / "kube-api-server.yaml", "--platform", path)
    assert f"{path}:3: document 1: apiServers[0].port: must be at least 1" in ended.err


def test_a_folder_is_no_platform_file(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("apiServers: [{ip: 10.0.0.1, port: 6443}]")
    ended = netbaseline("render", "-f", EXAMPLES / "kube-api-server.yaml", "--platform", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert f"--platform {tmp_path}: is a folder" in ended.err


def test_a_platform_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = netbaseline("render", "-f", EXAMPLES / "dns.yaml", "--platform", tmp_path / "none.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert f"--platform {tmp_path / 'none.yaml'}: No such file or directory" in ended.err
