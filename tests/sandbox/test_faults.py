"""Each fault as a client of the real API server sees it."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import (
    CutStream,
    Delay,
    Drop,
    Fault,
    FaultProxy,
    Hang,
    InjectEvent,
    Recorded,
    Respond,
    RespondAfter,
    Silence,
)

MAPS = "/api/v1/namespaces/faulty/configmaps"
WATCH = f"{MAPS}?watch=1"
BROKEN = (http.client.RemoteDisconnected, http.client.IncompleteRead, ConnectionResetError)


class Client:
    """A client that sends a token over plain HTTP, as the Python Kubernetes clients do, one connection a request."""

    def __init__(self, proxy: FaultProxy, token: str) -> None:
        """`token` is the service account's."""
        self._address = proxy.url.removeprefix("http://")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, target: str, body: Any = None, timeout: float = 10) -> tuple[int, Any]:
        """Give status and parsed content."""
        connection = http.client.HTTPConnection(self._address, timeout=timeout)
        try:
            connection.request(method, target, None if body is None else json.dumps(body), self._headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    @contextmanager
    def watch(self, target: str = WATCH, timeout: float = 10) -> Iterator[http.client.HTTPResponse]:
        """Open a watch; `readline` of what is given waits at most `timeout` seconds."""
        connection = http.client.HTTPConnection(self._address, timeout=timeout)
        try:
            connection.request("GET", target, headers=self._headers)
            yield connection.getresponse()
        finally:
            connection.close()

    def create(self, name: str) -> int:
        """Create a ConfigMap; gives the status."""
        return self.ask("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})[0]


@pytest.fixture(scope="module")
def token(control_plane: ControlPlane) -> str:
    """The token of an account that may do anything in the namespace `faulty`."""
    control_plane.kubectl("create", "namespace", "faulty")
    control_plane.kubectl("create", "serviceaccount", "client", "--namespace=faulty")
    control_plane.kubectl(
        "create", "rolebinding", "c", "-nfaulty", "--clusterrole=admin", "--serviceaccount=faulty:client"
    )
    path = control_plane.service_account_kubeconfig("faulty", "client")
    return str(yaml.safe_load(path.read_text())["users"][0]["user"]["token"])


@pytest.fixture
def proxy(control_plane: ControlPlane, token: str) -> Iterator[FaultProxy]:
    """A proxy before the API server, in a namespace without ConfigMaps but the cluster's own."""
    control_plane.kubectl("delete", "configmaps", "--all", "--namespace=faulty")
    with FaultProxy(control_plane.server, control_plane.ca_file) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: FaultProxy, token: str) -> Client:
    """A client of the proxy."""
    return Client(proxy, token)


def test_without_faults_the_client_has_its_own_rights_and_every_request_is_noted(
    client: Client, proxy: FaultProxy
) -> None:
    before = time.monotonic()
    assert client.create("one") == 201
    assert client.ask("GET", f"{MAPS}?limit=5")[1]["kind"] == "ConfigMapList"
    assert client.ask("GET", "/api/v1/namespaces/default/configmaps")[0] == 403
    assert [(each.method, each.path, each.query, each.status) for each in proxy.requests] == [
        ("POST", MAPS, "", 201),
        ("GET", MAPS, "limit=5", 200),
        ("GET", "/api/v1/namespaces/default/configmaps", "", 403),
    ]
    (write,) = proxy.writes()
    assert json.loads(write.body)["metadata"]["name"] == "one"
    assert before <= write.at <= time.monotonic()
    assert write.forwarded


def test_respond_answers_as_often_as_it_was_told_and_the_api_server_hears_nothing(
    client: Client, proxy: FaultProxy
) -> None:
    proxy.add(Fault(method="POST", path="configmaps", action=Respond(429, headers={"Retry-After": "1"}), times=2))
    statuses = [client.create("one") for _ in range(3)]
    assert statuses == [429, 429, 201]
    assert [(each.status, each.forwarded) for each in proxy.writes()] == [(429, False), (429, False), (201, True)]


def test_delay_holds_a_request_back(client: Client, proxy: FaultProxy) -> None:
    proxy.add(Fault(path="configmaps", action=Delay(0.4), times=1))
    before = time.monotonic()
    assert client.create("one") == 201
    assert time.monotonic() - before >= 0.4


def test_drop_closes_the_connection_before_the_api_server_hears_of_it(client: Client, proxy: FaultProxy) -> None:
    fault = Fault(path="configmaps", action=Drop())
    proxy.add(fault)
    with pytest.raises(BROKEN):
        client.create("one")
    proxy.remove(fault)
    assert client.ask("GET", f"{MAPS}/one")[0] == 404
    assert (proxy.writes()[0].status, proxy.writes()[0].forwarded) == (None, False)


def test_hang_never_answers(client: Client, proxy: FaultProxy) -> None:
    proxy.add(Fault(path="configmaps", action=Hang(), times=1))
    with pytest.raises(TimeoutError):
        client.ask("GET", MAPS, timeout=0.5)
    assert client.ask("GET", MAPS)[0] == 200


def test_respond_after_loses_the_answer_to_a_write_that_took_effect(client: Client, proxy: FaultProxy) -> None:
    proxy.add(Fault(method="POST", path="configmaps", action=RespondAfter(), times=1))
    with pytest.raises(BROKEN):
        client.create("one")
    assert client.create("one") == 409
    assert [each.status for each in proxy.writes()] == [201, 409]


def test_a_watch_is_passed_on_as_it_comes(client: Client, proxy: FaultProxy) -> None:
    with client.watch(f"{MAPS}?watch=True&resourceVersion={_now(client)}") as watch:
        for name in ("one", "two"):
            began = time.monotonic()
            client.create(name)
            event = json.loads(watch.readline())
            assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", name)
            assert time.monotonic() - began < 1
        assert len(proxy.watches()) == 1
    _until(lambda: proxy.watches() == [])
    assert all("watch" not in each.query for each in proxy.requests)


def test_a_watch_that_the_api_server_refuses_is_refused(client: Client, proxy: FaultProxy) -> None:
    assert client.ask("GET", "/api/v1/namespaces/default/configmaps?watch=1")[1]["reason"] == "Forbidden"
    assert proxy.watches() == []


def test_silence_holds_events_back_and_the_end_of_it_loses_none(client: Client, proxy: FaultProxy) -> None:
    silence = Fault(path=r"configmaps\?.*watch", action=Silence())
    with client.watch(f"{WATCH}&resourceVersion={_now(client)}") as watch:
        proxy.add(silence)
        client.create("one")
        client.create("two")
        time.sleep(0.5)
        arrived: list[str] = []
        reader = threading.Thread(target=lambda: arrived.extend(_names(watch, 2)))
        reader.start()
        time.sleep(0.5)
        assert arrived == []
        proxy.remove(silence)
        reader.join(10)
        assert arrived == ["one", "two"]


def test_an_event_is_injected_into_the_matching_open_watches_alone(client: Client, proxy: FaultProxy) -> None:
    gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}
    fault = Fault(path="configmaps", action=InjectEvent(gone))
    assert proxy.add(fault) == 0
    version = _now(client)
    secrets = WATCH.replace("configmaps", "secrets")
    with client.watch(f"{WATCH}&resourceVersion={version}") as watch, client.watch(secrets) as other:
        _until(lambda: len(proxy.watches()) == 2)
        assert proxy.add(fault) == 1
        assert json.loads(watch.readline()) == gone
        client.create("one")
        assert _names(watch, 1) == ["one"]
        assert proxy.add(Fault(path="secrets", action=InjectEvent({"type": "BOOKMARK"}))) == 1
        assert json.loads(other.readline()) == {"type": "BOOKMARK"}


