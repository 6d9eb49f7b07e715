"""A bare concurrent client: what the API server can do when nobody thinks. Also sets the scenes."""

import asyncio
import base64
import json
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import yaml

from netbaseline.api.group import API_VERSION, GROUP, KIND, PLURAL, VERSION

Json = dict[str, Any]
T = TypeVar("T")
IN_FLIGHT = 64
"""Requests at a time; more gave no higher rate on two cores."""


class Bare:
    """JSON over one aiohttp session with an administrator's certificate."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self.session, self.server = session, server

    async def send(self, method: str, path: str, body: Json | None = None, content: str = "application/json") -> Json:
        """One request; raises AssertionError with the answer where it isn't a good one."""
        data = None if body is None else json.dumps(body)
        async with self.session.request(
            method, self.server + path, data=data, headers={"Content-Type": content}
        ) as answer:
            found = await answer.read()
            assert answer.status < 400, f"{method} {path}: {answer.status} {found[:300]!r}"
            decoded: Json = json.loads(found)
            return decoded

    async def apply_policy(self, policy: Json) -> Json:
        """Server-side apply of a NetworkPolicy, as the operator does it."""
        meta = policy["metadata"]
        path = f"/apis/networking.k8s.io/v1/namespaces/{meta['namespace']}/networkpolicies/{meta['name']}"
        return await self.send("PATCH", f"{path}?fieldManager=bare&force=true", policy, "application/apply-patch+yaml")

    async def delete_policy(self, namespace: str, name: str) -> None:
        await self.send("DELETE", f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/{name}")

    async def create_namespace(self, name: str) -> None:
        await self.send("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    async def create_pod(self, namespace: str, name: str) -> None:
        """A pod that counts as running."""
        spec = {"nodeName": "node", "containers": [{"name": "c", "image": "i"}]}
        await self.send("POST", f"/api/v1/namespaces/{namespace}/pods", {"metadata": {"name": name}, "spec": spec})

    async def create_baseline(self, namespace: str, spec: Json) -> Json:
        body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": "default"}, "spec": spec}
        return await self.send("POST", f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{PLURAL}", body)

    async def write_status(self, namespace: str, status: Json) -> None:
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{PLURAL}/default/status"
        await self.send("PATCH", path, {"status": status}, "application/merge-patch+json")

    async def listed(self, path: str) -> tuple[list[Json], str]:
        """All items, and the list's resourceVersion. By pages: thousands at once take a busy server too long."""
        found: list[Json] = []
        following = ""
        while True:
            page = await self.send("GET", f"{path}?limit=500{following and '&continue=' + following}")
            found += page["items"]
            following = page["metadata"].get("continue", "")
            if not following:
                return found, page["metadata"]["resourceVersion"]

    async def watch(self, path: str) -> AsyncIterator[Json]:
        """Events of a watch, from now on, to the end that the API server makes of it."""
        version = (await self.send("GET", f"{path}?limit=1"))["metadata"]["resourceVersion"]
        async for event in self.watch_from(path, version):
            yield event

    async def watch_from(self, path: str, version: str) -> AsyncIterator[Json]:
        """Events after `version`. The API server ends a watch whose reader is slow, without a word."""
        async with self.session.get(
            f"{self.server}{path}?watch=1&resourceVersion={version}", timeout=aiohttp.ClientTimeout(total=None)
        ) as answer:
            rest = b""
            async for chunk in answer.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield json.loads(line)


@asynccontextmanager
async def bare(kubeconfig: Path) -> AsyncIterator[Bare]:
    """A client for the cluster of a kubeconfig that has a client certificate in it."""
    found = yaml.safe_load(kubeconfig.read_text())
    cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
    context = ssl.create_default_context(
        cafile=cluster.get("certificate-authority"),
        cadata=_decoded(cluster.get("certificate-authority-data")),
    )
    with tempfile.TemporaryDirectory() as folder:
        pair = {}
        for part in ("client-certificate", "client-key"):
            inline = _decoded(user.get(f"{part}-data"))
            pair[part] = user.get(part) or str(Path(folder, part))
            if inline is not None:
                Path(pair[part]).write_text(inline)
        context.load_cert_chain(pair["client-certificate"], pair["client-key"])
    connector = aiohttp.TCPConnector(ssl=context, limit=IN_FLIGHT * 2)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Bare(session, cluster["server"])


def _decoded(text: str | None) -> str | None:
    return None if text is None else base64.b64decode(text).decode()


async def at_once(items: Iterable[T], work: Callable[[T], Awaitable[object]], in_flight: int = IN_FLIGHT) -> None:
    """`work` on every item, so many at a time."""
    iterator = iter(items)

    async def worker() -> None:
        for item in iterator:
            await work(item)

    await asyncio.gather(*(worker() for _ in range(in_flight)))
