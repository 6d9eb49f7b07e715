"""What a release goes through on a real node, from install to uninstall; each test begins where the one before ended.

The previous version is the chart under a lower version, and the image under another name: as long as nothing has been
released, there is no other.
"""

import signal
import time
from pathlib import Path

import pytest

from tests.docs import shells
from tests.docs.blocks import Block
from tests.docs.worlds import CHECKOUT, NODE, inhabitants
from tests.e2e.cluster import Cluster
from tests.e2e.images import OPERATOR
from tests.e2e.progress import say
from tests.e2e.recording import recorded
from tests.e2e.release import NAME, NAMESPACE, Json, Release, eventually
from tests.e2e.session import TAG
from tests.sandbox.binaries import Binaries

RUNS = inhabitants(NODE)
"""Blocks of commands of the documentation that need pods."""
PREVIOUS = "previous"
SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: netbaseline.dev/v1alpha1
kind: NetworkBaseline
metadata: {name: default, namespace: shop}
spec:
  allow:
    sameNamespace: {}
    kubeAPIServer: {}
"""
POLICIES = {"nbl.default.deny", "nbl.default.dns", "nbl.default.same-namespace", "nbl.default.kube-api-server"}


def policies(node: Cluster) -> dict[str, Json]:
    """The namespace's policies by name."""
    found = node.plane.kubectl("get", "networkpolicies", "--namespace=shop", as_json=True)["items"]
    return {item["metadata"]["name"]: item for item in found}


def versions(node: Cluster) -> dict[str, tuple[str, str]]:
    """Which object each policy is, and how often it was written, as far as these change with each write."""
    meta = {name: item["metadata"] for name, item in policies(node).items()}
    return {name: (item["uid"], item["resourceVersion"]) for name, item in meta.items()}


def heals(node: Cluster) -> None:
    """A deleted policy comes back."""
    before = versions(node)
    node.plane.kubectl("delete", "networkpolicy", "nbl.default.deny", "--namespace=shop")
    eventually(lambda: set(policies(node)) == POLICIES, "the deleted policy is back")
    assert versions(node)["nbl.default.deny"] != before["nbl.default.deny"]


def follows(release: Release, leader: str) -> str:
    """Another pod than `leader` has the lease; gives its name."""
    pod = eventually(lambda: (found := release.leader()) != leader and found, "another pod leads")
    assert isinstance(pod, str)
    return pod


def leader(release: Release) -> str:
    """The pod that leads."""
    return str(eventually(release.leader, "a pod leads"))


def test_two_replicas_become_ready_in_a_namespace_that_takes_restricted_pods_only(
    node: Cluster, release: Release
) -> None:
    node.tag(f"{OPERATOR}:{TAG}", f"{OPERATOR}:{PREVIOUS}")
    release.install(release.chart("0.0.1", PREVIOUS))
    assert len(release.ready_pods()) == 2
    assert release.images() == {f"{OPERATOR}:{PREVIOUS}"}
    refused = node.plane.kubectl("run", "root", f"--namespace={NAMESPACE}", f"--image={OPERATOR}:{TAG}", check=False)
    assert 'violates PodSecurity "restricted' in refused.stderr


def test_its_process_is_nobody_special_and_can_write_nothing_but_its_temporary_folder(release: Release) -> None:
    pod = release.ready_pods()[0]["metadata"]["name"]
    status = release.python(pod, "print(open('/proc/1/status').read())").stdout
    fields = {name: value.split() for name, _, value in (line.partition(":") for line in status.splitlines())}
    assert fields["Uid"] == ["65532"] * 4
    assert fields["Gid"] == ["65532"] * 4
    assert int(fields["CapEff"][0], 16) == int(fields["CapBnd"][0], 16) == 0
    assert fields["NoNewPrivs"] == ["1"]
    assert fields["Seccomp"] == ["2"], "a filter is in force"
    for folder in ("/", "/opt/netbaseline", "/etc", "/var/tmp", "/run"):
        refused = release.python(pod, f"open('{folder}/x', 'w')", check=False)
        assert "Read-only file system" in refused.stderr, folder
    assert release.python(pod, "print(open('/tmp/x', 'w').write('some'))").stdout.strip() == "4"


def test_a_baseline_is_enforced_and_both_replicas_can_be_scraped(node: Cluster, release: Release) -> None:
    node.plane.kubectl("apply", "--filename=-", stdin=SHOP)
    node.plane.kubectl("wait", "nbl/default", "--namespace=shop", "--for=condition=Ready", "--timeout=180s")
    assert set(policies(node)) == POLICIES
    heals(node)
    pods = {pod["metadata"]["name"]: pod for pod in release.ready_pods()}
    one = leader(release)
    (other,) = pods.keys() - {one}
    assert (release.metrics(pods[one])["netbaseline_leader"], release.metrics(pods[other])["netbaseline_leader"]) == (
        1,
        0,
    )
    eventually(lambda: release.metrics(pods[one])["netbaseline_drift_corrected_total"] >= 1, "the healing is counted")


