"""The same cluster as `node.py` makes, by kind: for a machine with a container engine, on which no node of ours can be.

kind's network plugin enforces policies, and its nodes have a registry to pull from, so there are no stand-ins.
"""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, Literal, overload

from tests.e2e.errors import run
from tests.e2e.images import CHECKOUT, OPERATOR
from tests.e2e.progress import step
from tests.sandbox.binaries import Binaries
from tests.sandbox.errors import KubectlError

NAME = "netbaseline-e2e"
_CONFIG_VARIABLE = "NETBASELINE_E2E_KIND_CONFIG"  # a file for kind: another node image, or what this machine asks for
_ONLY_NODE = f"{NAME}-control-plane"


def build(folder: Path, tag: str) -> list[Path]:
    """Build the operator's image from the Dockerfile as it is, and give its archive. Raises E2EError."""
    image, archive = f"{OPERATOR}:{tag}", folder / "operator.tar"
    with step("building the image from the Dockerfile"):
        run(["docker", "build", "--quiet", f"--tag={image}", str(CHECKOUT)])
        run(["docker", "save", f"--output={archive}", image])
    return [archive]


def keep_logs(kind: Path, folder: Path) -> None:
    """Have kind write to `folder` what the node and its pods have logged. Raises E2EError."""
    run([kind, "export", "logs", f"--name={NAME}", folder])


def remove(kind: Path, kubeconfig: Path) -> None:
    """Remove the cluster if there is one, and what `kubeconfig` has of it. Raises E2EError."""
    run([kind, "delete", "cluster", f"--name={NAME}", f"--kubeconfig={kubeconfig}"])


class Plane:
    """A control plane that somebody else has made, known by its kubeconfig."""

    def __init__(self, kubectl: Path, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self._kubectl = kubectl

    @overload
    def kubectl(
        self, *arguments: str, stdin: str | None = None, check: bool = True, as_json: Literal[False] = False
    ) -> "subprocess.CompletedProcess[str]": ...

    @overload
    def kubectl(self, *arguments: str, stdin: str | None = None, as_json: Literal[True]) -> Any: ...

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True, as_json: bool = False) -> Any:
        """As `ControlPlane.kubectl` does it."""
        command = [str(self._kubectl), *arguments, *(["--output=json"] if as_json else [])]
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "KUBERC": "off"}
        result = subprocess.run(
            command, input=stdin or "", capture_output=True, text=True, check=False, env=environment
        )
        if result.returncode != 0 and (check or as_json):
            raise KubectlError(arguments, result.returncode, result.stdout, result.stderr)
        return json.loads(result.stdout) if as_json else result


class KindCluster:
    """A cluster of one node; whoever has the tests run removes it, as only they know whether its logs are wanted."""

    def __init__(self, folder: Path, binaries: Binaries, kind: Path) -> None:
        """Start nothing yet."""
        folder.mkdir()
        self._kind = kind
        self._kubectl = binaries.kubectl
        self.plane = Plane(binaries.kubectl, folder / "kubeconfig")

    def start(self, images: list[Path]) -> None:
        """Return when the node is Ready and has `images`. Raises E2EError."""
        config = os.environ.get(_CONFIG_VARIABLE)
        options = [f"--name={NAME}", f"--kubeconfig={self.plane.kubeconfig}", "--wait=180s", "--retain"]
        options += [f"--config={config}"] if config else []
        with step("creating a cluster with kind"):
            remove(self._kind, self.plane.kubeconfig)  # one that a killed run has left
            run([self._kind, "create", "cluster", *options])
        with step("importing the image"):
            for image in images:
                run([self._kind, "load", "image-archive", f"--name={NAME}", image])

    @property
    def kubectl(self) -> list[str]:
        """The command line of kubectl as the administrator, for what runs in the background."""
        return [str(self._kubectl), f"--kubeconfig={self.plane.kubeconfig}"]

    @property
    def api_server(self) -> tuple[str, int]:
        """Address and port where pods reach it."""
        (node,) = self.plane.kubectl("get", "nodes", as_json=True)["items"]
        addresses = {each["type"]: each["address"] for each in node["status"]["addresses"]}
        return addresses["InternalIP"], 6443

    def tag(self, image: str, name: str) -> None:
        """Give an imported image another name."""
        run(["docker", "exec", _ONLY_NODE, "ctr", "--namespace=k8s.io", "images", "tag", "--force", image, name])

    def signal(self, container: str, number: signal.Signals) -> None:
        """Send a signal to a container's process; it is `containerd://ID` as a pod's status tells it."""
        template = ["--output=go-template", "--template={{.info.pid}}", container.removeprefix("containerd://")]
        pid = run(["docker", "exec", _ONLY_NODE, "crictl", "inspect", *template]).strip()
        run(["docker", "exec", _ONLY_NODE, "kill", f"-{number.value}", pid])

    def stop(self) -> None:
        """Leave it to whoever has the tests run."""
