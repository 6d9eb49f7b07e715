"""The command lines of the control plane's three programs, and the files that they share.

Each flag is here for a reason: what makes a test machine quick, what a lone machine needs, or what tests rely on.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.binaries import Binaries
from tests.sandbox.certificates import Authority, KeyPair, write_signing_key
from tests.sandbox.kubeconfig import certificate_user, write_kubeconfig

LOOPBACK = "127.0.0.1"
SERVICE_ADDRESS = "10.96.0.1"  # the first of the range: the Service `kubernetes`
SERVER_NAMES = (LOOPBACK, SERVICE_ADDRESS, "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


@dataclass(frozen=True)
class Layout:
    """Where one control plane keeps what, and where it answers: on 127.0.0.1, or for nodes on an address of theirs."""

    folder: Path
    etcd_port: int
    apiserver_port: int
    node_address: str | None = None

    @property
    def address(self) -> str:
        """The address that the API server listens on."""
        return self.node_address or LOOPBACK

    @property
    def etcd(self) -> str:
        """The address that etcd's clients use; plain HTTP, so whoever can log in to the machine can reach it."""
        return f"http://{LOOPBACK}:{self.etcd_port}"

    @property
    def server(self) -> str:
        """The address that the API server's clients use."""
        return f"https://{self.address}:{self.apiserver_port}"

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

    authority: Authority
    server: KeyPair
    admin: KeyPair
    kubelet_client: KeyPair  # as whom the API server asks kubelets for logs
    signing: KeyPair

    @property
    def ca_file(self) -> Path:
        """The authority's certificate."""
        return self.authority.certificate

    @classmethod
    def write(cls, layout: Layout) -> "Credentials":
        """Make everything anew below the layout's folder, and the two kubeconfigs."""
        folder = layout.folder / "pki"
        folder.mkdir(mode=0o700)
        authority = Authority.starting_now(folder)
        server = authority.server("kube-apiserver", *SERVER_NAMES, layout.address)
        admin = authority.client("sandbox-admin", "system:masters")
        manager = authority.client("system:kube-controller-manager")
        for path, pair in ((layout.kubeconfig, admin), (layout.controller_manager_kubeconfig, manager)):
            write_kubeconfig(path, server=layout.server, ca_file=authority.certificate, user=certificate_user(pair))
        kubelet_client = authority.client("kube-apiserver-kubelet-client", "system:masters")
        return cls(authority, server, admin, kubelet_client, write_signing_key(folder, "service-accounts"))


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
        f"--bind-address={layout.address}",
        f"--advertise-address={layout.address}",  # else that of a default route is looked for, which may not exist
        f"--secure-port={layout.apiserver_port}",
        f"--tls-cert-file={credentials.server.certificate}",
        f"--tls-private-key-file={credentials.server.key}",
        f"--client-ca-file={credentials.ca_file}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={credentials.signing.certificate}",
        f"--service-account-signing-key-file={credentials.signing.key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        *(_without_nodes() if layout.node_address is None else _with_nodes(credentials)),
        "--max-requests-inflight=4000",
        "--max-mutating-requests-inflight=2000",
        "--shutdown-watch-termination-grace-period=1s",  # else a stop waits up to 60 s for watches that never end
        "--profiling=false",
    ]


def _without_nodes() -> list[str]:
    return [
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",  # it would refuse pods in a namespace made a moment ago
        "--endpoint-reconciler-type=none",  # it would refuse to publish a loopback address
    ]


def _with_nodes(credentials: Credentials) -> list[str]:
    """As in clusters: pods get tokens and find the API server, and a kubelet may do what concerns its own pods."""
    return [
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--endpoint-reconciler-type=lease",
        f"--kubelet-client-certificate={credentials.kubelet_client.certificate}",
        f"--kubelet-client-key={credentials.kubelet_client.key}",
        f"--kubelet-certificate-authority={credentials.ca_file}",
        "--kubelet-preferred-address-types=InternalIP",
    ]


def controller_manager_command(binaries: Binaries, layout: Layout, credentials: Credentials) -> list[str]:
    """Garbage collection and the deletion of namespaces need it; without nodes, their controllers have nothing to do.

    The collector of pods would remove every pod that a test puts on a node which isn't there.
    """
    of_nodes = "" if layout.node_address else ",-node-lifecycle-controller,-pod-garbage-collector-controller"
    return [
        str(binaries.controller_manager),
        f"--kubeconfig={layout.controller_manager_kubeconfig}",
        "--use-service-account-credentials",  # as in clusters: each controller is a service account of kube-system
        f"--controllers=*,-node-ipam-controller{of_nodes}",
        f"--service-account-private-key-file={credentials.signing.key}",
        f"--root-ca-file={credentials.ca_file}",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=200",  # its own limit of 20 would make the deletion of namespaces the slowest part of a test
        "--kube-api-burst=400",
        "--profiling=false",
    ]
