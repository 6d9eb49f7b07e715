"""Builds binaries from the pinned Go modules into a cache that is never half true.

Each binary is built beside its place under another name, run once, and then renamed: what has the right name works.
A lock file makes a second run wait for the first and then use what that one built.
"""

import fcntl
import hashlib
import os
import platform
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.errors import SandboxError
from tests.sandbox.progress import Progress
from tests.sandbox.toolchain import Go, find_go

_TAIL = 25  # lines of a failed build that are shown
_UNFINISHED = ".building-"


@dataclass(frozen=True)
class Module:
    """A folder with a go.mod that pins what is built from it."""

    folder: Path
    main: str  # the required module whose version is stamped into the binaries
    stamp: Callable[[str], Mapping[str, str]] = lambda _: {}  # from that version to the Go variables that hold it
    tags: str = ""  # of Go's build constraints, with commas

    def version(self) -> str:
        """Give the main module's pinned version with its `v`, read from go.mod so that it is spelled once."""
        path = self.folder / "go.mod"
        match = re.search(rf"^(?:\s*|require )({re.escape(self.main)}) (v\S+)", path.read_text("utf-8"), re.MULTILINE)
        if match is None:
            raise SandboxError(f"{path} doesn't require {self.main}")
        return match[2]

    def linker_flags(self) -> str:
        """Strip what debuggers read, and stamp the version."""
        stamped = self.stamp(self.version())
        return " ".join(["-s -w", *(f"-X {variable}={value}" for variable, value in stamped.items())])

    def cache_key(self) -> str:
        """Sixteen hex digits that change with modules, source of our own, version stamp and kind of machine."""
        parts = [path.read_bytes() for path in (*map(self.folder.joinpath, ("go.mod", "go.sum")), *self._own())]
        target = f"{platform.system()}/{platform.machine()}"
        return hashlib.sha256(
            b"\0".join([*parts, target.encode(), self.linker_flags().encode(), *self._tags()])
        ).hexdigest()[:16]

    def _tags(self) -> list[bytes]:
        return [self.tags.encode()] if self.tags else []

    def _own(self) -> list[Path]:
        return sorted(self.folder.glob("*.go"))


def _kubernetes_stamp(version: str) -> dict[str, str]:
    """Without it clients see v0.0.0 and switch features off."""
    major, minor, *_ = version.removeprefix("v").split(".")
    stamped = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return {f"k8s.io/component-base/version.{key}": value for key, value in stamped.items()}


def released_as(version: str) -> str:
    """The release of Prometheus that a version of its module is: v0.313.5 is 3.13.5."""
    _, minor, patch = version.split(".")
    return f"{int(minor) // 100}.{int(minor) % 100}.{patch}"


KUBERNETES = Module(Path(__file__).parent / "binaries", "k8s.io/kubernetes", _kubernetes_stamp)


@dataclass(frozen=True)
class Tool:
    """One binary: the Go package it comes from, and how it is asked for its version."""

    name: str
    package: str
    about: str  # how long a cold build takes on two cores
    version: tuple[str, ...] = ("--version",)
    module: Module = KUBERNETES


