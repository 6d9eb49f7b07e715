"""Services and Ingresses: how traffic gets to pods, as far as policies see it."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from netbaseline.api.fields import PortNumberOrName
from netbaseline.core import selectors
from netbaseline.core.inventory import Ingress, IngressBackend, Service, ServicePort
from netbaseline.core.manifests.fields import LabelMap, Metadata, PortName, PortNumber, Protocol, Read
from netbaseline.core.manifests.given import Given, reading

EXTERNAL_NAME = "ExternalName"


def _spelled(value: Any) -> Any:
    """A number in quotes is taken for what it means; 0 and "" are as good as left out (core/v1 ServicePort)."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,5}", value):
        value = int(value)
    return None if value in (0, "") and value is not False else value


class _Port(Read):
    port: PortNumber
    target_port: Annotated[PortNumberOrName | None, BeforeValidator(_spelled)] = None
    protocol: Protocol | None = None
    name: str | None = None


class _ServiceSpec(Read):
    selector: LabelMap | None = None
    ports: list[_Port] | None = None
    type: str | None = None
    cluster_ip: str | None = Field(default=None, alias="clusterIP")
    cluster_ips: list[str] | None = Field(default=None, alias="clusterIPs")


class ServiceObject(Read):
    """core/v1 Service."""

    metadata: Metadata
    spec: _ServiceSpec = Field(default_factory=_ServiceSpec)


def service_of(given: Given, namespace: str, name: str) -> Service:
    """Raises Refused.

    An empty selector is none, and an ExternalName has no endpoints at all (core/v1 ServiceSpec.selector). `None` is how
    a headless Service spells that it has no address.
    """
    with reading(given):
        spec = ServiceObject.model_validate(given.content).spec
    addresses = spec.cluster_ips or ([spec.cluster_ip] if spec.cluster_ip else [])
    selected = spec.selector if spec.type != EXTERNAL_NAME else None
    return Service(
        namespace,
        name,
        selectors.equal(selected) if selected else None,
        tuple(
            ServicePort(port.port, port.target_port or port.port, port.protocol or "TCP", port.name)
            for port in spec.ports or ()
        ),
        tuple(address for address in addresses if address != "None"),
        spec.type or "ClusterIP",
        given.origin,
    )


class _BackendPort(Read):
    number: PortNumber | None = None
    name: PortName | None = None


class _BackendService(Read):
    name: str
    port: _BackendPort = Field(default_factory=_BackendPort)


class _Backend(Read):
    service: _BackendService | None = None


class _HTTPPath(Read):
    backend: _Backend = Field(default_factory=_Backend)


class _HTTP(Read):
    paths: list[_HTTPPath] | None = None


class _Rule(Read):
    http: _HTTP | None = None


class _IngressSpec(Read):
    default_backend: _Backend | None = None
    rules: list[_Rule] | None = None


class IngressObject(Read):
    """networking.k8s.io/v1 Ingress."""

    metadata: Metadata
    spec: _IngressSpec = Field(default_factory=_IngressSpec)


def ingress_of(given: Given, namespace: str, name: str) -> Ingress:
    """Its backends that are Services, each once. Raises Refused."""
    with reading(given):
        found = IngressObject.model_validate(given.content)
    backends = [found.spec.default_backend] if found.spec.default_backend is not None else []
    backends += [
        path.backend for rule in found.spec.rules or () if rule.http is not None for path in rule.http.paths or ()
    ]
    named = (
        IngressBackend(backend.service.name, backend.service.port.number or backend.service.port.name or "")
        for backend in backends
        if backend.service is not None
    )
    return Ingress(namespace, name, tuple(dict.fromkeys(named)), given.origin)