@pytest.mark.parametrize("clean", [True, False])
def test_a_cut_ends_an_open_watch_as_a_timeout_or_as_a_broken_network_does(
    client: Client, proxy: FaultProxy, *, clean: bool
) -> None:
    with client.watch(f"{WATCH}&resourceVersion={_now(client)}") as watch:
        _until(lambda: len(proxy.watches()) == 1)
        assert proxy.add(Fault(path="configmaps", action=CutStream(clean=clean))) == 1
        if clean:
            assert watch.read() == b""
        else:
            with pytest.raises(BROKEN):
                watch.read()
    _until(lambda: proxy.watches() == [])


def test_a_watch_breaks_when_the_api_server_is_killed_and_requests_find_nobody(
    client: Client, proxy: FaultProxy, control_plane: ControlPlane
) -> None:
    with client.watch(f"{WATCH}&resourceVersion={_now(client)}") as watch:
        control_plane.stop_apiserver(kill=True)
        with pytest.raises(BROKEN):
            watch.read()
    with pytest.raises(BROKEN):
        client.ask("GET", MAPS)
    assert (proxy.requests[-1].status, proxy.requests[-1].forwarded) == (None, True)
    control_plane.start_apiserver()
    assert client.create("again") == 201


def test_after_write_is_called_between_the_api_server_and_the_client(
    client: Client, proxy: FaultProxy, control_plane: ControlPlane
) -> None:
    seen: list[tuple[Recorded, int, bool]] = []
    returned = threading.Event()

    def hook(write: Recorded) -> None:
        exists = control_plane.kubectl("get", "configmap/one", "--namespace=faulty", check=False).returncode
        seen.append((write, exists, returned.is_set()))

    proxy.after_write = hook
    client.ask("GET", MAPS)
    client.create("one")
    returned.set()
    proxy.add(Fault(path="", action=Respond(503), times=1))
    client.create("two")
    assert [(write.status, exists, late) for write, exists, late in seen] == [(201, 0, False)]


def test_what_after_write_raises_reaches_the_test(control_plane: ControlPlane, token: str) -> None:
    def hook(_: Recorded) -> None:
        raise ValueError("not like this")

    proxy = FaultProxy(control_plane.server, control_plane.ca_file)
    proxy.after_write = hook
    with pytest.raises(ValueError, match="not like this"), proxy:
        assert Client(proxy, token).create("hooked") == 201


def test_a_write_is_seen_through_and_noted_although_its_client_has_gone(client: Client, proxy: FaultProxy) -> None:
    proxy.after_write = lambda _: time.sleep(0.6)
    with pytest.raises(TimeoutError):
        client.ask("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}, timeout=0.3)
    _until(lambda: [each.status for each in proxy.writes()] == [201])


def _now(client: Client) -> str:
    return str(client.ask("GET", MAPS)[1]["metadata"]["resourceVersion"])


def _names(watch: http.client.HTTPResponse, count: int) -> list[str]:
    return [json.loads(watch.readline())["object"]["metadata"]["name"] for _ in range(count)]


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
