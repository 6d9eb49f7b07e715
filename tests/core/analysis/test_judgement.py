from dataclasses import replace

import pytest

from netbaseline.core.analysis.explain import Verdict
from netbaseline.core.analysis.judgement import judge
from netbaseline.core.analysis.places import find
from netbaseline.core.inventory import ContainerPort, Pod, Service, ServicePort, Workload
from netbaseline.core.reach.matrix import Reachability
from netbaseline.core.selectors import Selector
from tests.core.reach.worlds import pod, policy, world

ALLOW_8080 = policy("shop/db", podSelector={"matchLabels": {"app": "db"}}, ingress=[{"ports": [{"port": 8080}]}])
SERVICE = Service("shop", "db", Selector(), (ServicePort(80, "http"),), ("10.96.0.7",))


def replica(number: int, port: int = 8080) -> Pod:
    ports = (ContainerPort(port, name="http"),)
    return Pod("shop", f"db-{number}", {"app": "db"}, Workload("shop", "db", "StatefulSet"), ports=ports)


def test_pods_that_call_the_port_of_a_service_differently_are_judged_each() -> None:
    inventory = replace(world(pod("jobs/report"), replica(0, 8080), replica(1, 9090), ALLOW_8080), services=(SERVICE,))
    found = judge(
        Reachability(inventory), find(inventory, "jobs/report"), find(inventory, "shop/service/db"), (80, "TCP")
    )
    assert {item.port: item.explanation.verdict for item in found.judged} == {
        8080: Verdict.ALLOWED,
        9090: Verdict.DENIED,
    }
    assert found.verdict is None


@pytest.mark.parametrize(
    ("source", "to"),
    [("shop/db", "shop/db-0"), ("shop/db", "shop/db-1"), ("shop/db-0", "shop/db"), ("shop/db-1", "shop/db")],
)
def test_one_pod_of_a_workload_and_its_like_have_a_verdict(source: str, to: str) -> None:
    inventory = world(replica(0), replica(1), ALLOW_8080)
    for port, verdict in ((8080, Verdict.ALLOWED), (9090, Verdict.DENIED)):
        found = judge(Reachability(inventory), find(inventory, source), find(inventory, to), (port, "TCP"))
        assert found.verdict is verdict
        assert len(found.judged) == 1


def test_an_address_outside_reaches_the_address_of_a_service_as_it_reaches_the_pods_behind_it() -> None:
    inventory = replace(world(replica(0), ALLOW_8080), services=(SERVICE,))
    found = judge(Reachability(inventory), find(inventory, "198.51.100.7"), find(inventory, "10.96.0.7"), (80, "TCP"))
    assert found.verdict is Verdict.ALLOWED
