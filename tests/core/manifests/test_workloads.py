"""Pods and templates: which there are, what they belong to, and what is read of them."""

import pytest

from netbaseline.core.inventory import ContainerPort, Workload
from tests.core.manifests.given import fine, gathered, pod, pods, problem, workload

KINDS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_makes_pods_is_a_template(kind: str) -> None:
    (found,) = pods(workload(kind, "web", {"app": "web"}))
    assert found.template
    assert found.workload == Workload("shop", "web", kind)
    assert found.labels == {"app": "web"}
    assert found.ips == ()


def test_a_live_pod_stands_for_itself_under_its_topmost_owner_and_the_template_goes() -> None:
    found = pods(
        workload("Deployment", "web", {"app": "web"}),
        workload("ReplicaSet", "web-5d8f", {"app": "web"}, owner=("Deployment", "web")),
        pod("web-5d8f-1", {"app": "web"}, owner=("ReplicaSet", "web-5d8f")),
        pod("web-5d8f-2", {"app": "web"}, owner=("ReplicaSet", "web-5d8f")),
    )
    assert [(item.name, item.template) for item in found] == [("web-5d8f-1", False), ("web-5d8f-2", False)]
    assert {item.workload for item in found} == {Workload("shop", "web", "Deployment")}


def test_the_order_of_owners_and_pods_does_not_matter() -> None:
    objects = [
        pod("backup-28-x", owner=("Job", "backup-28")),
        workload("Job", "backup-28", owner=("CronJob", "backup")),
        workload("CronJob", "backup"),
    ]
    for order in (objects, objects[::-1]):
        (found,) = pods(*order)
        assert str(found.workload) == "shop/backup[CronJob]"


def test_an_owner_whose_name_would_steer_a_terminal_is_spelled_out() -> None:
    (found,) = pods(pod("db-0", owner=("Set\x1b[2J", "db\n")))
    assert str(found.workload) == r"shop/db\n[Set\x1b[2J]"


def test_a_replica_set_that_is_not_there_is_told_by_the_template_hash() -> None:
    (found,) = pods(pod("web-5d8f-1", {"pod-template-hash": "5d8f"}, owner=("ReplicaSet", "web-5d8f")))
    assert str(found.workload) == "shop/web[Deployment]"


def test_a_replica_set_without_a_deployment_is_a_workload_of_its_own() -> None:
    found = pods(
        workload("ReplicaSet", "web-5d8f"),
        pod("web-5d8f-1", {"pod-template-hash": "5d8f"}, owner=("ReplicaSet", "web-5d8f")),
        pod("old-1", {"pod-template-hash": "77"}, owner=("ReplicaSet", "old")),
    )
    assert [str(item.workload) for item in found] == ["shop/web-5d8f[ReplicaSet]", "shop/old[ReplicaSet]"]


def test_an_owner_that_is_known_by_reference_alone_is_still_the_workload() -> None:
    (found,) = pods(pod("db-0", owner=("StrimziPodSet", "db")))
    assert str(found.workload) == "shop/db[StrimziPodSet]"


@pytest.mark.parametrize("owner", [None, ("Node", "node-1")], ids=["bare", "static pod"])
def test_a_pod_without_a_controller_is_its_own_workload(owner: tuple[str, str] | None) -> None:
    (found,) = pods(pod("once", owner=owner))
    assert str(found.workload) == "shop/once[Pod]"


def test_what_manages_a_deployment_is_not_its_workload() -> None:
    (found,) = pods(workload("StatefulSet", "prometheus-main", owner=("Prometheus", "main")))
    assert str(found.workload) == "shop/prometheus-main[StatefulSet]"


def test_owners_that_own_each_other_are_a_problem_and_the_pod_is_still_counted() -> None:
    found = gathered(
        pod("a-1", owner=("ReplicaSet", "a")),
        workload("ReplicaSet", "a", owner=("ReplicaSet", "b")),
        workload("ReplicaSet", "b", owner=("ReplicaSet", "a")),
    )
    assert "a-1[Pod]" in str(found.inventory.pods[0].workload)
    assert "ReplicaSet a -> ReplicaSet b -> ReplicaSet a" in str(found.problems[0])
    assert str(found.problems[0]).startswith("x.yaml:10: document 1: metadata.ownerReferences: ")


def test_a_workload_scaled_to_zero_keeps_its_template() -> None:
    (found,) = pods(workload("Deployment", "web", {"app": "web"}, replicas=0))
    assert found.template


def test_old_revisions_of_a_deployment_are_not_workloads_beside_it() -> None:
    found = pods(
        workload("ReplicaSet", "web-1", {"v": "1"}, owner=("Deployment", "web"), replicas=0),
        workload("ReplicaSet", "web-2", {"v": "2"}, owner=("Deployment", "web"), replicas=3),
    )
    assert [(str(item.workload), item.labels) for item in found] == [("shop/web[Deployment]", {"v": "2"})]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_is_none_and_the_template_stands_again(phase: str) -> None:
    found = pods(
        workload("CronJob", "backup"),
        workload("Job", "backup-1", owner=("CronJob", "backup")),
        pod("backup-1-x", owner=("Job", "backup-1"), status={"phase": phase}),
    )
    assert [(item.name, item.template) for item in found] == [("backup", True)]


