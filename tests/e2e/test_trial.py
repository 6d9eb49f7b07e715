"""The first ten minutes of somebody new: what the README tells to type, typed as it stands there, on a real node.

Packets are real, and so is who drops them: what is allowed passes, and what isn't doesn't. Each test begins where the
one before ended.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.docs.worlds import TRIAL, inhabitants
from tests.e2e.cluster import Cluster
from tests.e2e.images import DOCUMENTED, OPERATOR
from tests.e2e.progress import say
from tests.e2e.reader import Reader
from tests.e2e.release import NAMESPACE, Json, eventually
from tests.e2e.session import TAG, Session
from tests.e2e.stand_ins import KINDS
from tests.monitoring.rules import DASHBOARD, questions
from tests.sandbox.modules import source
from tests.sandbox.processes import Child, end

POLICIES = {
    "nbl.default.deny",
    "nbl.default.dns",
    "nbl.default.rule.backend-from-frontend",
    "nbl.default.rule.backend-to-database",
    "nbl.default.rule.database-from-backend",
    "nbl.default.rule.frontend-to-backend",
}
CALL = "timeout 10 wget -qO /dev/null http://database:5432/hostname && echo passed || echo cut"
LOOP = f"while :; do {CALL}; sleep 0.02; done"
RUNS = inhabitants(TRIAL)
"""What of the README only a node can run; the rest of it is typed too."""
QUIET = {"Firing alerts", "Weakened", "Tug-of-war", "Watches started again"}
"""Panels that have nothing to show as long as nothing is wrong."""


@pytest.fixture(scope="module")
def began() -> float:
    """When the first command was typed."""
    return time.monotonic()


@pytest.fixture(scope="module")
def reader(node: Cluster, session: Session, began: float) -> Iterator[Reader]:
    """Whoever has the README, and an image in the registry that the node knows."""
    node.tag(f"{OPERATOR}:{TAG}", DOCUMENTED)
    yield Reader(Path(session.folder) / "reader", node.plane.kubeconfig)
    node.plane.kubectl("delete", "crd", "networkbaselines.netbaseline.dev")
    node.plane.kubectl("delete", "namespace", NAMESPACE, "--timeout=120s")


def policies(node: Cluster) -> dict[str, Json]:
    """Of all namespaces, by name."""
    found = node.plane.kubectl("get", "networkpolicies", "--all-namespaces", as_json=True)["items"]
    return {item["metadata"]["name"]: item for item in found}


def reaches(node: Cluster, source: str, address: str, namespace: str = "shop") -> bool:
    """Whether a pod gets an answer from there, by name, within a few seconds."""
    command = ("timeout", "3", "wget", "-qO-", f"http://{address}/hostname")
    return node.plane.kubectl("exec", f"--namespace={namespace}", source, "--", *command, check=False).returncode == 0


def test_a_shop_runs_and_everybody_reaches_everything(node: Cluster, reader: Reader) -> None:
    reader.follow("**2. ")
    assert reaches(node, "deployment/backend", "database:5432")
    assert not policies(node)


def test_the_operator_is_installed_and_changes_nothing(node: Cluster, reader: Reader) -> None:
    reader.follow("**3. ")
    pods = node.plane.kubectl("get", "pods", f"--namespace={NAMESPACE}", as_json=True)["items"]
    assert {pod["spec"]["containers"][0]["image"] for pod in pods} == {DOCUMENTED}
    assert [pod["status"]["phase"] for pod in pods] == ["Running", "Running"]
    assert not policies(node)


def test_what_would_be_cut_is_told_before_anything_is(node: Cluster, reader: Reader) -> None:
    said = reader.follow("**4. ")
    assert set(re.findall(r"^\+ NetworkPolicy shop/(\S+)", said, re.MULTILINE)) == POLICIES
    assert re.search(r"^shop/frontend\S*,.* shop/database\S* +all ports +nothing$", said, re.MULTILINE)
    assert not policies(node)


def test_closing_it_cuts_what_is_not_allowed_and_not_one_connection_that_is(
    node: Cluster, reader: Reader, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    client = Child("client", [*node.kubectl, "exec", "-n", "shop", "deployment/backend", "--", "sh", "-c", LOOP], log)
    try:
        eventually(lambda: log.read_text().count("passed") > 5, "the backend calls the database again and again")
        reader.follow("**5. ")
    finally:
        end([client], 2)
    heard = log.read_text().splitlines()
    say(f"connections of the backend to the database while the shop was closed: {len(heard)}")
    assert set(heard) == {"passed"}
    assert set(policies(node)) == POLICIES
    baseline = node.plane.kubectl("get", "nbl", "default", "--namespace=shop", as_json=True)
    (ready,) = (each for each in baseline["status"]["conditions"] if each["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("True", "Enforced")
    assert reaches(node, "deployment/frontend", "backend:8080")
    assert not reaches(node, "deployment/backend", "frontend:8080")
    assert not reaches(node, "statefulset/database", "backend:8080")


def test_what_is_let_in_by_nobody_does_not_get_in_from_another_namespace(node: Cluster, reader: Reader) -> None:
    reader.type("kubectl run stranger --image=busybox:1.37 --restart=Never --command -- sleep 3600")
    reader.type("kubectl wait pod/stranger --for=condition=Ready --timeout=60s")
    assert not reaches(node, "stranger", "backend.shop:8080", namespace="default")
    assert not reaches(node, "stranger", "database.shop:5432", namespace="default")


def test_a_deleted_policy_is_back_and_the_namespace_is_as_closed_as_before(node: Cluster, reader: Reader) -> None:
    before = policies(node)["nbl.default.deny"]["metadata"]["uid"]
    said = reader.follow("**6. ")
    assert policies(node)["nbl.default.deny"]["metadata"]["uid"] != before
    assert "Ready True (Enforced)" in said
    assert not reaches(node, "deployment/frontend", "database:5432")


def test_prometheus_finds_the_operator_and_the_dashboard_has_something_to_show(
    node: Cluster, reader: Reader, began: float
) -> None:
    for name in ("podmonitors", "prometheusrules"):
        folder = source(KINDS) / "example" / "prometheus-operator-crd"
        node.plane.kubectl("apply", "--server-side", "-f", str(folder / f"monitoring.coreos.com_{name}.yaml"))
    reader.follow("**7. ")
    made = node.plane.kubectl("get", "podmonitors,prometheusrules", f"--namespace={NAMESPACE}", "--output=name").stdout
    assert [kind.partition(".")[0] for kind in made.split()] == ["podmonitor", "prometheusrule"]
    reader.type("kubectl rollout status --namespace monitoring --timeout=120s deployment/prometheus")
    assert eventually(lambda: asked(node, "up == 1").count("netbaseline-system") == 2, "both replicas are scraped")
    reader.type("kubectl delete networkpolicy nbl.default.dns --namespace shop")
    for question in questions():
        if question.panel not in QUIET:
            eventually(lambda: asked(node, question.expr), f"{question.panel}: {question.expr}")  # noqa: B023
    say(f"from the first command of the README to a dashboard with data: {time.monotonic() - began:.0f} s")


def test_grafana_would_find_the_dashboard_and_prometheus_where_it_looks(node: Cluster, reader: Reader) -> None:
    found = node.plane.kubectl(
        "get", "configmaps", "--namespace=monitoring", "--selector=grafana_dashboard=1", as_json=True
    )
    (dashboard,) = found["items"]
    assert [json.loads(text) for text in dashboard["data"].values()] == [json.loads(DASHBOARD.read_text())]
    deployment = node.plane.kubectl("get", "deployment", "grafana", "--namespace=monitoring", as_json=True)
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    assert dashboard["metadata"]["name"] in {volume["configMap"]["name"] for volume in volumes}
    (settings,) = {volume["configMap"]["name"] for volume in volumes} - {dashboard["metadata"]["name"]}
    provisioned = node.plane.kubectl("get", "configmap", settings, "--namespace=monitoring", as_json=True)["data"]
    address = re.search(r'url: "(http://\S+)"', provisioned["datasources.yaml"])
    assert address is not None
    ask = f"wget -qO- {address[1]}/api/v1/query?query=netbaseline_leader"
    # Attached to a pod that ends at once, kubectl now and then comes too late for what it said.
    reader.type(f"kubectl run asker --namespace monitoring --image=busybox:1.37 --restart=Never -- {ask}")
    reader.type(
        "kubectl wait pod/asker --namespace monitoring --timeout=60s --for=jsonpath='{.status.phase}'=Succeeded"
    )
    assert '"status":"success"' in reader.type("kubectl logs asker --namespace monitoring")
    reader.type("kubectl delete pod asker --namespace monitoring --now")


def test_leaving_opens_the_shop_again_and_leaves_nothing(node: Cluster, reader: Reader) -> None:
    reader.follow("## How to leave")
    assert not policies(node)
    namespaces = node.plane.kubectl("get", "namespaces", "--output=name").stdout.split()
    assert not {"namespace/shop", "namespace/monitoring"} & set(namespaces)
    assert not node.plane.kubectl("get", "pods", f"--namespace={NAMESPACE}", "--output=name").stdout


def asked(node: Cluster, expr: str) -> list[str]:
    """The namespaces of the series that the cluster's Prometheus gives for an expression of the dashboard."""
    for variable, value in (("$cluster", ".*"), ("$__rate_interval", "1m")):
        expr = expr.replace(variable, value)
    path = f"/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?{urlencode({'query': expr})}"
    answer = json.loads(node.plane.kubectl("get", f"--raw={path}").stdout)
    return [item["metric"].get("namespace", "") for item in answer["data"]["result"]]
