"""A reserved port is there for one server and for nobody else."""

import socket
import sys

import pytest

from tests.sandbox.ports import ReservedPort


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels don't let a server listen beside the reservation")
def test_a_reserved_port_serves_a_restarting_server_and_is_given_to_nobody_else() -> None:
    port = ReservedPort()
    for _ in range(2):
        with socket.create_server(("127.0.0.1", port.number)), socket.create_connection(("127.0.0.1", port.number)):
            pass  # `create_server` sets SO_REUSEADDR, as Go does
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port.number))
    port.release()
    port.release()


def test_no_port_is_reserved_twice() -> None:
    ports = [ReservedPort() for _ in range(200)]
    if sys.platform == "linux":
        assert len({port.number for port in ports}) == len(ports)
    for port in ports:
        port.release()
