"""Requests to the API server as raw JSON, over the official client's connection pool and credentials.

Raw, because turning 20,000 policies into model objects and back costs three times as much as all else together; one
place, because every request needs the same timeout, the same errors and the same count.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Literal, NewType
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import yaml
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import kube_config

from netbaseline.cluster.errors import ApiError, from_status

Verb = Literal["get", "list", "watch", "apply", "merge", "strip", "delete"]
"""What is asked: an HTTP method, and for the three kinds of PATCH how its body is meant."""
Json = dict[str, Any]
OnRequest = Callable[[Verb, str, str], None]
"""Told of every request: verb, resource, HTTP status or `error` where there was no answer."""

Path = NewType("Path", str)
"""A path below the server's address, each part of it a valid name of Kubernetes."""

PAGE = 500
"""Objects a page of a list."""
REQUEST_TIMEOUT = 15.0
"""Seconds. Longer than the API server's own limit for mutating admission webhooks (10 s)."""
CONNECTIONS = 100
_METHOD: dict[Verb, str] = {
    "get": "GET",
    "list": "GET",
    "watch": "GET",
    "apply": "PATCH",
    "merge": "PATCH",
    "strip": "PATCH",
    "delete": "DELETE",
}
_CONTENT: dict[Verb, str] = {
    "apply": "application/apply-patch+yaml",
    "merge": "application/merge-patch+json",
    "strip": "application/strategic-merge-patch+json",
}


_BROKEN_KUBECONFIG = (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError)
"""What the client's reader of kubeconfig files lets through of a file that is something else."""


class ConfigurationError(Exception):
    """There is no cluster to talk to, and why."""


async def connect(
    user_agent: str,
    on_request: OnRequest,
    *,
    kubeconfig: FilePath | None = None,
    context: str | None = None,
) -> "Transport":
    """A transport with the pod's service account, or else with the current kubeconfig context; with a kubeconfig or
    a context that is named, with that.

    Raises ConfigurationError where there is none.
    """
    configuration = Configuration()
    if kubeconfig is not None or context is not None:
        await _from_kubeconfig(configuration, kubeconfig, context)
    else:
        try:
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        except config.ConfigException:
            await _from_kubeconfig(configuration, None, None)
    configuration.connection_pool_maxsize = CONNECTIONS
    # Left to itself the client asks the environment for a proxy before each request, in a thread: a third of the cost.
    configuration.client_session_kwargs = {"trust_env": False}
    configuration.proxy = configuration.proxy or _proxy(configuration.host)
    try:
        client = ApiClient(configuration)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the certificates for {configuration.host} can't be used: {error}") from error
    client.user_agent = user_agent
    return Transport(client, on_request)


async def _from_kubeconfig(configuration: Configuration, file: FilePath | None, context: str | None) -> None:
    places = _usual_places() if file is None else [file]
    where = " or ".join(map(str, places)) or "KUBECONFIG, which is empty"
    outside = "not in a cluster, and " if file is None and context is None else ""
    if not any(map(_is_there, places)):  # the client only logs it, and then misses a key
        raise ConfigurationError(f"{outside}no kubeconfig at {where}; set KUBECONFIG or create ~/.kube/config")
    try:
        await config.load_kube_config(  # type: ignore[no-untyped-call]
            None if file is None else str(file), context, client_configuration=configuration
        )
    except (config.ConfigException, OSError, *_BROKEN_KUBECONFIG) as error:
        wanted = "" if context is None else f", context {context},"
        reason = " ".join(str(error).split())  # YAML's reader writes several lines
        raise ConfigurationError(f"{outside}kubeconfig {where}{wanted} can't be used: {reason}") from error


def _usual_places() -> list[FilePath]:
    """Where a kubeconfig is looked for that nobody has named: those of KUBECONFIG, or ~/.kube/config."""
    places = str(kube_config.KUBE_CONFIG_DEFAULT_LOCATION).split(kube_config.ENV_KUBECONFIG_PATH_SEPARATOR)
    return [FilePath(place).expanduser() for place in places if place]


def _is_there(place: FilePath) -> bool:
    """As the client sees it, which passes over what can't be looked for: a folder on the way may be somebody else's."""
    try:
        return place.exists()
    except OSError:
        return False


def _proxy(server: str) -> str | None:
    """The proxy that the environment names for `server` (HTTPS_PROXY, NO_PROXY), if any."""
    where = urlsplit(server)
    if proxy_bypass(where.hostname or ""):
        return None
    return getproxies().get(where.scheme)


