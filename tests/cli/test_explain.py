import json
from pathlib import Path

import pytest
import yaml

from tests.cli.running import netbaseline
from tests.cli.test_connectivity import SHOP


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return path


def test_an_allowed_flow_exits_0_and_names_policy_rule_and_line(shop: Path) -> None:
    ended = netbaseline("explain", "--from", "shop/frontend", "--to", "shop/backend", "--port", "8080", shop)
    assert ended.code == 0
    assert "shop/frontend -> shop/backend on 8080/TCP: allowed" in ended.out
    line = next(number for number, text in enumerate(SHOP.splitlines(), 1) if "from: [{podSelector" in text)
    assert f"allowed by shop/backend ({shop}:{line}) spec.ingress[0]" in ended.out


def test_a_denied_flow_exits_1_and_its_suggestion_allows_it(shop: Path, tmp_path: Path) -> None:
    flow = ("--from", "shop/backend", "--to", "shop/frontend", "--port", "9090/UDP")
    ended = netbaseline("explain", *flow, shop, "-o", "json")
    assert ended.code == 1
    found = json.loads(ended.out)
    assert found["verdict"] == "denied"
    [flow_found] = found["flows"]
    assert flow_found["egress"]["isolatedBy"] == ["shop/backend"]
    more = tmp_path / "more.yaml"
    more.write_text(yaml.safe_dump_all(one["networkPolicy"] for one in flow_found["suggestions"]))
    assert netbaseline("explain", *flow, shop, more).code == 0


def test_a_service_is_resolved_to_the_container_port_behind_it(shop: Path) -> None:
    for name in ("shop/svc/backend", "10.96.0.7"):
        ended = netbaseline("explain", "--from", "shop/frontend", "--to", name, "--port", "80", shop)
        assert ended.code == 0, ended.out
        assert "container port 8080/TCP: allowed" in ended.out
    other = netbaseline("explain", "--from", "shop/frontend", "--to", "shop/svc/backend", "--port", "81", shop)
    assert other.code == 2
    assert "Service shop/backend has no such port; it has 80/TCP" in other.err


def test_an_address_outside_is_an_end_too(shop: Path) -> None:
    assert netbaseline("explain", "--from", "shop/frontend", "--to", "203.0.113.5", "--port", "443", shop).code == 0
    assert netbaseline("explain", "--from", "203.0.113.5", "--to", "shop/backend", "--port", "http", shop).code == 1


def test_an_address_of_ipv6_is_shown_as_it_was_typed(shop: Path) -> None:
    for address in ("fd00:a::1", "2001:db8:cd:100:1234:b::5"):
        ended = netbaseline("explain", "--from", "shop/frontend", "--to", address, "--port", "443", shop)
        assert f"shop/frontend -> {address} on 443/TCP: allowed" in ended.out


def test_an_address_of_ipv4_in_the_form_of_ipv6_is_the_one_that_packets_carry(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP.replace("from: [", "from: [{ipBlock: {cidr: 10.0.0.0/8}}, "))
    for address in ("10.9.9.9", "::ffff:10.9.9.9"):
        assert netbaseline("explain", "--from", address, "--to", "shop/backend", "--port", "8080", file).code == 0


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (
            ("shop/fronted", "shop/backend", "80"),
            "workload or Service in namespace shop; there is frontend",
        ),
        (("shp/frontend", "shop/backend", "80"), "there is no pod or workload in namespace shp; did you mean shop?"),
        (("frontend", "shop/backend", "80"), "expected namespace/name"),
        (("shop/frontend", "shop/backend", "0"), "a port is a number from 1 to 65535"),
        (("shop/frontend", "shop/backend", "80/ICMP"), "the protocol must be one of TCP, UDP, SCTP"),
        (("shop/frontend", "shop/backend", "grpc"), "no container port of that name; named ports: http/TCP"),
        (("shop/frontend", "shop/backend", "9" * 5000), "a port is a number from 1 to 65535"),
        (("10.0.0.0/8", "shop/backend", "80"), "10.0.0.0/8: is a range, and a flow has one address at each end"),
        (("192.0.2.1", "192.0.2.2", "80"), "both ends are outside of the cluster"),
    ],
)
def test_what_names_nothing_is_refused_with_what_there_is(shop: Path, flow: tuple[str, str, str], message: str) -> None:
    source, to, port = flow
    ended = netbaseline("explain", "--from", source, "--to", to, "--port", port, shop)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
