from netbaseline.core.analysis.explain import Verdict
from netbaseline.core.analysis.forecast import forecast
from netbaseline.core.flows.observed import Flow, Party
from tests.core.reach.worlds import pod, policy, world

BY_NAME = policy("shop/db", podSelector={"matchLabels": {"app": "db"}}, ingress=[{"ports": [{"port": "http"}]}])


def test_a_flow_is_cut_when_the_name_of_its_port_moves_to_another_number() -> None:
    before = world(pod("shop/web"), pod("shop/db", ports=[("http", 8080, "TCP")]), BY_NAME)
    after = world(pod("shop/web"), pod("shop/db", ports=[("http", 9090, "TCP")]), BY_NAME)
    flow = Flow(Party("shop", "web"), Party("shop", "db"), 8080, "TCP")
    assert [(item.flow, item.after) for item in forecast(before, after, [flow]).cut] == [(flow, Verdict.DENIED)]
    assert forecast(after, after, [flow]).cut == ()
    assert forecast(before, before, [flow]).cut == ()
