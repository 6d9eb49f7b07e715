"""Where kopf finds the API server."""

import pytest

from netbaseline.handlers.lifecycle import api_server


@pytest.mark.parametrize(
    ("host", "expected"),
    [("10.96.0.1", "https://10.96.0.1:443"), ("fd00:10:96::1", "https://[fd00:10:96::1]:443")],
)
def test_a_pod_reaches_the_api_server_without_asking_dns(host: str, expected: str) -> None:
    assert api_server({"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"}) == expected


def test_outside_of_pods_there_is_no_such_address() -> None:
    assert api_server({"HOME": "/root"}) is None
