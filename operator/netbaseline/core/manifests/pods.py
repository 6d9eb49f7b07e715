"""Pods, and the templates that workloads make them from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from netbaseline.core.inventory import ContainerPort
from netbaseline.core.manifests.fields import Address, Flag, LabelMap, Metadata, PortName, PortNumber, Protocol, Read

FINISHED = ("Succeeded", "Failed")


class _Port(Read):
    container_port: PortNumber
    protocol: Protocol | None = None
    name: PortName | None = None


class _Container(Read):
    ports: list[_Port] | None = None
    restart_policy: str | None = None


class PodSpec(Read):
    """core/v1 PodSpec."""

    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    host_network: Flag | None = None

    def ports(self) -> tuple[ContainerPort, ...]:
        """Ports of what runs beside each other: containers, and init containers that are sidecars (KEP-753)."""
        sidecars = [item for item in self.init_containers or () if item.restart_policy == "Always"]
        return tuple(
            ContainerPort(port.container_port, port.protocol or "TCP", port.name)
            for container in (*(self.containers or ()), *sidecars)
            for port in container.ports or ()
        )


class _TemplateMetadata(Read):
    labels: LabelMap | None = None


class PodTemplate(Read):
    """core/v1 PodTemplateSpec. An object without `spec` is no use to anybody, but its labels can be selected."""

    metadata: _TemplateMetadata = Field(default_factory=_TemplateMetadata)
    spec: PodSpec = Field(default_factory=PodSpec)


class _PodIP(Read):
    ip: Address


class _PodStatus(Read):
    phase: str | None = None
    pod_ip: Address | None = Field(default=None, alias="podIP")
    pod_ips: list[_PodIP] | None = Field(default=None, alias="podIPs")
    host_ip: Address | None = Field(default=None, alias="hostIP")
    host_ips: list[_PodIP] | None = Field(default=None, alias="hostIPs")


class PodObject(Read):
    """core/v1 Pod."""

    metadata: Metadata
    spec: PodSpec = Field(default_factory=PodSpec)
    status: _PodStatus | None = None

    def facts(self) -> "Facts":
        status = self.status or _PodStatus()
        return Facts(
            labels=self.metadata.labels or {},
            ports=self.spec.ports(),
            host_network=bool(self.spec.host_network),
            ips=_addresses(status.pod_ips, status.pod_ip),
            host_ips=_addresses(status.host_ips, status.host_ip),
            terminating=self.metadata.deletion_timestamp is not None,
            finished=status.phase in FINISHED,
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What policies can see of a pod. `finished` ones have no network any more."""

    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    ips: tuple[str, ...] = ()
    host_ips: tuple[str, ...] = ()
    terminating: bool = False
    finished: bool = False


def template_facts(template: PodTemplate) -> Facts:
    """What the pods of a workload will look like."""
    return Facts(template.metadata.labels or {}, template.spec.ports(), bool(template.spec.host_network))


def _addresses(several: list[_PodIP] | None, one: str | None) -> tuple[str, ...]:
    if several:
        return tuple(item.ip for item in several)
    return () if one is None else (one,)
