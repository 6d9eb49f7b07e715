"""The first process of the node's namespaces: makes them fit to live in, runs one program, and ends all with it.

`unshare` starts it as process 1 of a process namespace, so when it ends, or is killed, the kernel kills everything else
in there, and the mounts, the network and its rules go with the last of them.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

NODE_ADDRESS = "10.88.0.1"
_BRIDGE = "node0"
# Not of any namespace: a kubelet sets them for the whole machine, unless they read as it wants them. So files of ours
# that do lie over them. kubelet: setupKernelTunables in pkg/kubelet/cm/container_manager_linux.go
_SHADOWED = {
    "kernel/keys/root_maxbytes": "25000000",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
}


def main() -> int:
    """Run `inside.py FOLDER PROGRAM ARGUMENT…`; give the program's exit code."""
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    _own_files(folder)
    _shadow_sysctls(folder / "sysctl")
    _own_network()
    program = subprocess.Popen(command, start_new_session=True)  # else a signal to our group would reach it twice
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: program.send_signal(received))
    return _reap_until(program.pid)


def _own_files(folder: Path) -> None:
    """Let /run be empty, and changes below /var go to `folder`: containerd and CNI have fixed places in both."""
    for name in ("var", "work"):
        (folder / name).mkdir()
    layers = f"lowerdir=/var,upperdir={folder / 'var'},workdir={folder / 'work'}"
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    _run("mount", "-t", "overlay", "-o", layers, "overlay", "/var")


def _shadow_sysctls(folder: Path) -> None:
    for name, value in _SHADOWED.items():
        shadow = folder / name
        shadow.parent.mkdir(parents=True, exist_ok=True)
        shadow.write_text(f"{value}\n", encoding="utf-8")
        _run("mount", "--bind", str(shadow), f"/proc/sys/{name}")


def _own_network() -> None:
    """Give the node an address and a default route, which leads nowhere: nothing in here may reach out."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", _BRIDGE, "type", "bridge")
    _run("ip", "address", "add", f"{NODE_ADDRESS}/24", "dev", _BRIDGE)
    _run("ip", "link", "set", _BRIDGE, "up")
    _run("ip", "route", "add", "default", "dev", _BRIDGE)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="utf-8")


def _reap_until(pid: int) -> int:
    """Collect every process that ends, as process 1 has to, until `pid` does; give its exit code."""
    while True:
        with suppress(InterruptedError):
            ended, status = os.wait()
            if ended == pid:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
