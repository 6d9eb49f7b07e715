"""One control plane from start to stop, and what tests do with it in between."""

import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, overload

from tests.sandbox.binaries import Binaries
from tests.sandbox.certificates import Authority
from tests.sandbox.components import (
    LOOPBACK,
    Credentials,
    Layout,
    apiserver_command,
    controller_manager_command,
    etcd_command,
)
from tests.sandbox.errors import KubectlError, SandboxError
from tests.sandbox.folders import fresh_folder
from tests.sandbox.kubeconfig import token_user, write_kubeconfig
from tests.sandbox.ports import ReservedPort
from tests.sandbox.processes import Child, Identity, end

_PORT_TAKEN = "address already in use"
_ATTEMPTS = 4  # each with other ports
_START_TIMEOUT = 90.0  # seconds; 5 are usual
_GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_POLL = 0.05  # seconds
_MADE_BY_APISERVER = (
    "/api/v1/namespaces/default",
    "/api/v1/namespaces/kube-system",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin",
)
_MADE_BY_MANAGER = "/api/v1/namespaces/default/serviceaccounts/default"
_ETCD, _APISERVER, _MANAGER = "etcd", "kube-apiserver", "kube-controller-manager"


class ControlPlane:
    """etcd, API server and controller manager; ended by `stop()`, `with`, or this process's death."""

    def __init__(
        self, binaries: Binaries, folder: Path, *, outlives_us: bool = False, node_address: str | None = None
    ) -> None:
        """Prepare everything in an empty `folder` but start nothing: `start` is what one calls."""
        self._binaries = binaries
        self._outlives_us = outlives_us
        self._ports = (ReservedPort(), ReservedPort())
        etcd, apiserver = self._ports
        self._layout = Layout(folder, etcd.number, apiserver.number, node_address)
        self._credentials = Credentials.write(self._layout)
        self._children: dict[str, Child] = {}
        self._tls = ssl.create_default_context(cafile=self._credentials.ca_file)
        self._tls.load_cert_chain(self._credentials.admin.certificate, self._credentials.admin.key)

    @classmethod
    def start(
        cls,
        binaries: Binaries,
        folder: Path | None = None,
        *,
        outlives_us: bool = False,
        node_address: str | None = None,
    ) -> Self:
        """Start one that is ready for use, in an empty `folder` or one of its own, which it removes when it stops.

        With `outlives_us` it goes on after this process; who wants that keeps `processes` to end them later.
        With `node_address`, an address of this machine, it answers there, and works with real nodes and pods.
        Raises SandboxError with the end of the log when a component dies or isn't ready after 90 s.
        """
        for attempt in range(_ATTEMPTS):
            plane = cls(binaries, fresh_folder(folder), outlives_us=outlives_us, node_address=node_address)
            try:
                plane._start_all()
            except SandboxError as error:
                plane.stop()
                if attempt + 1 == _ATTEMPTS or _PORT_TAKEN not in str(error):
                    raise
            except BaseException:
                plane.stop()
                raise
            else:
                return plane
        raise AssertionError("the last attempt returns or raises")

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig: a client certificate of the group system:masters."""
        return self._layout.kubeconfig

    @property
    def server(self) -> str:
        """The API server's address, https://127.0.0.1:PORT without nodes; it stays the same over restarts."""
        return self._layout.server

    @property
    def ca_file(self) -> Path:
        """The certificate authority that signed the API server's certificate, as PEM."""
        return self._credentials.ca_file

    @property
    def authority(self) -> Authority:
        """Signs certificates for what else is to take part, such as a kubelet."""
        return self._credentials.authority

    @property
    def folder(self) -> Path:
        """The folder with its data and its logs (`etcd.log`, `kube-apiserver.log`, `kube-controller-manager.log`)."""
        return self._layout.folder

    @property
    def processes(self) -> Mapping[str, Identity]:
        """The processes that run now, by component."""
        found = {name: Identity.of(child.pid) for name, child in self._children.items() if child.alive()}
        return {name: identity for name, identity in found.items() if identity is not None}

    def __enter__(self) -> Self:
        """Nothing is left to do: it has been started."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def stop(self) -> None:
        """End its processes and remove its folder; may be called again."""
        for names in ((_MANAGER, _APISERVER), (_ETCD,)):  # an API server without etcd would take long to end
            end([self._children.pop(name) for name in names if name in self._children], _GRACE)
        for port in self._ports:
            port.release()
        shutil.rmtree(self._layout.folder, ignore_errors=True)

    def stop_apiserver(self, *, kill: bool = False) -> None:
        """End the API server alone, by SIGTERM or, with `kill`, by SIGKILL; its clients get connection refused."""
        child = self._children.pop(_APISERVER, None)
        if child is None:
            return
        if kill:
            child.signal(signal.SIGKILL)
        end([child], _GRACE)

    def start_apiserver(self) -> None:
        """Start it again on the same port with the same data, and wait until it is ready."""
        if _APISERVER in self._children and self._children[_APISERVER].alive():
            return
        self._spawn(_APISERVER, apiserver_command(self._binaries, self._layout, self._credentials))
        self.wait_ready()

    def restart_apiserver(self, *, kill: bool = False) -> None:
        """Stop and start it: clients see their watches end, and some seconds of connection refused."""
        self.stop_apiserver(kill=kill)
        self.start_apiserver()

    def wait_ready(self, timeout: float = _START_TIMEOUT) -> None:
        """Return when /readyz says ok, which includes RBAC's built-in roles. Raises SandboxError after `timeout` s."""
        self._wait(_APISERVER, lambda: self._answers("/readyz"), timeout)

    @overload
    def kubectl(
        self,
        *arguments: str,
        stdin: str | None = None,
        check: bool = True,
        kubeconfig: Path | None = None,
        as_json: Literal[False] = False,
    ) -> "subprocess.CompletedProcess[str]": ...

    @overload
    def kubectl(
        self, *arguments: str, stdin: str | None = None, kubeconfig: Path | None = None, as_json: Literal[True]
    ) -> Any: ...

    def kubectl(
        self,
        *arguments: str,
        stdin: str | None = None,
        check: bool = True,
        kubeconfig: Path | None = None,
        as_json: bool = False,
    ) -> Any:
        """Run kubectl as the administrator, or as whom `kubeconfig` says, untouched by the caller's own settings.

        Returns the finished process, or with `as_json` what it printed with `-o json`, parsed.
        Raises KubectlError if it fails and `check` is set, as it always is with `as_json`.
        """
        # Its cache of discovery goes by the server's address: a later control plane on this port would be misread.
        command = [str(self._binaries.kubectl), f"--cache-dir={self.folder / 'kubectl-cache'}", *arguments]
        environment = {**os.environ, "KUBECONFIG": str(kubeconfig or self.kubeconfig), "KUBERC": "off"}
        result = subprocess.run(
            [*command, "--output=json"] if as_json else command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        if result.returncode != 0 and (check or as_json):
            raise KubectlError(arguments, result.returncode, result.stdout, result.stderr)
        return json.loads(result.stdout) if as_json else result

    def service_account_kubeconfig(self, namespace: str, name: str, server: str | None = None) -> Path:
        """Write a kubeconfig that has nothing but a token of this service account, valid for a day.

        `server` puts another address, such as a proxy's, in the place of the API server's own.
        """
        token = self.kubectl("create", "token", name, f"--namespace={namespace}", "--duration=24h").stdout.strip()
        handle, path = tempfile.mkstemp(prefix=f"{namespace}.{name}.", suffix=".kubeconfig", dir=self.folder)
        os.close(handle)
        return write_kubeconfig(
            Path(path),
            server=server or self.server,
            ca_file=self.ca_file,
            user=token_user(token),
            namespace=namespace,
        )

    def _start_all(self) -> None:
        self._spawn(_ETCD, etcd_command(self._binaries, self._layout))
        self._wait(_ETCD, self._etcd_answers)
        self._spawn(_APISERVER, apiserver_command(self._binaries, self._layout, self._credentials))
        self.wait_ready()
        self._spawn(_MANAGER, controller_manager_command(self._binaries, self._layout, self._credentials))
        self._wait(_APISERVER, lambda: all(map(self._answers, _MADE_BY_APISERVER)))
        self._wait(_MANAGER, lambda: self._answers(_MADE_BY_MANAGER))

    def _spawn(self, name: str, command: list[str]) -> None:
        self._children[name] = Child(name, command, self._layout.log(name), outlives_us=self._outlives_us)

    def _wait(self, name: str, ready: Callable[[], bool], timeout: float = _START_TIMEOUT) -> None:
        """Wait for `ready` as long as the component that has to make it true is alive."""
        child = self._children.get(name)
        if child is None:
            raise SandboxError(f"{name} isn't running")
        deadline = time.monotonic() + timeout
        while not ready():
            if not child.alive():
                raise SandboxError(f"{name} ended; the end of its log:\n{child.tail()}")
            if time.monotonic() > deadline:
                raise SandboxError(f"{name} isn't ready after {timeout:.0f} s; the end of its log:\n{child.tail()}")
            time.sleep(_POLL)

    def _answers(self, path: str) -> bool:
        """Say whether the API server answers 200 to the administrator."""
        connection = http.client.HTTPSConnection(
            self._layout.address, self._layout.apiserver_port, timeout=10, context=self._tls
        )
        return _is_ok(connection, path)

    def _etcd_answers(self) -> bool:
        return _is_ok(http.client.HTTPConnection(LOOPBACK, self._layout.etcd_port, timeout=10), "/health")


def _is_ok(connection: http.client.HTTPConnection, path: str) -> bool:
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