ETCD = Tool("etcd", "go.etcd.io/etcd/server/v3", "1 min")
KUBECTL = Tool("kubectl", "k8s.io/kubernetes/cmd/kubectl", "2 min", ("version", "--client"))
APISERVER = Tool("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "7 min")
CONTROLLER_MANAGER = Tool("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "3 min")
TOOLS = (ETCD, KUBECTL, APISERVER, CONTROLLER_MANAGER)

# What a node runs, and the scheduler that puts pods on it: only tests/e2e asks for these.
KUBELET = Tool("kubelet", "k8s.io/kubernetes/cmd/kubelet", "3 min")
PROXY = Tool("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy", "1 min")
SCHEDULER = Tool("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", "1 min")
NODE_TOOLS = (KUBELET, PROXY, SCHEDULER)

ENFORCER = Tool(
    "kube-network-policies",
    "sigs.k8s.io/kube-network-policies/cmd",
    "3 min",
    ("-h",),
    Module(Path(__file__).parent / "enforcer", "sigs.k8s.io/kube-network-policies"),
)
COREDNS = Tool(
    "coredns",
    ".",
    "2 min",
    ("-version",),
    Module(Path(__file__).parent / "coredns", "github.com/coredns/coredns"),
)
PROMETHEUS = Tool(
    "prometheus",
    "github.com/prometheus/prometheus/cmd/prometheus",
    "5 min",
    module=Module(
        Path(__file__).parent / "prometheus",
        "github.com/prometheus/prometheus",
        lambda version: {"github.com/prometheus/common/version.Version": released_as(version)},
        tags="remove_all_sd,enable_kubernetes_sd",  # without those for other people's clouds
    ),
)
CLUSTER_TOOLS = (ENFORCER, COREDNS, PROMETHEUS)
"""What a cluster has besides its nodes: who enforces policies, who answers for names, who watches."""

KIND = Tool(
    "kind",
    "sigs.k8s.io/kind",
    "1 min",
    ("version",),
    Module(Path(__file__).parent / "kind", "sigs.k8s.io/kind"),
)

HELM = Tool(
    "helm",
    "helm.sh/helm/v4/cmd/helm",
    "3 min",
    ("version",),
    Module(
        Path(__file__).parent / "helm",
        "helm.sh/helm/v4",
        lambda version: {"helm.sh/helm/v4/internal/version.version": version},
    ),
)
KSTATUS = Tool(
    "kstatus",
    ".",
    "1 min",
    ("version",),
    Module(Path(__file__).parent / "kstatus", "github.com/fluxcd/cli-utils"),
)
CHECKS = Module(Path(__file__).parent / "checks", "github.com/rhysd/actionlint")
ACTIONLINT = Tool("actionlint", "github.com/rhysd/actionlint/cmd/actionlint", "1 min", ("-version",), CHECKS)
KREW = Tool("krew", "sigs.k8s.io/krew/cmd/krew", "1 min", ("version",), CHECKS)
KREW_VALIDATE = Tool("validate-krew-manifest", "sigs.k8s.io/krew/cmd/validate-krew-manifest", "1 min", ("-h",), CHECKS)
KUSTOMIZE = Tool(
    "kustomize",
    "sigs.k8s.io/kustomize/kustomize/v5",
    "1 min",
    ("version",),
    Module(
        Path(__file__).parent / "kustomize",
        "sigs.k8s.io/kustomize/kustomize/v5",
        lambda version: {"sigs.k8s.io/kustomize/api/provenance.version": version},
    ),
)
BESIDE = (HELM, KSTATUS, KUSTOMIZE, ACTIONLINT, KREW, KREW_VALIDATE)
"""What tests run beside a control plane: the chart's installer, Flux's judge of health, and judges of files."""


def build_missing(tools: Sequence[Tool], cache: Path, folder: Path, progress: Progress) -> None:
    """Build those of `tools` that `folder`, a subfolder of `cache`, doesn't hold yet. Raises SandboxError."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(cache / ".lock", progress):
        missing = [tool for tool in tools if not (folder / tool.name).exists()]
        if not missing:
            return
        for leftover in folder.glob(f"{_UNFINISHED}*"):
            leftover.unlink()
        go = find_go(cache, progress)
        progress.say(f"building {', '.join(tool.name for tool in missing)} once, into {folder}")
        for tool in missing:
            _build(tool, go, folder, progress)


@contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say(f"another run is building into {path.parent}: waiting for it to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(tool: Tool, go: Go, folder: Path, progress: Progress) -> None:
    unfinished = folder / f"{_UNFINISHED}{tool.name}-{os.getpid()}"  # a killed run's Go may still write to its own
    command = [str(go.executable), "build", "-mod=readonly", "-trimpath", "-ldflags", tool.module.linker_flags()]
    command += [f"-tags={tool.module.tags}"] if tool.module.tags else []
    command += ["-o", str(unfinished), tool.package]
    try:
        with progress.step(f"building {tool.name}", tool.about) as tick, tempfile.TemporaryFile("w+") as output:
            with subprocess.Popen(
                command, cwd=tool.module.folder, env=go.environment, stdout=output, stderr=output
            ) as process:
                _wait(process, tick)
            if process.returncode != 0:
                output.seek(0)
                tail = "".join(output.readlines()[-_TAIL:]).rstrip()
                raise SandboxError(f"building {tool.name} with {go.executable} failed:\n{tail}")
        _try_out(tool, unfinished)
        unfinished.rename(folder / tool.name)
    finally:
        unfinished.unlink(missing_ok=True)


def _wait(process: "subprocess.Popen[bytes]", tick: Callable[[], None]) -> None:
    """Tick every second until the process ends; when we are interrupted, let Go tidy up and end as well."""
    try:
        while process.poll() is None:
            tick()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
    except BaseException:
        process.send_signal(signal.SIGINT)
        raise


def _try_out(tool: Tool, binary: Path) -> None:
    try:
        subprocess.run([binary, *tool.version], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        output = getattr(error, "stderr", None) or ""
        raise SandboxError(f"{tool.name} was built, but doesn't run: {error} {output}".rstrip()) from error
