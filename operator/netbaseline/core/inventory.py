"""What there is, as frozen values: namespaces, pods, workloads, Services, policies, and where they were read.

The one input of everything that judges connectivity. A folder of manifests and a live cluster become the same
`Inventory`, so that no judgement knows where its objects came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.core.names import LABEL_NAMESPACE_NAME
from netbaseline.core.netpol import Spec
from netbaseline.core.selectors import Selector

DEFAULT_NAMESPACE = "default"


class Origin(Protocol):
    """Where an object was read."""

    @property
    def source(self) -> str:
        """A file's path, `<stdin>`, or the name of a cluster's context."""

    def line(self, path: str) -> int | None:
        """The line, from 1, of a field path such as `spec.ingress[0].from`, or of the closest thing above it that is
        there; None where there are no lines (a live cluster)."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """`labels` include `kubernetes.io/metadata.name`, as the API server has it; `implied` where only others name it."""

    name: str
    labels: Mapping[str, str]
    implied: bool = False
    origin: Origin | None = None


def namespace(
    name: str, labels: Mapping[str, str] | None = None, *, implied: bool = False, origin: Origin | None = None
) -> Namespace:
    """A namespace with the label that the API server always sets, whatever a file says of it."""
    return Namespace(name, {**(labels or {}), LABEL_NAMESPACE_NAME: name}, implied, origin)


@dataclass(frozen=True, slots=True, order=True)
class Workload:
    """What a pod belongs to: the topmost owner that is known, or the pod itself."""

    namespace: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}[{self.kind}]"


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container declares. `name` is what a policy's named port refers to."""

    number: int
    protocol: str = "TCP"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or the template of a workload whose pods aren't there (then without addresses)."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    workload: Workload
    ips: tuple[str, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    host_ips: tuple[str, ...] = ()
    template: bool = False
    """Stands for all pods of a workload."""
    terminating: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A Node, for its addresses: hostNetwork pods are known by no other."""

    name: str
    addresses: tuple[str, ...] = ()
    """Those that it has inside of the cluster; of another kind only where there is none inside."""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A networking.k8s.io/v1 NetworkPolicy. `spec` keeps the order of rules and peers, so that a position means one."""

    namespace: str
    name: str
    spec: Spec
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    manifest: Mapping[str, object] = field(default_factory=dict)
    """As it was written: what was left out is a finding of its own."""
    baseline: str | None = None
    """The NetworkBaseline it is compiled from, where it is one of ours."""
    origin: Origin | None = None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """`target` is a container port's number or name; the Service's own port where the manifest leaves it out."""

    number: int
    target: int | str
    protocol: str = "TCP"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """`selector` is None where endpoints are written by somebody else."""

    namespace: str
    name: str
    selector: Selector | None
    ports: tuple[ServicePort, ...] = ()
    cluster_ips: tuple[str, ...] = ()
    kind: str = "ClusterIP"
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class IngressBackend:
    """A Service of the Ingress' namespace, and the number or name of one of its ports."""

    service: str
    port: int | str


@dataclass(frozen=True, slots=True)
class Ingress:
    """A networking.k8s.io/v1 Ingress."""

    namespace: str
    name: str
    backends: tuple[IngressBackend, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ForeignPolicy:
    """A policy of another API (Calico, Cilium, an admin tier): not judged, but what it selects is no longer certain."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    namespaces: Selector | None = None
    """Namespaces whose pods it selects, where it is cluster-wide; None for its own."""
    pods: Selector | None = None
    """None where its selector can't be read: then it may select any pod of its namespaces."""
    ingress: bool = True
    egress: bool = True
    origin: Origin | None = None

    def __str__(self) -> str:
        group = self.api_version.partition("/")[0]
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{where}{self.name} ({self.kind} of {group})"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A NetworkBaseline of the input, valid. Its policies are among the inventory's, as if applied."""

    baseline: NetworkBaseline
    origin: Origin | None = None

    @property
    def namespace(self) -> str:
        return self.baseline.metadata.namespace or DEFAULT_NAMESPACE

    @property
    def name(self) -> str:
        return self.baseline.metadata.name


@dataclass(frozen=True, slots=True)
class Maker:
    """An object of another API that may make pods, such as a Prometheus: what is said of pods isn't all there is."""

    namespace: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything, each list in the order of the input. Every pod's and policy's namespace is in `namespaces`."""

    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    pods: tuple[Pod, ...] = ()
    policies: tuple[Policy, ...] = ()
    services: tuple[Service, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    foreign: tuple[ForeignPolicy, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    nodes: tuple[Node, ...] = ()
    makers: tuple[Maker, ...] = ()
    kustomized: tuple[str, ...] = ()
    """Folders whose objects kustomize gives other namespaces, labels or contents before they are applied."""