def test_the_api_server_is_allowed_where_it_really_is(node: Cluster) -> None:
    address, port = node.api_server
    (rule,) = policies(node)["nbl.default.kube-api-server"]["spec"]["egress"]
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == [f"{address}/32"]
    assert [each["port"] for each in rule["ports"]] == [port]


@pytest.mark.parametrize("block", RUNS, ids=lambda block: block.where.rpartition("/")[2])
def test_what_the_documentation_asks_of_pods_is_answered(
    block: Block, node: Cluster, sandbox_binaries: Binaries, tmp_path: Path
) -> None:
    kubeconfig = str(node.plane.kubeconfig)
    shells.run(block, CHECKOUT, shells.environment(sandbox_binaries.folders, tmp_path, KUBECONFIG=kubeconfig))


def test_the_lease_moves_when_the_leaders_pod_is_deleted(node: Cluster, release: Release) -> None:
    was = leader(release)
    began = time.monotonic()
    node.plane.kubectl("delete", "pod", was, f"--namespace={NAMESPACE}", "--wait=false")
    follows(release, was)
    say(f"time until another leads after a deletion: {time.monotonic() - began:.1f} s")
    heals(node)
    eventually(lambda: len(release.ready_pods()) == 2, "the deleted pod has been replaced")


def test_the_lease_moves_when_the_leader_is_killed_and_can_tell_nobody(node: Cluster, release: Release) -> None:
    was = leader(release)
    began = time.monotonic()
    release.signal(was, signal.SIGKILL)
    node.plane.kubectl("delete", "pod", was, f"--namespace={NAMESPACE}", "--wait=false", "--grace-period=0", "--force")
    follows(release, was)
    say(f"time until another leads after a kill: {time.monotonic() - began:.1f} s")
    heals(node)
    eventually(lambda: len(release.ready_pods()) == 2, "the killed pod has been replaced")


def test_a_leader_that_is_stuck_loses_the_lease_and_is_started_again(node: Cluster, release: Release) -> None:
    stuck = leader(release)
    assert release.restarts(stuck) == 0
    began = time.monotonic()
    release.signal(stuck, signal.SIGSTOP)
    follows(release, stuck)
    say(f"time until another leads after a stop: {time.monotonic() - began:.1f} s")
    heals(node)
    eventually(lambda: release.restarts(stuck) == 1, "its liveness probe has it started again")
    say(f"time until it is started again: {time.monotonic() - began:.1f} s")
    eventually(lambda: len(release.ready_pods()) == 2, "it is Ready again")
    assert leader(release) != stuck


def test_neither_an_upgrade_nor_a_rollback_touches_a_policy(node: Cluster, release: Release, tmp_path: Path) -> None:
    before = versions(node)
    with recorded(node, tmp_path / "watch.json") as recording:
        release.upgrade(release.chart("0.0.2", TAG))
        eventually(lambda: release.images() == {f"{OPERATOR}:{TAG}"}, "the new version runs")
        # Asked anew each time: the leader of before may hold the lease until its last turn has ended.
        eventually(
            lambda: release.leader() in {pod["metadata"]["name"] for pod in release.ready_pods()},
            "the new version leads",
        )
        assert recording.changes() == []
        release.rollback()
        eventually(lambda: release.images() == {f"{OPERATOR}:{PREVIOUS}"}, "the previous version runs")
        assert recording.changes() == []
    assert versions(node) == before
    heals(node)


def test_what_is_declared_and_what_it_opened_and_closed_outlives_an_uninstall(node: Cluster, release: Release) -> None:
    before = versions(node)
    release.uninstall()
    eventually(lambda: not release.left(), "all that helm made in its namespace is gone, and what came of it")
    cluster = node.plane.kubectl("get", "clusterroles,clusterrolebindings", "--output=name").stdout
    assert NAME not in cluster
    assert node.plane.kubectl("get", "nbl", "default", "--namespace=shop", as_json=True)["spec"]["allow"]
    assert versions(node) == before


def test_an_install_afterwards_takes_over_what_it_finds(node: Cluster, release: Release) -> None:
    before = versions(node)
    release.install(release.chart("0.0.2", TAG))
    node.plane.kubectl("wait", "nbl/default", "--namespace=shop", "--for=condition=Ready", "--timeout=180s")
    leader(release)
    assert versions(node) == before
    heals(node)
