"""Which requests a fault takes, and how lines get into a stream."""

import json

import pytest

from tests.sandbox.fault_rules import CutStream, Delay, Drop, Fault, FaultBook, Hang, InjectEvent, Respond, Silence
from tests.sandbox.watch_stream import Lines

POLICIES = "/apis/networking.k8s.io/v1/networkpolicies?limit=500"


def test_a_fault_takes_requests_by_method_and_by_path_with_query() -> None:
    fault = Fault(method="GET|LIST", path=r"networkpolicies\?limit=", action=Drop())
    assert fault.matches("GET", POLICIES)
    assert not fault.matches("GETS", POLICIES)
    assert not fault.matches("GET", "/api/v1/pods?limit=500")
    assert Fault(path="", action=Drop()).matches("PATCH", POLICIES)


def test_a_fault_with_a_number_of_times_is_used_up() -> None:
    book = FaultBook()
    book.add(Fault(path="", action=Hang(), times=2))
    assert [book.claim("GET", "/")[1] for _ in range(3)] == [Hang(), Hang(), None]


def test_the_first_fault_wins_and_delays_before_it_add_up() -> None:
    book = FaultBook()
    for action in (Delay(1), Delay(0.5), Drop(), Hang(), Delay(9)):
        book.add(Fault(path="", action=action))
    assert book.claim("GET", "/") == (1.5, Drop())


def test_a_removed_fault_takes_nothing_and_may_be_removed_again() -> None:
    book = FaultBook()
    one, twin = Fault(path="", action=Drop()), Fault(path="", action=Drop())
    book.add(one)
    book.remove(twin)
    assert book.claim("GET", "/") == (0, Drop())
    book.remove(one)
    book.remove(one)
    assert book.claim("GET", "/") == (0, None)


def test_a_silence_takes_no_request_but_every_matching_watch() -> None:
    book = FaultBook()
    book.add(Fault(path="networkpolicies", action=Silence()))
    assert book.claim("GET", POLICIES) == (0, None)
    assert book.silences("GET", POLICIES)
    assert not book.silences("GET", "/api/v1/pods")
    book.clear()
    assert not book.silences("GET", POLICIES)


@pytest.mark.parametrize("action", [Silence(), InjectEvent({}), CutStream()])
def test_what_takes_open_watches_refuses_a_number_of_requests(action: Silence | InjectEvent | CutStream) -> None:
    with pytest.raises(ValueError, match="open watches"):
        Fault(path="", action=action, times=1)


def test_an_answer_without_a_body_is_the_status_that_kubernetes_sends() -> None:
    content = Respond(409).content()
    assert isinstance(content, dict)
    assert (content["kind"], content["code"], content["reason"]) == ("Status", 409, "Conflict")
    assert Respond(500, "gateway").content() == "gateway"
    assert json.dumps(content)


def test_a_line_is_put_in_at_once_between_lines_and_else_behind_the_line_in_transit() -> None:
    lines = Lines()
    assert lines.insert(b"x\n") == b"x\n"
    sent = [lines.feed(b"a\nb"), lines.insert(b"x\n"), lines.insert(b"y\n"), lines.feed(b"b"), lines.feed(b"b\nc\n")]
    assert sent == [b"a\nb", b"", b"", b"b", b"b\nx\ny\nc\n"]
    assert lines.insert(b"z\n") == b"z\n"