class Transport:
    """One connection pool to one API server."""

    def __init__(self, client: ApiClient, on_request: OnRequest) -> None:
        self._client = client
        self._on_request = on_request

    @property
    def client(self) -> ApiClient:
        """The official client, for what of it is used as it is (leader election)."""
        return self._client

    @property
    def server(self) -> str:
        """The API server's address."""
        return str(self._client.configuration.host)

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def request(
        self, verb: Verb, resource: str, path: Path, query: Mapping[str, str] | None = None, body: Json | None = None
    ) -> tuple[int, Json]:
        """One request: HTTP status and body. Raises ApiError, also for an answer that never came."""
        call = _Call(verb, resource, path, query or {}, body, REQUEST_TIMEOUT)
        async with _Opened(self._client, self._on_request, call) as response:
            return response.status, _decoded(await self._read(response), response)

    async def pages(self, resource: str, path: Path, query: Mapping[str, str]) -> AsyncIterator[Json]:
        """The pages of a list, each with `items` and `metadata`. Raises ApiError."""
        following = ""
        while True:
            more = {"limit": str(PAGE), **query, **({"continue": following} if following else {})}
            status, page = await self.request("list", resource, path, more)
            if not isinstance(page.get("metadata"), dict) or not isinstance(page.get("items"), list | None):
                raise ApiError(f"the answer is no list of {resource}", status=status)
            yield page
            following = page["metadata"].get("continue") or ""
            if not following:
                return

    async def stream(
        self, resource: str, path: Path, query: Mapping[str, str], silence: float, opened: Callable[[], None]
    ) -> AsyncIterator[Json]:
        """The events of a watch until the server ends it; `opened` is called when it granted the watch.

        Raises ApiError; TimeoutError after `silence` seconds.
        """
        call = _Call("watch", resource, path, query)
        answer = _Opened(self._client, self._on_request, call)
        async with asyncio.timeout(silence):
            response = await answer.__aenter__()
        try:
            opened()
            rest = b""
            chunks = response.content.iter_any()
            while True:
                try:
                    async with asyncio.timeout(silence):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                except aiohttp.ClientError as error:
                    raise ApiError(f"watch broken: {error}") from error
                *lines, rest = (rest + chunk).split(b"\n")
                for line in filter(None, lines):
                    try:
                        yield json.loads(line)
                    except ValueError as error:
                        raise ApiError(f"the watch told something that isn't JSON: {line[:60]!r}") from error
        finally:
            await answer.__aexit__()

    @staticmethod
    async def _read(response: aiohttp.ClientResponse) -> bytes:
        try:
            return await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(f"answer cut short: {described(error)}") from error


@dataclass(frozen=True, slots=True)
class _Call:
    """One request; `timeout` in seconds, None for a watch."""

    verb: Verb
    resource: str
    path: Path
    query: Mapping[str, str]
    body: Json | None = None
    timeout: float | None = None


class _Opened:
    """An answer whose status was good, with its connection given back at the end."""

    def __init__(self, client: ApiClient, on_request: OnRequest, call: _Call) -> None:
        self._client, self._on_request, self._call = client, on_request, call
        self._response: aiohttp.ClientResponse | None = None

    async def __aenter__(self) -> aiohttp.ClientResponse:
        call = self._call
        method = _METHOD[call.verb]
        _, url, headers, _, _ = await self._client.param_serialize(
            method, call.path, auth_settings=["BearerToken"], header_params={}
        )
        if call.query:
            url += "?" + urlencode(call.query)
        headers = {
            **headers,
            "Accept": "application/json",
            "Content-Type": _CONTENT.get(call.verb, "application/json"),
        }
        try:
            answer = await self._client.rest_client.request(  # type: ignore[no-untyped-call]
                method, url, headers=headers, body=call.body, _request_timeout=_seconds(call.timeout)
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._on_request(call.verb, call.resource, "error")
            raise ApiError(f"no answer from the API server: {described(error)}") from error
        response: aiohttp.ClientResponse = answer.response
        self._response = response
        self._on_request(call.verb, call.resource, str(response.status))
        if response.status >= 400:
            raw = await Transport._read(response)
            response.release()
            raise from_status(
                _decoded(raw, response, strict=False), response.status, response.headers.get("Retry-After")
            )
        return response

    async def __aexit__(self, *_: object) -> None:
        if self._response is not None:
            # A watch is never read to its end: closing is the only way to give it up.
            self._response.close() if self._call.verb == "watch" else self._response.release()


def _seconds(timeout: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout, sock_connect=5.0)


def _decoded(raw: bytes, response: aiohttp.ClientResponse, *, strict: bool = True) -> Json:
    try:
        found = json.loads(raw)
    except ValueError as error:
        if strict:
            raise ApiError(f"HTTP {response.status} with a body that isn't JSON", status=response.status) from error
        return {}
    return found if isinstance(found, dict) else {}


def described(error: BaseException) -> str:
    """What an exception says, or what it is called where it says nothing (time limits do)."""
    return str(error) or type(error).__name__
