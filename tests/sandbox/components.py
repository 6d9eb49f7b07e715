"""The command lines of the control plane's three programs, and the files that they share.

Each flag is here for a reason: what makes a test machine quick, what a lone machine needs, or what tests rely on.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.binaries import Binaries
from tests.sandbox.certificates import Authority, KeyPair, write_signing_key
from tests.sandbox.kubeconfig import certificate_user, write_kubeconfig

SERVER_NAMES = ("127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


@dataclass(frozen=True)
class Layout:
    """Where one control plane keeps what, and on which ports of 127.0.0.1 it answers."""

    folder: Path
    etcd_port: int
    apiserver_port: int

    @property
    def etcd(self) -> str:
        """The address that etcd's clients use; plain HTTP, so whoever can log in to the machine can reach it."""
        return f"http://127.0.0.1:{self.etcd_port}"

    @property
    def server(self) -> str:
        """The address that the API server's clients use."""
        return f"https://127.0.0.1:{self.apiserver_port}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def controller_manager_kubeconfig(self) -> Path:
        """The controller manager's own kubeconfig."""
        return self.folder / "controller-manager.kubeconfig"

    def log(self, component: str) -> Path:
        """The file with a component's output."""
        return self.folder / f"{component}.log"


@dataclass(frozen=True)
class Credentials:
    """The key material of one control plane."""

    ca_file: Path
    server: KeyPair
    admin: KeyPair
    signing: KeyPair

    @classmethod
    def write(cls, layout: Layout) -> "Credentials":
        """Make everything anew below the layout's folder, and the two kubeconfigs."""
        folder = layout.folder / "pki"
        folder.mkdir(mode=0o700)
        authority = Authority.starting_now(folder)
        server = authority.server("kube-apiserver", *SERVER_NAMES)
        admin = authority.client("sandbox-admin", "system:masters")
        manager = authority.client("system:kube-controller-manager")
        for path, pair in ((layout.kubeconfig, admin), (layout.controller_manager_kubeconfig, manager)):
            write_kubeconfig(path, server=layout.server, ca_file=authority.certificate, user=certificate_user(pair))
        return cls(authority.certificate, server, admin, write_signing_key(folder, "service-accounts"))


def etcd_command(binaries: Binaries, layout: Layout) -> list[str]:
    """One member, without waiting for the disk: nothing has to survive a power cut."""
    return [
        str(binaries.etcd),
        "--name=sandbox",
        f"--data-dir={layout.folder / 'etcd'}",
        f"--listen-client-urls={layout.etcd}",
        f"--advertise-client-urls={layout.etcd}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def apiserver_command(binaries: Binaries, layout: Layout, credentials: Credentials) -> list[str]:
    """Certificates for people, tokens for service accounts, RBAC for both; no limit that a load test would meet."""
    return [
        str(binaries.apiserver),
        f"--etcd-servers={layout.etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",  # else the address of a default route is looked for, which may not exist
        f"--secure-port={layout.apiserver_port}",
        f"--tls-cert-file={credentials.server.certificate}",
        f"--tls-private-key-file={credentials.server.key}",
        f"--client-ca-file={credentials.ca_file}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={credentials.signing.certificate}",
        f"--service-account-signing-key-file={credentials.signing.key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--disable-admission-plugins=ServiceAccount",  # it would refuse pods in a namespace made a moment ago
        "--endpoint-reconciler-type=none",  # it would refuse to publish a loopback address
        "--max-requests-inflight=4000",
        "--max-mutating-requests-inflight=2000",
        "--shutdown-watch-termination-grace-period=1s",  # else a stop waits up to 60 s for watches that never end
        "--profiling=false",
    ]


def controller_manager_command(binaries: Binaries, layout: Layout, credentials: Credentials) -> list[str]:
    """Garbage collection and the deletion of namespaces need it; the controllers of nodes have nothing to do.

    The collector of pods would remove every pod that a test puts on a node which isn't there.
    """
    return [
        str(binaries.controller_manager),
        f"--kubeconfig={layout.controller_manager_kubeconfig}",
        "--use-service-account-credentials",  # as in clusters: each controller is a service account of kube-system
        "--controllers=*,-node-ipam-controller,-node-lifecycle-controller,-pod-garbage-collector-controller",
        f"--service-account-private-key-file={credentials.signing.key}",
        f"--root-ca-file={credentials.ca_file}",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=200",  # its own limit of 20 would make the deletion of namespaces the slowest part of a test
        "--kube-api-burst=400",
        "--profiling=false",
    ]
