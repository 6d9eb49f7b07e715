"""Nothing of a request or an answer is changed on the way, shown with a server that keeps and sends exact bytes."""

import gzip
import http.client
import http.server
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.certificates import Authority
from tests.sandbox.faults import FaultProxy

ZIPPED = gzip.compress(b'{"kind": "List"}')


@dataclass(frozen=True)
class Seen:
    """What the server saw of one request."""

    line: str
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def seen() -> list[Seen]:
    """All that the server saw, in order."""
    return []


@pytest.fixture
def proxy(seen: list[Seen], tmp_path: Path) -> Iterator[FaultProxy]:
    """A proxy before an HTTPS server that answers everything with the same zipped bytes."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(Seen(self.requestline, dict(self.headers.items()), body))
            self.send_response_only(409, "Conflict")
            for name, value in {
                "Content-Encoding": "gzip",
                "Content-Type": "application/json",
                "Audit-Id": "1",
            }.items():
                self.send_header(name, value)
            self.send_header("Warning", '299 - "one"')
            self.send_header("Warning", '299 - "two"')
            self.send_header("Content-Length", str(len(ZIPPED)))
            self.end_headers()
            self.wfile.write(ZIPPED)

    authority = Authority.starting_now(tmp_path)
    pair = authority.server("localhost", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with FaultProxy(f"https://127.0.0.1:{server.server_port}", authority.certificate) as proxy:
            yield proxy
        server.shutdown()


@pytest.mark.parametrize("target", ["/a%2Fb//c/../d?x=%20+&&y=%2C,&watch=false&labelSelector=a%3Db", "/", "/a?b?c"])
def test_path_and_query_arrive_as_they_were_sent(proxy: FaultProxy, seen: list[Seen], target: str) -> None:
    _ask(proxy, "GET", target)
    assert seen[0].line == f"GET {target} HTTP/1.1"
    path, _, query = target.partition("?")
    assert (proxy.requests[0].path, proxy.requests[0].query) == (path, query)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_of_any_bytes_and_size_arrives_as_it_was_sent(proxy: FaultProxy, seen: list[Seen], method: str) -> None:
    body = bytes(range(256)) * 12_000  # 3 MB: above the usual limits of web servers and of the API server itself
    _ask(proxy, method, "/x", body)
    assert seen[0].body == body
    assert [each.body for each in proxy.writes()] == [body]


def test_only_the_headers_of_the_connection_are_exchanged(proxy: FaultProxy, seen: list[Seen]) -> None:
    sent = {
        "Authorization": "Bearer abc.def",
        "Impersonate-User": "jo",
        "Accept-Encoding": "gzip",
        "X-Long": "y" * 4000,
    }
    _ask(proxy, "GET", "/", headers=sent)
    assert {name: value for name, value in seen[0].headers.items() if name != "Host"} == sent
    assert seen[0].headers["Host"] != proxy.url.removeprefix("http://")


def test_an_answer_keeps_status_headers_and_compressed_bytes(proxy: FaultProxy) -> None:
    answer, content = _ask(proxy, "GET", "/")
    assert (answer.status, content) == (409, ZIPPED)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Audit-Id"] == "1"
    assert answer.headers.get_all("Warning") == ['299 - "one"', '299 - "two"']


def _ask(
    proxy: FaultProxy, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=10)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()
