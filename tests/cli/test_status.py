"""`netbaseline status` on a real API server, and on servers that don't want to tell."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pydantic
import pytest
import yaml

from netbaseline.api import schema
from tests.cli.running import EXAMPLES, Ended, netbaseline, process
from tests.cli.test_commands import kubeconfig
from tests.cluster.waiting import eventually
from tests.sandbox.control_plane import ControlPlane

Json = dict[str, Any]


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane) -> ControlPlane:
    """The control plane with the CRD in it, and no operator."""
    control_plane.kubectl("apply", "--server-side", "-f", "-", stdin=schema.crd_yaml())
    eventually(
        lambda: control_plane.kubectl("get", "nbl", "-A", check=False).returncode == 0, what="the CRD to be served"
    )
    return control_plane


@pytest.fixture
def namespace(cluster: ControlPlane, request: pytest.FixtureRequest) -> str:
    name = f"status-{abs(hash(request.node.name)) % 10**8}"
    cluster.kubectl("create", "namespace", name)
    return name


def create(cluster: ControlPlane, namespace: str, name: str, status: Json | None = None, **spec: Any) -> None:
    """A baseline with a status as an operator may have left it."""
    manifest = {
        "apiVersion": "netbaseline.dev/v1alpha1",
        "kind": "NetworkBaseline",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(manifest))
    if status is not None:
        patch = json.dumps({"status": status})
        cluster.kubectl("patch", "nbl", name, "-n", namespace, "--subresource=status", "--type=merge", "-p", patch)


def condition(kind: str, status: str, reason: str, message: str = "") -> Json:
    times = {"lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}
    return {"type": kind, "status": status, "reason": reason, "message": message, **times}


READY: Json = {
    "observedGeneration": 1,
    "conditions": [condition("Ready", "True", "Enforced", "2 policies are in place as declared")],
    "policies": [
        {"name": "nbl.default.deny", "state": "Applied"},
        {"name": "nbl.default.dns", "state": "Applied"},
        {"name": "nbl.default.rule.pay", "state": "Pending"},
    ],
    "sources": [{"part": "spec.allow.dns", "from": "default: where DNS is"}],
    "findings": [{"id": "RuleIdle", "severity": "Warning", "path": "spec.allow.egress[0]", "message": "does nothing"}],
}


def status(cluster: ControlPlane, *arguments: str) -> Ended:
    return process("status", "--kubeconfig", cluster.kubeconfig, *arguments)


def test_a_ready_baseline_is_shown_with_its_policies_and_where_each_comes_from(
    cluster: ControlPlane, namespace: str
) -> None:
    create(cluster, namespace, "default", READY, defaultDeny=["Egress"])
    ended = status(cluster, "-n", namespace)
    assert (ended.code, ended.err) == (0, "")
    assert [" ".join(line.split()) for line in ended.out.splitlines() if line] == [
        f"Namespace {namespace}",
        "NetworkBaseline default Enforce denies Egress",
        "Ready True (Enforced): 2 policies are in place as declared",
        "Warning: RuleIdle: spec.allow.egress[0] does nothing",
        "POLICY STATE FROM",
        "nbl.default.deny Applied spec.defaultDeny",
        "nbl.default.dns Applied spec.allow.dns (default: where DNS is)",
        "nbl.default.rule.pay Pending rule pay",
    ]


def test_json_and_yaml_hold_the_same_for_programs(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "default", READY, mode="Audit")
    found = json.loads(status(cluster, "-n", namespace, "-o", "json").out)
    assert found == yaml.safe_load(status(cluster, "-n", namespace, "-o", "yaml").out)
    (item,) = found["baselines"]
    assert found["namespace"] == namespace
    assert (item["name"], item["mode"], item["ready"], item["reason"]) == ("default", "Audit", "True", "Enforced")
    assert item["upToDate"] is True
    assert item["policies"] == READY["policies"]
    assert item["defaultDeny"] == ["Ingress", "Egress"]


def test_one_baseline_that_is_not_ready_is_enough_for_exit_code_1(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "a", READY)
    assert status(cluster, "-n", namespace).code == 0
    held = {"observedGeneration": 1, "conditions": [condition("Ready", "False", "NameTaken", "rename it")]}
    create(cluster, namespace, "b", held)
    ended = status(cluster, "-n", namespace)
    assert ended.code == 1
    assert "Ready False (NameTaken): rename it" in ended.out
    assert ended.out.index("NetworkBaseline a ") < ended.out.index("NetworkBaseline b ")


def test_a_baseline_that_no_operator_has_seen_is_not_ready(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "default")
    ended = status(cluster, "-n", namespace)
    assert ended.code == 1
    assert "Ready Unknown (Pending)" in ended.out
    assert "the operator has not seen the newest spec yet" in ended.out


def test_a_status_of_an_older_spec_is_marked(cluster: ControlPlane, namespace: str) -> None:
    create(cluster, namespace, "default", READY)
    assert "not seen the newest spec" not in status(cluster, "-n", namespace).out
    create(cluster, namespace, "default", mode="Audit")
    assert "not seen the newest spec" in status(cluster, "-n", namespace).out


def test_a_namespace_without_a_baseline_is_not_covered(cluster: ControlPlane, namespace: str) -> None:
    ended = status(cluster, "-n", namespace)
    assert (ended.code, ended.err) == (1, "")
    assert f"Namespace {namespace} has no NetworkBaseline: its pods are not covered." in ended.out
    found = json.loads(status(cluster, "-n", namespace, "-o", "json").out)
    assert found == {"namespace": namespace, "baselines": []}


def test_another_context_is_read_where_it_is_named(cluster: ControlPlane, namespace: str, tmp_path: Path) -> None:
    create(cluster, namespace, "default", READY)
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["contexts"].append({**config["contexts"][0], "name": "staging"})
    other = tmp_path / "config"
    other.write_text(yaml.safe_dump({**config, "current-context": "none"}))
    assert process("status", "-n", namespace, "--kubeconfig", other).code == 2
    ended = process("status", "-n", namespace, "--kubeconfig", other, "--context", "staging")
    assert (ended.code, ended.err) == (0, "")


def test_what_a_cluster_gave_out_is_as_good_as_the_cluster(
    cluster: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    create(cluster, namespace, "default", READY, defaultDeny=["Egress"])
    file = tmp_path / "baselines.yaml"
    file.write_text(cluster.kubectl("get", "nbl", "-n", namespace, "-o", "yaml").stdout)
    ended = process("status", file)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == status(cluster, "-n", namespace).out
    from_file, from_cluster = process("status", file, "-o", "json"), status(cluster, "-n", namespace, "-o", "json")
    assert json.loads(from_file.out)["baselines"] == json.loads(from_cluster.out)["baselines"]


def test_baselines_of_files_are_shown_by_namespace_and_are_not_ready_as_nobody_has_seen_them(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    head = "apiVersion: netbaseline.dev/v1alpha1\nkind: NetworkBaseline\nmetadata: {name: default, namespace: %s}\n"
    file.write_text(f"{head % 'shop'}---\n{head % 'pay'}")
    ended = netbaseline("status", file)
    assert ended.code == 1
    assert ended.out.index("Namespace pay") < ended.out.index("Namespace shop")
    assert "Ready Unknown (Pending): no operator has told anything of it" in ended.out
    assert "Namespace pay" not in netbaseline("status", file, "-n", "shop").out
    assert "leave them out, or the paths" in netbaseline("status", file, "--context", "x").err
    (tmp_path / "bad.yaml").write_text(head % "UPPER")
    bad = netbaseline("status", file, tmp_path / "bad.yaml", "--keep-going")
    assert (bad.code, "Namespace shop" in bad.out) == (2, True)


def test_a_status_that_no_operator_wrote_is_refused_by_field_and_the_others_are_shown(tmp_path: Path) -> None:
    def baseline(name: str, status: str) -> str:
        return (
            "apiVersion: netbaseline.dev/v1alpha1\nkind: NetworkBaseline\n"
            f"metadata: {{name: {name}, namespace: shop}}\nspec: {{}}\nstatus: {status}\n---\n"
        )

    file = tmp_path / "all.yaml"
    newer = yaml.safe_dump({**READY, "saidByANewerOne": 1}, default_flow_style=True, width=10**6).strip()
    file.write_text(baseline("worse", "{conditions: x, observedGeneration: q}") + baseline("good", newer))
    ended = netbaseline("status", str(file))
    assert (ended.code, ended.out) == (2, "")
    assert f"{file}:5: document 1: status.conditions: must be a list (found 'x')" in ended.err
    assert f"{file}:5: document 1: status.observedGeneration: must be a whole number (found 'q')" in ended.err
    ended = netbaseline("status", str(file), "--keep-going", "-o", "json")
    assert ended.code == 2
    assert [(item["name"], item["ready"]) for item in json.loads(ended.out)["baselines"]] == [("good", "True")]
    file.write_text(baseline("worse", "[]"))
    assert netbaseline("status", str(file), "--keep-going").out == ""


def test_the_model_of_a_stored_status_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    making = Mock(wraps=pydantic.create_model)
    monkeypatch.setattr(pydantic, "create_model", making)
    head = (
        "apiVersion: netbaseline.dev/v1alpha1\nkind: NetworkBaseline\nmetadata: {name: default, namespace: %s}\n---\n"
    )
    (tmp_path / "many.yaml").write_text("".join(head % f"n{number}" for number in range(5)))
    assert netbaseline("status", tmp_path).out.count("Pending") == 5
    assert making.call_count <= 1


def test_what_render_prints_is_what_the_api_server_takes(cluster: ControlPlane, namespace: str) -> None:
    ended = process("render", "-f", EXAMPLES, "-k")
    output = ended.out.replace("namespace: shop", f"namespace: {namespace}")
    cluster.kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", stdin=output)


@contextmanager
def server(code: int, body: Json) -> Iterator[int]:
    """An API server that gives this answer to everything; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Not on the tests' output."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield running.server_port
    finally:
        running.shutdown()
        running.server_close()


@pytest.mark.parametrize(
    ("code", "body", "told"),
    [
        (404, {"kind": "Status", "message": "no such page"}, "netbaseline crds | kubectl apply"),
        (403, {"kind": "Status", "message": 'User "x" cannot list resource'}, 'User "x" cannot list resource'),
        (401, {"kind": "Status", "message": "Unauthorized"}, "Unauthorized"),
        (500, {}, "HTTP 500"),
        (200, {"no": "list"}, ""),
    ],
    ids=["no CRD", "forbidden", "unauthorized", "broken", "something else"],
)
def test_a_server_that_does_not_tell_is_reported_in_its_own_words(
    tmp_path: Path, code: int, body: Json, told: str
) -> None:
    with server(code, body) as port:
        ended = process("status", "-n", "shop", "--kubeconfig", kubeconfig(tmp_path / "config", port))
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert "Traceback" not in ended.err
