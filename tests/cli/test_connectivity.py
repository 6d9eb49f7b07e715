import json
import re
from pathlib import Path

import pytest
import yaml

from tests.cli.browser import opened
from tests.cli.running import netbaseline

BOUTIQUE = Path(__file__).resolve().parents[3] / "shared" / "data" / "online-boutique"
SHOP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, namespace: shop}
spec:
  selector: {matchLabels: {app: frontend}}
  template: {metadata: {labels: {app: frontend}}, spec: {containers: [{name: main, image: example}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: backend, namespace: shop}
spec:
  selector: {matchLabels: {app: backend}}
  template:
    metadata: {labels: {app: backend}}
    spec: {containers: [{name: main, image: example, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: backend, namespace: shop}
spec: {selector: {app: backend}, clusterIP: 10.96.0.7, ports: [{name: web, port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: backend, namespace: shop}
spec:
  podSelector: {matchLabels: {app: backend}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: frontend}}}]
      ports: [{port: http}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return path


def test_json_names_workloads_ranges_and_ports(shop: Path) -> None:
    ended = netbaseline("connectivity", shop, "-o", "json")
    assert ended.code == 0
    outside = "0.0.0.0-255.255.255.255"
    every = {"TCP": "1-65535", "UDP": "1-65535", "SCTP": "1-65535"}
    frontend, backend = "shop/frontend[Deployment]", "shop/backend[Deployment]"
    assert json.loads(ended.out) == {
        "connections": [
            {"source": frontend, "destination": backend, "ports": {"TCP": "8080"}},
            {"source": frontend, "destination": outside, "ports": every},
            {"source": outside, "destination": frontend, "ports": every},
        ]
    }
    assert yaml.safe_load(netbaseline("connectivity", shop, "-o", "yaml").out) == json.loads(ended.out)


def test_both_families_can_be_asked_for(shop: Path) -> None:
    found = json.loads(netbaseline("connectivity", shop, "-o", "json", "--ip-family", "both").out)
    sources = {item["source"] for item in found["connections"]}
    assert {"0.0.0.0-255.255.255.255", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"} < sources


def test_dot_draws_each_connection_once(shop: Path) -> None:
    drawn = netbaseline("connectivity", shop, "-o", "dot").out
    assert drawn.startswith("digraph")
    assert len(re.findall(r" -> ", drawn)) == 3
    assert '"shop/frontend[Deployment]" -> "shop/backend[Deployment]" [label="TCP 8080"]' in drawn


def test_the_page_shows_matrix_and_graph_and_can_be_searched(shop: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ended = netbaseline("connectivity", shop, "--html", page)
    assert (ended.code, ended.out) == (0, "")
    with opened(page) as tab:
        assert "2 workloads, 1 range outside, 3 connections" in tab.inner_text("#count")
        tab.fill("#search", "backend")
        assert tab.locator("#list button").all_inner_texts() == ["backend Deployment · 1 in, 0 out"]
        tab.fill("#search", "")
        tab.click("#list button:has-text('frontend')")
        assert tab.locator("svg g.end text:first-of-type").all_text_contents().count("shop/frontend") == 1
        assert "TCP 8080" in tab.locator("svg text.port").all_text_contents()


def test_a_page_does_not_take_the_place_of_an_output_that_is_asked_for(shop: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    ended = netbaseline("connectivity", shop, "--html", page, "-o", "json")
    assert json.loads(ended.out) == json.loads(netbaseline("connectivity", shop, "-o", "json").out)
    assert page.exists()


def test_a_hostile_name_stays_text_in_the_page(tmp_path: Path) -> None:
    hostile = "</script><script>document.title='taken'</script>"
    source = tmp_path / "hostile.yaml"
    source.write_text(
        yaml.safe_dump_all(
            [
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": {}}
                for name in (hostile, "web")
            ]
        )
    )
    page = tmp_path / "page.html"
    netbaseline("connectivity", source, "--html", page, "--keep-going")
    with opened(page) as tab:
        assert tab.title() == "Connectivity"


def test_two_hundred_workloads_stay_readable(tmp_path: Path) -> None:
    source, page = tmp_path / "many.yaml", tmp_path / "page.html"
    source.write_text(
        yaml.safe_dump_all(
            [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": f"app-{number}", "namespace": f"team-{number % 20:02}", "labels": {"a": "b"}},
                    "spec": {},
                }
                for number in range(200)
            ]
        )
    )
    netbaseline("connectivity", source, "--html", page)
    with opened(page) as tab:
        canvas = tab.locator("#cells")
        width = canvas.evaluate("element => element.clientWidth")
        names = width - 201 * 5  # the pods' and that of all addresses outside
        assert 0 < names <= 80  # of namespaces only, which are short
        box = canvas.bounding_box()
        assert box is not None
        tab.mouse.move(box["x"] + names + 5 * 3 + 2, box["y"] + names + 2)
        assert "team-00/app-0 → team-00/" in tab.inner_text("#where")


@pytest.mark.skipif(not BOUTIQUE.is_dir(), reason="the online-boutique manifests are not beside the checkout")
def test_a_real_application_with_its_policies_keeps_redis_for_the_cart_and_the_frontend_for_everybody() -> None:
    found = json.loads(netbaseline("connectivity", BOUTIQUE, "-o", "json").out)["connections"]
    to_redis = {
        item["source"]: item["ports"] for item in found if item["destination"] == "default/redis-cart[Deployment]"
    }
    assert to_redis == {"default/cartservice[Deployment]": {"TCP": "6379"}}
    outside = [item["destination"] for item in found if item["source"] == "0.0.0.0-255.255.255.255"]
    assert outside == ["default/frontend[Deployment]"]
    without = json.loads(netbaseline("connectivity", BOUTIQUE / "kubernetes-manifests.yaml", "-o", "json").out)[
        "connections"
    ]
    workloads = {item["source"] for item in without if item["source"].endswith("]")}
    assert len(workloads) == 12
    assert len(without) == 12 * 11 + 2 * 12


def test_bad_input_is_one_message_and_the_rest_goes_on_when_asked(shop: Path) -> None:
    bad = shop.with_name("bad.yaml")
    bad.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: 5}\n")
    ended = netbaseline("connectivity", shop, bad)
    assert ended.code == 2
    assert "bad.yaml:3: document 1: metadata.name" in ended.err
    assert "Traceback" not in ended.err
    on = netbaseline("connectivity", shop, bad, "-o", "json", "--keep-going")
    assert on.code == 2
    assert len(json.loads(on.out)["connections"]) == 3
