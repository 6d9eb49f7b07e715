"""The file of `--platform`: what only a cluster can tell, told by the user."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from netbaseline.cli.problems import UserError
from netbaseline.core.platform import Platform, ServerAddress

LAST_PORT = 65535


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
