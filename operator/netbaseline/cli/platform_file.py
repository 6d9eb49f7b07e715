"""The file of `--platform`: what only a cluster can tell, told by the user."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from netbaseline.cli.documents import Document, read
from netbaseline.cli.problems import UserError
from netbaseline.core.manifests import Given, Refused, Remark, called, reading
from netbaseline.core.manifests.fields import Address, PortNumber, Strictly
from netbaseline.core.platform import Platform, ServerAddress

WANTED = "`apiServers: [{ip: 10.0.0.1, port: 6443}]`"


def _of_packets(value: str) -> str:
    """A range of one address is made of it, which can't have a zone and isn't IPv4 in the clothes of IPv6."""
    found = ipaddress.ip_address(value)
    if isinstance(found, ipaddress.IPv6Address) and (found.scope_id is not None or found.ipv4_mapped is not None):
        raise ValueError("must be an address without a zone, and of IPv4 as 10.0.0.1")
    return value


class _Server(Strictly):
    ip: Annotated[Address, AfterValidator(_of_packets)]
    port: PortNumber


class _File(Strictly):
    api_servers: list[_Server] | None = None


FIELDS = ("apiServers", "ip", "port")


def platform_from(path: Path | None) -> Platform:
    """The facts of `--platform`; raises UserError."""
    if path is None:
        return Platform()
    try:
        path.stat()
        if path.is_dir():
            # Its files would be read, as those of a folder of manifests are.
            raise UserError(f"--platform {path}: is a folder; expected a file with {WANTED}")
        return Platform(tuple(_servers(path)))
    except OSError as error:
        raise UserError(f"--platform {path}: {error.strerror or error}") from None
    except Refused as refused:
        told = "; ".join(map(str, refused.remarks))
        raise UserError(f"--platform {path}: expected {WANTED} ({told})") from None


def _servers(path: Path) -> Iterator[ServerAddress]:
    """Raises Refused."""
    found = list(read([str(path)]))
    if len(found) != 1:
        raise Refused(Remark(f"{len(found)} documents" if found else "nothing in it"))
    item = found[0]
    if not isinstance(item, Document):
        raise Refused(Remark(item.message))
    given = Given(item.content, item.place, item.place.number)
    if not isinstance(given.content, dict):
        raise Refused(Remark(f"expected an object, not {called(given.content)}", given))
    with reading(given, FIELDS):
        servers = _File.model_validate(given.content).api_servers
    for one in servers or ():
        yield ServerAddress(one.ip, one.port)
