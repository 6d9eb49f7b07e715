"""Every command: help with an example, exit codes, completion, and errors that are words instead of a traceback."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from netbaseline import __version__
from netbaseline.api import schema
from netbaseline.cli.app import app
from tests.cli.running import EXAMPLES, Ended, netbaseline, process

COMMANDS = ("run", "render", "krm", "lint", "simulate", "status", "crds", "version", "completion")


def complaint(ended: Ended) -> str:
    """What a failed command said; without a traceback, and with nothing on standard output."""
    assert ended.code == 2
    assert ended.out == ""
    assert "Traceback" not in ended.err
    return ended.err


def test_help_lists_every_command() -> None:
    ended = netbaseline("--help")
    assert ended.code == 0
    for command in COMMANDS:
        assert re.search(rf"\b{command}\b", ended.out)


def test_help_explains_the_exit_codes() -> None:
    assert "Exit codes" in netbaseline("--help").out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_the_help_of_each_command_has_an_example(command: str, flag: str) -> None:
    ended = netbaseline(command, flag)
    assert ended.code == 0
    assert re.search(rf"Examples?:.*netbaseline {command}", ended.out, re.DOTALL)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_of_the_help_is_taken_for_markup(command: str) -> None:
    """Rich would leave out `[word]`, wherever it stands."""
    told = typer.main.get_command(app).commands[command].epilog  # type: ignore[attr-defined]
    shown = "".join(netbaseline(command, "--help").out.split())
    assert "".join(told.split()) in shown


def test_no_command_at_all_shows_the_help_and_fails() -> None:
    ended = netbaseline()
    assert ended.code == 2
    assert "Usage" in ended.out + ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["rander"],
        ["render"],
        ["render", "--no-such-flag"],
        ["render", "-f", "x", "-o", "xml"],
        ["status", "-n"],
        ["run", "--workers", "0"],
        ["run", "--removal-limit", "-1"],
        ["version", "surplus"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_told_in_words(arguments: list[str]) -> None:
    assert "Error" in complaint(netbaseline(*arguments))


def test_the_crds_are_those_of_this_version() -> None:
    ended = netbaseline("crds")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == schema.crd_yaml()
    assert [item["kind"] for item in yaml.safe_load_all(ended.out)] == ["CustomResourceDefinition"]


def test_the_version_is_told_for_people_and_for_programs() -> None:
    assert netbaseline("version").out.startswith(f"netbaseline {__version__} (netbaseline.dev/v1alpha1, ")
    assert netbaseline("--version") == netbaseline("version")
    for kind, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        found = read(netbaseline("version", "-o", kind).out)
        assert (found["netbaseline"], found["api"]) == (__version__, "netbaseline.dev/v1alpha1")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_it(shell: str) -> None:
    program = "import sys; sys.argv[0] = 'netbaseline'; from netbaseline.cli.app import main; main()"
    variables = {"_NETBASELINE_COMPLETE": f"source_{shell}"}
    ended = process(environment=variables, program=program)
    assert ended.code == 0
    assert "_NETBASELINE_COMPLETE" in ended.out
    assert "netbaseline" in ended.out


def test_render_imports_neither_kopf_nor_kubernetes_nor_prometheus() -> None:
    program = (
        "import sys; from netbaseline.cli.app import main\n"
        f"sys.argv = ['netbaseline', 'render', '-f', {str(EXAMPLES / 'complete.yaml')!r}, '-k']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'kopf', 'kubernetes', 'aiohttp', 'prometheus_client'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    assert "loaded: []" in process(program=program).err


def test_it_starts_as_a_module_too() -> None:
    ended = process("version")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("netbaseline ")


def test_a_reader_that_has_seen_enough_is_no_error_to_tell() -> None:
    program = (
        "import os, sys; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1)\n"
        "from netbaseline.cli.app import main\n"
        "sys.argv = ['netbaseline', 'crds']; main()\n"
    )
    ended = process(program=program)
    assert (ended.code, ended.err) == (141, "")


def test_a_closed_output_is_told_and_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}))
    program = f"exec {sys.executable} -m netbaseline connectivity {manifest} >&-"
    done = subprocess.run(["sh", "-c", program], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "netbaseline: standard output is closed\n")
    program = f"exec {sys.executable} -m netbaseline connectivity {manifest} --html {page} >&-"
    assert subprocess.run(["sh", "-c", program], check=False).returncode == 0
    assert page.read_text().endswith("</html>\n")


@pytest.mark.parametrize("command", ["lint -", "render -f -", "krm", "simulate - ."])
def test_a_closed_input_is_one_that_has_nothing_in_it(command: str) -> None:
    program = f"exec {sys.executable} -m netbaseline {command} <&-"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("netbaseline: <stdin>: ")
    assert "Traceback" not in done.stderr


def test_what_a_closed_standard_error_would_be_told_does_not_go_into_the_data(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\n")
    program = f"exec {sys.executable} -m netbaseline connectivity {tmp_path} -o json 2>&-"
    done = subprocess.run(["sh", "-c", program], stdout=subprocess.PIPE, text=True, check=False)
    assert json.loads(done.stdout) == {"connections": []}


# --- without a cluster, or with the wrong one -------------------------------------------------------------------------

BROKEN_KUBECONFIGS = {
    "empty": "",
    "no YAML": "clusters: [",
    "a list": "[]",
    "no context": "apiVersion: v1\nkind: Config\n",
    "a context that isn't there": "apiVersion: v1\nkind: Config\ncurrent-context: none\ncontexts: []\nclusters: []\n",
}


def kubeconfig(path: Path, port: int) -> Path:
    """A kubeconfig for an API server on this port of the loopback address."""
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                "users": [{"name": "u", "user": {}}],
            }
        )
    )
    return path


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test of this module finds a cluster by accident, and what a command sets is undone."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))


def test_status_without_a_kubeconfig_says_how_to_get_one(tmp_path: Path) -> None:
    assert complaint(process("status", "-n", "shop")) == (
        f"netbaseline: not in a cluster, and no kubeconfig at {tmp_path / 'none'};"
        " set KUBECONFIG or create ~/.kube/config\n"
    )
    for arguments in (["--context", "staging"], ["--kubeconfig", str(tmp_path / "none")]):
        assert complaint(process("status", *arguments)).startswith(f"netbaseline: no kubeconfig at {tmp_path}/none;")


def test_a_kubeconfig_that_cannot_be_looked_for_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port, nowhere = unused_port(), "x" * 300  # longer than a name may be
    good = kubeconfig(tmp_path / "config", port)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / nowhere}:{good}")
    assert f"127.0.0.1:{port}" in complaint(process("status", "-n", "shop"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / nowhere))
    assert f"no kubeconfig at {tmp_path / nowhere};" in complaint(process("status", "-n", "shop"))


@pytest.mark.parametrize("content", BROKEN_KUBECONFIGS.values(), ids=BROKEN_KUBECONFIGS.keys())
def test_status_with_a_kubeconfig_that_makes_no_sense_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    assert "kubeconfig" in complaint(process("status", "-n", "shop", "--kubeconfig", path))


def test_status_with_a_server_that_is_not_there_says_which(tmp_path: Path) -> None:
    port = unused_port()
    ended = process("status", "-n", "shop", "--kubeconfig", kubeconfig(tmp_path / "config", port))
    assert f"127.0.0.1:{port}" in complaint(ended)


def test_run_without_a_kubeconfig_ends_with_what_to_do() -> None:
    ended = process("run", "--no-leader-elect", "--listen", f"127.0.0.1:{unused_port()}")
    assert "KUBECONFIG" in complaint(ended)


def test_run_with_a_kubeconfig_that_is_not_there_names_it(tmp_path: Path) -> None:
    assert str(tmp_path / "config") in complaint(netbaseline("run", "--kubeconfig", tmp_path / "config"))


@pytest.mark.parametrize("listen", ["8080", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1"])
def test_run_with_an_address_that_makes_no_sense_gives_an_example(listen: str) -> None:
    assert "0.0.0.0:8080" in complaint(netbaseline("run", "--listen", listen))


def test_run_on_a_port_that_is_taken_names_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        config = kubeconfig(tmp_path / "config", unused_port())
        ended = process("run", "--no-leader-elect", "--listen", address, "--kubeconfig", config)
    assert address in complaint(ended)


@pytest.mark.parametrize("command", ["version", "crds", "connectivity examples/audit.yaml -o json"])
def test_a_full_disk_is_one_message_and_no_traceback(command: str) -> None:
    arguments = [sys.executable, "-m", "netbaseline", *command.split()]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, cwd=EXAMPLES.parent, check=False)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr.decode().splitlines()[-1]
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize("command", ["connectivity", "lint", "coverage", "import", "status"])
@pytest.mark.parametrize(("name", "told"), [("", "''"), ("Shop", "Shop"), ("a.b", "a.b"), ("a" * 64, "a" * 64)])
def test_a_name_that_no_namespace_can_have_is_told(command: str, name: str, told: str) -> None:
    ended = netbaseline(command, "--namespace", name, EXAMPLES / "audit.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"netbaseline: --namespace {told}: a namespace's name is a DNS label")


@pytest.mark.parametrize("option", ["--namespace", "--lease-namespace"])
def test_the_operator_works_in_no_namespace_that_there_cannot_be(option: str) -> None:
    ended = netbaseline("run", "--kubeconfig", "none", option, "Shop")
    assert ended.code == 2
    assert ended.err.startswith(f"netbaseline: {option} Shop: a namespace's name is a DNS label")


def test_a_namespace_may_have_two_dashes_beside_each_other() -> None:
    assert netbaseline("coverage", "--namespace", "shop--staging", EXAMPLES / "audit.yaml").code == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_manifests_are_utf8_whatever_the_locale(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    path.write_text(
        "apiVersion: netbaseline.dev/v1alpha1\nkind: NetworkBaseline\nmetadata: {name: default, namespace: shop}\n"
        'spec: {owner: "\u2603"}\n',
        encoding="utf-8",
    )
    ended = process("render", "-f", path, environment={"PYTHONIOENCODING": encoding})
    assert ended.code == 0
    policies = list(yaml.safe_load_all(ended.out))
    assert {item["metadata"]["annotations"]["netbaseline.dev/owner"] for item in policies} == {"\u2603"}


def test_a_reader_that_leaves_early_sees_no_traceback() -> None:
    command = [sys.executable, "-m", "netbaseline", "render", "-f", str(EXAMPLES / "audit.yaml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
    assert said == b""
