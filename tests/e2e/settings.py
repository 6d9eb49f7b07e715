"""The configuration of the node's programs. Each line that isn't a default is here for a reason."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.inside import NODE_ADDRESS
from tests.e2e.requirements import CNI_PLUGINS
from tests.e2e.stand_ins import PAUSE
from tests.sandbox.certificates import KeyPair

NODE = "node"
POD_RANGE = "10.244.0.0/24"
DNS_ADDRESS = "10.96.0.10"  # in the control plane's range for Services


@dataclass(frozen=True)
class Places:
    """Where the node keeps what, below one folder."""

    folder: Path

    @property
    def socket(self) -> Path:
        """Where containerd answers; in /run, as a path below a temporary folder may be too long for a socket."""
        return Path("/run/containerd/containerd.sock")

    @property
    def kubelet(self) -> Path:
        """Volumes of pods, and what a kubelet remembers."""
        return self.folder / "kubelet"

    @property
    def cni(self) -> Path:
        """The one network's configuration."""
        return self.folder / "cni"

    def config(self, program: str) -> Path:
        """The file that tells a program its settings."""
        return self.folder / f"{program}.config"

    def kubeconfig(self, program: str) -> Path:
        """As whom a program talks to the API server."""
        return self.folder / f"{program}.kubeconfig"

    def log(self, program: str) -> Path:
        """The file with a program's output."""
        return self.folder / f"{program}.log"


def containerd(places: Places) -> str:
    """Its own data and state, and a runc that needs neither systemd nor AppArmor nor CAP_SYS_RESOURCE."""
    return f"""\
version = 2
root = "{places.folder / "containerd"}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "{places.socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE}"
restrict_oom_score_adj = true
disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{CNI_PLUGINS}"
conf_dir = "{places.cni}"
"""


def network() -> dict[str, Any]:
    """A route for each pod, as kind has it: so packets from pod to pod pass the hooks of routed packets."""
    ptp = {
        "type": "ptp",
        "ipMasq": False,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": POD_RANGE}]], "routes": [{"dst": "0.0.0.0/0"}]},
    }
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [ptp]}


def kubelet(places: Places, group: str, authority: Path, serving: KeyPair) -> dict[str, Any]:
    """Pods below a control group of our own; nothing is evicted or collected, as the disk isn't ours alone."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": str(authority)}},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{group}",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{places.socket}",
        "evictionHard": {"imagefs.available": "0%", "memory.available": "1Mi", "nodefs.available": "0%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "healthzPort": 0,
        "imageGCHighThresholdPercent": 100,
        "localStorageCapacityIsolation": False,
        "nodeStatusUpdateFrequency": "2s",
        "protectKernelDefaults": True,  # rather fail than set what tests/e2e/inside.py should have laid a file over
        "resolvConf": str(places.config("resolv")),
        "tlsCertFile": str(serving.certificate),
        "tlsPrivateKeyFile": str(serving.key),
    }


def proxy(places: Places) -> dict[str, Any]:
    """Services by iptables; no limit on connections, which is the whole machine's."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "bindAddress": NODE_ADDRESS,
        "clientConnection": {"kubeconfig": str(places.kubeconfig("kube-proxy"))},
        "clusterCIDR": POD_RANGE,
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpCloseWaitTimeout": "0s", "tcpEstablishedTimeout": "0s"},
        "healthzBindAddress": "",
        "hostnameOverride": NODE,
        "metricsBindAddress": "",
        "mode": "iptables",
    }
