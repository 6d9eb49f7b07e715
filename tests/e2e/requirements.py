"""What the machine has to have, asked before anything is started."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CNI_PLUGINS = Path("/usr/lib/cni")  # where Debian's package puts them
_CNI = ("host-local", "loopback", "ptp")
_PACKAGES = {  # by program
    "buildah": "buildah",
    "busybox": "busybox",
    "conntrack": "conntrack",
    "containerd": "containerd",
    "ctr": "containerd",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "iptables": "iptables",
    "mount": "mount",
    "runc": "runc",
    "unshare": "util-linux",
}
_CAP_SYS_ADMIN = 21  # linux/capability.h


def missing_packages() -> list[str]:
    """Name Debian's packages that aren't there, without repetition."""
    absent = {package for program, package in _PACKAGES.items() if shutil.which(program) is None}
    if any(not (CNI_PLUGINS / plugin).exists() for plugin in _CNI):
        absent.add("containernetworking-plugins")
    return sorted(absent)


def obstacles() -> list[str]:
    """Say what keeps a node from running here, one sentence each; empty if nothing does."""
    if sys.platform != "linux":
        return ["a node needs Linux"]
    found = []
    if os.geteuid() != 0:
        found.append("a node needs root: run it with sudo, or in a virtual machine")
    elif not _may_administer():
        found.append("root may not make namespaces here (CAP_SYS_ADMIN is missing, as in most containers)")
    packages = missing_packages()
    if packages:
        found.append(f"missing; on Debian: apt-get install --no-install-recommends {' '.join(packages)}")
    return found


def obstacles_of_kind() -> list[str]:
    """The same of a node that kind makes."""
    return [] if engine_answers() else ["kind needs Docker, and `docker info` fails"]


def engine_answers() -> bool:
    """Say whether Docker is here, and lets us."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "info"], capture_output=True, check=False, timeout=60).returncode == 0


def _may_administer() -> bool:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> _CAP_SYS_ADMIN & 1)