def test_a_job_that_has_ended_makes_no_pods_any_more() -> None:
    done = {**workload("Job", "once"), "status": {"conditions": [{"type": "Complete", "status": "True"}]}}
    assert pods(done) == []
    assert len(pods({**done, "status": {"conditions": [{"type": "Complete", "status": "False"}]}})) == 1


def test_a_terminating_pod_is_there_beside_the_template() -> None:
    leaving = pod("web-0", owner=("StatefulSet", "web"))
    leaving["metadata"]["deletionTimestamp"] = "2026-11-24T10:00:00Z"
    found = pods(workload("StatefulSet", "web"), leaving)
    assert [(item.name, item.template, item.terminating) for item in found] == [
        ("web", True, False),
        ("web-0", False, True),
    ]


def test_addresses_of_both_families_and_of_the_node_are_read() -> None:
    status = {
        "phase": "Running",
        "podIP": "10.0.0.1",
        "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00:0::1"}],
        "hostIP": "192.0.2.1",
    }
    (found,) = pods(pod("a", status=status))
    assert found.ips == ("10.0.0.1", "fd00::1")
    assert found.host_ips == ("192.0.2.1",)
    (older,) = pods(pod("a", status={"podIP": "10.0.0.1"}))
    assert older.ips == ("10.0.0.1",)


def test_ports_are_those_of_containers_and_of_sidecars_but_not_of_init_containers_that_end() -> None:
    spec = {
        "hostNetwork": True,
        "containers": [{"name": "a", "ports": [{"containerPort": 80, "name": "http"}]}, {"name": "b"}],
        "initContainers": [
            {"name": "proxy", "restartPolicy": "Always", "ports": [{"containerPort": 53, "protocol": "UDP"}]},
            {"name": "migrate", "ports": [{"containerPort": 9999}]},
        ],
    }
    (found,) = pods(pod("a", spec=spec))
    assert found.host_network
    assert found.ports == (ContainerPort(80, "TCP", "http"), ContainerPort(53, "UDP", None))


def test_null_is_absent_as_with_the_api_server() -> None:
    empty = pod("a", spec={"containers": None, "hostNetwork": None}, status=None)
    empty["metadata"]["labels"] = None
    (found,) = pods(empty)
    assert (found.labels, found.ports, found.ips) == ({}, (), ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spec": []}, "spec: must be an object"),
        ({"spec": {"containers": {}}}, "spec.containers: must be a list"),
        ({"spec": {"hostNetwork": "yes"}}, "spec.hostNetwork: must be true or false (found 'yes')"),
        ({"spec": {"containers": [{"ports": [{"containerPort": "80"}]}]}}, "ports[0].containerPort: must be a whole"),
        ({"spec": {"containers": [{"ports": [{"containerPort": 70000}]}]}}, "must be at most 65535"),
        ({"spec": {"containers": [{"ports": [{"containerPort": 80, "protocol": "tcp"}]}]}}, "protocol: must be 'TCP'"),
        ({"status": {"podIP": "10.0.0.0/8"}}, "status.podIP: must be an IP address"),
        ({"metadata": {"name": "a", "labels": {"app": 1}}}, "metadata.labels.app: must be a string (found 1)"),
        ({"metadata": {"name": "a", "labels": {"a b": "x"}}}, "must be a label key"),
        ({"metadata": {"name": "a", "labels": {"app": "x\x1b[31m"}}}, r"found 'x\x1b[31m'"),
        ({"metadata": {"name": "a", "labels": {"app": "x" * 10**6}}}, "must be a label value"),
        ({"metadata": {"name": "A"}}, "metadata.name: must be a DNS name"),
        ({"metadata": {"name": "a", "namespace": "a.b"}}, "metadata.namespace: must be a DNS label"),
        ({"metadata": {"name": 7}}, "metadata.name: must be a string (found 7)"),
        ({"metadata": {"labels": {}}}, "metadata.name: is required"),
        ({"metadata": None}, "metadata: must be an object"),
    ],
)
def test_a_pod_that_the_api_server_would_refuse_is_told_by_field_and_left_out(
    change: dict[str, object], message: str
) -> None:
    told = problem({**pod("a"), **change})
    assert told.startswith("x.yaml:10: document 1: ")
    assert message in told
    assert len(told) < 400
    assert told.isprintable()
    assert len(gathered({**pod("a"), **change}, pod("b")).inventory.pods) == 1


def test_a_generated_name_is_kept_as_far_as_it_goes_and_is_no_duplicate() -> None:
    job = workload("Job", "x")
    del job["metadata"]["name"]
    job["metadata"]["generateName"] = "migrate-"
    found = fine(job, job)
    assert [item.name for item in found.inventory.pods] == ["migrate-", "migrate-(2)"]
