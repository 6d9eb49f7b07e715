"""The real control plane: it starts, serves, restarts, ends, and leaves nothing behind."""

import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.sandbox.binaries import Binaries
from tests.sandbox.build import KUBERNETES
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.errors import KubectlError, SandboxError
from tests.sandbox.processes import Identity

CHECKOUT = Path(__file__).resolve().parents[2]
COMPONENTS = {"etcd", "kube-apiserver", "kube-controller-manager"}


def test_it_is_the_pinned_version_and_has_what_every_cluster_has(control_plane: ControlPlane) -> None:
    assert control_plane.kubectl("version", as_json=True)["serverVersion"]["gitVersion"] == KUBERNETES.version()
    assert set(control_plane.processes) == COMPONENTS
    names = control_plane.kubectl("get", "namespaces,clusterroles", "--output=name").stdout.split()
    assert {"namespace/default", "namespace/kube-system"} <= set(names)
    assert "clusterrole.rbac.authorization.k8s.io/system:kube-dns" in names


def test_its_controllers_delete_a_namespace_and_collect_orphans(control_plane: ControlPlane) -> None:
    kubectl = control_plane.kubectl
    kubectl("create", "namespace", "collected")
    kubectl("create", "configmap", "owner", "--namespace=collected")
    uid = kubectl("get", "configmap/owner", "--namespace=collected", as_json=True)["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}
    metadata = {"name": "child", "namespace": "collected", "ownerReferences": [owner]}
    kubectl("create", "-f-", stdin=json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
    kubectl("delete", "configmap/owner", "--namespace=collected")
    kubectl("wait", "--for=delete", "configmap/child", "--namespace=collected", "--timeout=30s")
    kubectl("delete", "namespace", "collected", "--timeout=30s")


def test_kubectl_tells_why_it_failed_unless_told_not_to_check(control_plane: ControlPlane) -> None:
    with pytest.raises(KubectlError, match=r'kubectl get pod/missing ended with 1: .*"missing" not found'):
        control_plane.kubectl("get", "pod/missing")
    with pytest.raises(KubectlError):
        control_plane.kubectl("get", "pod/missing", as_json=True)
    assert control_plane.kubectl("get", "pod/missing", check=False).returncode == 1


def test_a_service_account_has_the_rights_it_was_given_and_no_others(control_plane: ControlPlane) -> None:
    kubectl = control_plane.kubectl
    kubectl("create", "namespace", "limited")
    kubectl("create", "serviceaccount", "reader", "--namespace=limited")
    kubectl("create", "role", "reader", "--verb=get,list", "--resource=configmaps", "--namespace=limited")
    kubectl("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=limited:reader", "-nlimited")
    theirs = control_plane.service_account_kubeconfig("limited", "reader")
    assert set(yaml.safe_load(theirs.read_text())["users"][0]["user"]) == {"token"}
    assert theirs.stat().st_mode & 0o777 == 0o600
    who = kubectl("auth", "whoami", kubeconfig=theirs, as_json=True)["status"]["userInfo"]["username"]
    assert who == "system:serviceaccount:limited:reader"
    assert "kube-root-ca.crt" in kubectl("get", "configmaps", kubeconfig=theirs).stdout
    with pytest.raises(KubectlError, match="forbidden"):
        kubectl("get", "configmaps", "--namespace=default", kubeconfig=theirs)
    with pytest.raises(KubectlError, match="forbidden"):
        kubectl("create", "configmap", "mine", kubeconfig=theirs)


def test_a_service_account_kubeconfig_can_lead_to_a_proxy(control_plane: ControlPlane) -> None:
    path = control_plane.service_account_kubeconfig("default", "default", "http://127.0.0.1:9")
    assert yaml.safe_load(path.read_text())["clusters"][0]["cluster"] == {"server": "http://127.0.0.1:9"}


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "kubernetes.default.svc"])
def test_its_certificate_holds_for_every_name_it_is_reached_by(control_plane: ControlPlane, name: str) -> None:
    context = ssl.create_default_context(cafile=control_plane.ca_file)
    port = int(control_plane.server.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain, server_hostname=name):
        pass


