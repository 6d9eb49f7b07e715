"""One node with its control plane, from start to Ready, inside the namespaces that `inside.py` made."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.e2e import addons, settings
from tests.e2e.errors import E2EError, run
from tests.e2e.inside import NODE_ADDRESS
from tests.e2e.progress import step
from tests.e2e.settings import NODE, Places
from tests.sandbox.binaries import Binaries, obtain
from tests.sandbox.build import KUBELET, NODE_TOOLS, PROXY, SCHEDULER
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.kubeconfig import certificate_user, write_kubeconfig
from tests.sandbox.processes import Child, end

_TIMEOUT = 180.0  # seconds, for each part; a second or two is usual
_GRACE = 5.0  # seconds between SIGTERM and SIGKILL


class Node:
    """A node called `node` that runs pods; what it started ends with `stop()`, or with the namespaces."""

    def __init__(self, folder: Path, group: str, binaries: Binaries) -> None:
        """Start nothing yet. `group` is the control group that pods go under."""
        folder.mkdir()
        self._places = Places(folder)
        self._group = group
        self._binaries = binaries
        self._children: list[Child] = []
        self._plane: ControlPlane | None = None

    @property
    def plane(self) -> ControlPlane:
        """Its control plane, once it has been started."""
        if self._plane is None:
            raise E2EError("the node hasn't been started")
        return self._plane

    def start(self, images: list[Path]) -> None:
        """Return when the node is Ready and has `images`. Raises E2EError or SandboxError with the end of a log."""
        places = self._places
        with step("starting containerd"):
            places.config("containerd").write_text(settings.containerd(places), encoding="utf-8")
            places.cni.mkdir()
            (places.cni / "10-pods.conflist").write_text(json.dumps(settings.network()), encoding="utf-8")
            containerd = self._spawn("containerd", ["containerd", f"--config={places.config('containerd')}"])
            self._wait(containerd, places.socket.is_socket)
        with step("importing the images"):
            for image in images:
                run([*self.ctr, "images", "import", "--no-unpack", image])
        with step("starting the control plane"):
            self._plane = ControlPlane.start(self._binaries, places.folder / "plane", node_address=NODE_ADDRESS)
        with step("starting scheduler, proxy and kubelet until the node is Ready"):
            self._start_programs(self._plane)
        with step("starting who enforces policies, and the DNS"):
            addons.queue_packets()
            self._plane.kubectl("apply", "--filename=-", stdin=addons.MANIFESTS)
            for name in ("daemonset/kube-network-policies", "deployment/coredns"):
                self._plane.kubectl("rollout", "status", name, "--namespace=kube-system", f"--timeout={_TIMEOUT:.0f}s")
            self._wait(self._children[-1], addons.enforced)

    @property
    def ctr(self) -> list[str]:
        """The command line of containerd's own client, where the kubelet's images and containers are."""
        return ["ctr", f"--address={self._places.socket}", "--namespace=k8s.io"]

    @property
    def kubectl(self) -> list[str]:
        """The command line of kubectl as the administrator, for what runs in the background."""
        return [str(self._binaries.kubectl), f"--kubeconfig={self.plane.kubeconfig}"]

    def tag(self, image: str, name: str) -> None:
        """Give an imported image another name."""
        run([*self.ctr, "images", "tag", image, name])

    @property
    def api_server(self) -> tuple[str, int]:
        """Address and port where pods reach it."""
        return NODE_ADDRESS, int(self.plane.server.rpartition(":")[2])

    def signal(self, container: str, number: signal.Signals) -> None:
        """Send a signal to a container's process; it is `containerd://ID` as a pod's status tells it."""
        os.kill(self._process_of(container), number)

    def _process_of(self, container: str) -> int:
        identity = container.removeprefix("containerd://")
        for line in run([*self.ctr, "tasks", "list"]).splitlines():
            name, pid, *_ = line.split()
            if name == identity:
                return int(pid)
        raise E2EError(f"containerd runs no {container}")

    def stop(self) -> None:
        """End the programs, and so the control plane; pods end with the namespaces."""
        end(reversed(self._children), _GRACE)
        if self._plane is not None:
            self._plane.stop()

    def _start_programs(self, plane: ControlPlane) -> None:
        places, tools = self._places, obtain(NODE_TOOLS)
        authority = plane.authority
        for program, identity in (
            ("kube-scheduler", authority.client("system:kube-scheduler")),
            ("kube-proxy", authority.client("system:kube-proxy")),
            ("kubelet", authority.client(f"system:node:{NODE}", "system:nodes")),
        ):
            user = certificate_user(identity)
            write_kubeconfig(places.kubeconfig(program), server=plane.server, ca_file=plane.ca_file, user=user)
        serving = authority.server("kubelet", NODE, NODE_ADDRESS)
        self._write_config("kubelet", settings.kubelet(places, self._group, authority.certificate, serving))
        self._write_config("kube-proxy", settings.proxy(places))
        places.config("resolv").write_text("nameserver 127.0.0.1\n", encoding="utf-8")  # none: pods ask for no names
        scheduler = [f"--kubeconfig={places.kubeconfig('kube-scheduler')}", "--leader-elect=false", "--secure-port=0"]
        self._spawn("kube-scheduler", [str(tools[SCHEDULER.name]), *scheduler])
        self._spawn("kube-proxy", [str(tools[PROXY.name]), f"--config={places.config('kube-proxy')}"])
        flags = [f"--config={places.config('kubelet')}", f"--kubeconfig={places.kubeconfig('kubelet')}"]
        flags += [f"--root-dir={places.kubelet}", f"--hostname-override={NODE}", f"--node-ip={NODE_ADDRESS}"]
        self._wait(self._spawn("kubelet", [str(tools[KUBELET.name]), *flags]), lambda: _is_ready(plane))

    def _write_config(self, program: str, config: object) -> None:
        self._places.config(program).write_text(yaml.safe_dump(config), encoding="utf-8")

    def _spawn(self, name: str, command: list[str]) -> Child:
        program = shutil.which(command[0])
        if program is None:
            raise E2EError(f"{command[0]} isn't on PATH")
        child = Child(name, [program, *command[1:]], self._places.log(name))
        self._children.append(child)
        return child

    def _wait(self, child: Child, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _TIMEOUT
        while not ready():
            if not child.alive():
                raise E2EError(f"{child.name} ended; the end of its log:\n{child.tail()}")
            if time.monotonic() > deadline:
                raise E2EError(f"{child.name} isn't ready after {_TIMEOUT:.0f} s; the end of its log:\n{child.tail()}")
            time.sleep(0.1)


def _is_ready(plane: ControlPlane) -> bool:
    nodes = plane.kubectl("get", "nodes", as_json=True)["items"]
    conditions = [condition for node in nodes for condition in node["status"].get("conditions", [])]
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
