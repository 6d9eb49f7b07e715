"""What `render` does with one object; apart from the command, since others render too."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from netbaseline.api.errors import problems
from netbaseline.api.group import API_VERSION, GROUP, KIND
from netbaseline.api.v1alpha1 import Mode, NetworkBaseline
from netbaseline.cli.documents import Document
from netbaseline.cli.problems import UserError
from netbaseline.core.compile import Denial, compile_baseline, denial
from netbaseline.core.netpol import to_manifest
from netbaseline.core.platform import Platform, ServerAddress

LAST_PORT = 65535


class Refused(Exception):
    """An object that can't be rendered, a line for each reason."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Readable:
    """A valid baseline, and where it stands."""

    document: Document
    baseline: NetworkBaseline


class Renderer:
    """Reads all, then renders each: what one baseline denies decides whether another one's rules count.

    `remarks` collects findings and objects of other kinds that were passed over.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._seen: dict[tuple[str, str], str] = {}
        self._read: list[NetworkBaseline] = []
        self.remarks: list[str] = []

    def read(self, document: Document) -> Readable | None:
        """One object, None for other kinds. Raises Refused."""
        content = document.content
        if not isinstance(content, Mapping):
            raise Refused(
                [f"{document.at('')}: document {document.number}: expected a Kubernetes object, not {_called(content)}"]
            )
        if content.get("kind") != KIND or not str(content.get("apiVersion", "")).startswith(f"{GROUP}/"):
            self._pass_over(document, content)
            return None
        try:
            baseline = NetworkBaseline.parse(dict(content))
        except ValidationError as error:
            raise Refused(
                [f"{document.at(item.path)}: document {document.number}: {item}" for item in problems(error)]
            ) from None
        self._not_twice(document, baseline)
        self._read.append(baseline)
        return Readable(document, baseline)

    def policies(self, item: Readable) -> list[dict[str, Any]]:
        """The policies of one baseline, beside all that were read. Raises Refused."""
        document = item.document
        compiled = compile_baseline(item.baseline, self._platform, self._denials_beside(item.baseline))
        refusals = [
            f"{document.at(item.path)}: document {document.number}: {item.path}: {item.message}"
            for item in compiled.refusals
        ]
        if refusals:
            raise Refused(refusals)
        self.remarks += [
            f"{document.at(item.path)}: {item.id}: {item.path} {item.message}" for item in compiled.findings
        ]
        return [to_manifest(policy) for policy in compiled.policies]

    def _denials_beside(self, baseline: NetworkBaseline) -> list[Denial]:
        return [
            denial(other.spec)
            for other in self._read
            if other is not baseline
            and (other.metadata.namespace or "default") == (baseline.metadata.namespace or "default")
            and other.spec.mode is Mode.ENFORCE
        ]

    def _pass_over(self, document: Document, content: Mapping[str, Any]) -> None:
        kind = content.get("kind")
        if kind is None:
            raise Refused(
                [f"{document.at('')}: document {document.number}: kind: is required ({KIND}, apiVersion {API_VERSION})"]
            )
        self.remarks.append(f"{document.at('kind')}: {kind} passed over; only {KIND} of {API_VERSION} is rendered")

    def _not_twice(self, document: Document, baseline: NetworkBaseline) -> None:
        key = (baseline.metadata.namespace or "default", baseline.metadata.name)
        here = document.at("metadata.name")
        if key in self._seen:
            raise Refused(
                [f"{here}: document {document.number}: {KIND} {key[0]}/{key[1]} was given before, at {self._seen[key]}"]
            )
        self._seen[key] = here


def _called(content: object) -> str:
    return {list: "a list", str: "a text", bool: "a truth value"}.get(type(content), f"a {type(content).__name__}")


def platform_from(path: Path | None) -> Platform:
    """The facts of `--platform`; raises UserError."""
    if path is None:
        return Platform()
    try:
        found = yaml.safe_load(path.read_text())
        servers = _servers(found)
    except OSError as error:
        raise UserError(f"--platform {path}: {error.strerror or error}") from None
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        wanted = "`apiServers: [{ip: 10.0.0.1, port: 6443}]`"
        raise UserError(f"--platform {path}: expected {wanted} ({str(error).splitlines()[0]})") from None
    return Platform(servers)


def _servers(found: Any) -> tuple[ServerAddress, ...]:
    if not isinstance(found, dict) or found.keys() - {"apiServers"}:
        raise ValueError("apiServers is the only key")
    return tuple(_server(item) for item in found.get("apiServers") or ())


def _server(item: Mapping[str, Any]) -> ServerAddress:
    port = int(item["port"])
    if not 1 <= port <= LAST_PORT:
        raise ValueError(f"port {port} is none")
    return ServerAddress(str(ipaddress.ip_address(item["ip"])), port)
