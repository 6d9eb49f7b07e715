"""Images of what a cluster has besides the operator, each made of one real program of this machine or the Go registry.

A manifest of the documentation names an image by the name it has in its registry, which can't be asked here. So the
image that stands in for it has that very name, and the manifest is applied as it is.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.errors import E2EError, run

PAUSE = "localhost/pause:1"
ENFORCER = "localhost/kube-network-policies:1"
COREDNS = "localhost/coredns:1"
KINDS = "github.com/prometheus-operator/prometheus-operator"  # the module with the kinds of monitors and rules

_CHECKOUT = Path(__file__).resolve().parents[2]
_LIBRARY = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x", re.MULTILINE)


@dataclass(frozen=True)
class StandIn:
    """An image with one program at `path` (and its libraries), links to it, and settings of buildah."""

    image: str
    program: Path
    path: str
    links: tuple[tuple[str, str], ...] = ()
    settings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Changes with the program and with what is made of it."""
        made_of = repr((self.path, self.links, self.settings)).encode() + self.program.read_bytes()
        return f"dev.netbaseline.e2e={hashlib.sha256(made_of).hexdigest()[:16]}"

    def files(self) -> Iterator[tuple[Path, str]]:
        """Each file of the machine that goes in, with its place."""
        yield self.program, self.path
        for library in _libraries(self.program):
            yield Path(library), library.lstrip("/")


def stand_ins(enforcer: Path, coredns: Path, prometheus: Path) -> list[StandIn]:
    """All of them; the images of the documentation under the names that are read from there. Raises E2EError."""
    shell = Path(_on_path("busybox"))
    if not _libraries(shell):
        raise E2EError(f"{shell} is a static program, which can't ask a DNS: install Debian's busybox in its place")
    applets = run([shell, "--list"]).split()
    return [
        StandIn(ENFORCER, enforcer, "bin/netpol"),
        StandIn(COREDNS, coredns, "coredns", settings=('--entrypoint=["/coredns"]',)),
        StandIn(
            named("examples/shop/workloads.yaml", "busybox"),
            shell,
            "bin/busybox",
            links=tuple((f"bin/{applet}", "busybox") for applet in applets if applet != "busybox"),
            settings=("--env=PATH=/bin",),
        ),
        StandIn(
            named("examples/monitoring/prometheus.yaml", "prom/prometheus"),
            prometheus,
            "bin/prometheus",
            settings=('--entrypoint=["/bin/prometheus"]', "--user=65534"),
        ),
    ]


def named(manifest: str, repository: str) -> str:
    """Give the full name of an image of Docker's registry that a manifest of the checkout runs. Raises E2EError."""
    text = (_CHECKOUT / manifest).read_text(encoding="utf-8")
    match = re.search(rf"image: (?:docker\.io/)?(?:library/)?({re.escape(repository)}:[\w.-]+)", text)
    if match is None:
        raise E2EError(f"{manifest} has no image {repository} any more, which one stands in for")
    return f"docker.io/{match[1] if '/' in repository else f'library/{match[1]}'}"


def _on_path(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise E2EError(f"{program} isn't on PATH")
    return found


def _libraries(program: Path) -> list[str]:
    """What the dynamic linker would load; nothing for a static program, of which ldd says so and fails."""
    try:
        return _LIBRARY.findall(run(["ldd", program]))
    except E2EError as error:
        if "not a dynamic executable" in str(error) or "statically linked" in str(error):
            return []
        raise
