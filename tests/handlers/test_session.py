"""What kopf's session tells of its watch, against a small server that answers as it is told to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import kopf
import pytest
from aiohttp import web

from netbaseline.api.group import PLURAL
from netbaseline.cluster import paths
from netbaseline.handlers.session import Sessions

PREFIX = "/k8s/clusters/one"
"""Some clusters are reached through a path of a bigger server."""


@dataclass
class Heard:
    """Paths that gave a sign of life, and the troubles as of now, by what they are about."""

    alive: list[tuple[str, str]] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)

    def watch_alive(self, resource: str, path: str) -> None:
        self.alive.append((resource, path))

    def explain(self, part: str, trouble: str | None) -> bool:
        before = self.troubles.pop(part, None)
        if trouble is not None:
            self.troubles[part] = trouble
        return before != trouble


@dataclass
class Server:
    url: str
    status: int = 200


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({}, status=told.status)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    told = Server(f"http://{host}:{port}{PREFIX}")
    yield told
    await runner.cleanup()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def session(server: Server, heard: Heard) -> AsyncIterator[aiohttp.ClientSession]:
    async with Sessions(heard).of(kopf.ConnectionInfo(server=server.url, token="secret")).aiohttp_session as made:
        yield made


async def get(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url):
        pass


async def test_a_granted_watch_is_a_sign_of_life_and_the_end_of_trouble(
    server: Server, heard: Heard, session: aiohttp.ClientSession
) -> None:
    heard.troubles[PLURAL] = "kopf had ended"
    for path in (paths.baselines(), paths.baselines("shop")):
        await get(session, f"{server.url}{path}?watch=true")
    assert heard.alive == [(PLURAL, paths.baselines()), (PLURAL, paths.baselines("shop"))]
    assert heard.troubles == {}


async def test_a_list_says_that_somebody_asks_and_nothing_of_the_watch(
    server: Server, heard: Heard, session: aiohttp.ClientSession
) -> None:
    heard.troubles[PLURAL] = "kopf had ended"
    await get(session, f"{server.url}{paths.baselines()}?limit=500")
    assert heard.alive == [(PLURAL, paths.baselines())]
    assert heard.troubles == {PLURAL: "kopf had ended"}


async def test_a_refused_watch_is_a_sign_of_life_and_trouble_that_another_watch_does_not_end(
    server: Server, heard: Heard, session: aiohttp.ClientSession
) -> None:
    server.status = 403
    await get(session, f"{server.url}{paths.baselines('shop')}?watch=true")
    server.status = 200
    await get(session, f"{server.url}{paths.baselines('pay')}?watch=true")
    assert heard.alive == [(PLURAL, paths.baselines("shop")), (PLURAL, paths.baselines("pay"))]
    (told,) = heard.troubles.values()
    assert told == f"watch of {PLURAL} ({paths.baselines('shop')}): HTTP 403 Forbidden"


async def test_no_answer_is_trouble_and_a_sign_of_life(heard: Heard, session: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(session, f"http://127.0.0.1:1{paths.baselines()}?watch=true")
    assert heard.alive == [(PLURAL, paths.baselines())]
    (told,) = heard.troubles.values()
    assert "127.0.0.1:1" in told


async def test_other_requests_of_kopf_say_nothing(server: Server, heard: Heard, session: aiohttp.ClientSession) -> None:
    await get(session, f"{server.url}/api/v1/namespaces?watch=true")
    await get(session, f"{server.url}{paths.baseline('shop', PLURAL)}/status")
    assert heard.alive == []


async def test_credentials_that_are_the_same_give_the_same_session_so_that_kopf_knows_what_was_refused(
    heard: Heard,
) -> None:
    sessions = Sessions(heard)
    first = sessions.of(kopf.ConnectionInfo(server="https://here", token="one"))
    assert sessions.of(kopf.ConnectionInfo(server="https://here", token="one")) == first
    renewed = sessions.of(kopf.ConnectionInfo(server="https://here", token="two"))
    assert renewed != first
    assert renewed.aiohttp_session.headers["Authorization"] == "Bearer two"
    for made in (first, renewed):
        await made.aiohttp_session.close()