@pytest.mark.parametrize("kill", [False, True])
def test_the_api_server_restarts_at_its_address_with_its_data(control_plane: ControlPlane, *, kill: bool) -> None:
    address, before = control_plane.server, control_plane.processes
    control_plane.kubectl("create", "namespace", f"kept-{kill}".lower())
    control_plane.stop_apiserver(kill=kill)
    assert set(control_plane.processes) == COMPONENTS - {"kube-apiserver"}
    assert control_plane.kubectl("get", "namespaces", check=False).returncode != 0
    with pytest.raises(SandboxError, match="kube-apiserver isn't running"):
        control_plane.wait_ready()
    control_plane.stop_apiserver()
    control_plane.start_apiserver()
    assert control_plane.server == address
    assert control_plane.processes["kube-apiserver"] != before["kube-apiserver"]
    assert control_plane.processes["etcd"] == before["etcd"]
    control_plane.kubectl("get", "namespace", f"kept-{kill}".lower())


def test_two_at_once_know_nothing_of_each_other_and_leave_nothing(
    control_plane: ControlPlane, sandbox_binaries: Binaries
) -> None:
    with ControlPlane.start(sandbox_binaries) as other:
        processes, folder = other.processes.values(), other.folder
        assert other.server != control_plane.server
        other.kubectl("create", "namespace", "only-here")
        assert control_plane.kubectl("get", "namespace", "only-here", check=False).returncode == 1
        with pytest.raises(KubectlError, match=r"(?i)unauthorized|certificate|logged in"):
            control_plane.kubectl("get", "namespaces", f"--server={other.server}")
    other.stop()
    assert not any(process.alive() for process in processes)
    assert not folder.exists()
    assert set(control_plane.processes) == COMPONENTS


def test_a_component_that_dies_at_start_is_told_with_the_end_of_its_log(
    sandbox_binaries: Binaries, tmp_path: Path
) -> None:
    broken = tmp_path / "kube-apiserver"
    broken.write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
    broken.chmod(0o755)
    folder = tmp_path / "plane"
    with pytest.raises(SandboxError, match="kube-apiserver ended; the end of its log:\nno such luck"):
        ControlPlane.start(replace(sandbox_binaries, apiserver=broken), folder)
    assert not folder.exists()


def test_a_port_that_was_taken_meanwhile_is_given_up_for_another(sandbox_binaries: Binaries, tmp_path: Path) -> None:
    unlucky = tmp_path / "etcd"
    unlucky.write_text(
        f'#!/bin/sh\n[ -e {tmp_path}/tried ] && exec {sandbox_binaries.etcd} "$@"\n'
        f"touch {tmp_path}/tried; echo 'listen tcp 127.0.0.1:1: bind: address already in use'; exit 1\n"
    )
    unlucky.chmod(0o755)
    with ControlPlane.start(replace(sandbox_binaries, etcd=unlucky)) as plane:
        assert set(plane.processes) == COMPONENTS


def test_a_folder_that_holds_anything_is_refused(sandbox_binaries: Binaries, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(SandboxError, match="isn't empty"):
        ControlPlane.start(sandbox_binaries, tmp_path)
    assert (tmp_path / "precious").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children with their parent on Linux")
def test_a_killed_run_leaves_no_process_and_its_folder_goes_with_the_next_start(
    sandbox_binaries: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = """
        import os, signal, sys
        from pathlib import Path
        from tests.sandbox.binaries import Binaries
        from tests.sandbox.control_plane import ControlPlane
        plane = ControlPlane.start(Binaries(*map(Path, sys.argv[1:])))
        print(plane.folder, *(process.pid for process in plane.processes.values()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    paths = [sandbox_binaries.etcd, sandbox_binaries.kubectl]
    paths += [sandbox_binaries.apiserver, sandbox_binaries.controller_manager]
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, paths)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=CHECKOUT)
    folder, *pids = result.stdout.split()
    assert len(pids) == len(COMPONENTS)
    _until(lambda: not any(_is_ours(int(pid), folder) for pid in pids))
    assert Path(folder).parent == tmp_path
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    broken = replace(sandbox_binaries, etcd=Path("/bin/false"))
    with pytest.raises(SandboxError, match="etcd ended"):
        ControlPlane.start(broken)
    assert list(tmp_path.iterdir()) == []


def _is_ours(pid: int, folder: str) -> bool:
    return Identity.of(pid) is not None and folder.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
