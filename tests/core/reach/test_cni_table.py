"""Each cell of the table of network plugins: it has a source, and the verdict of a small world is what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlparse

import pytest

from netbaseline.core import cni
from netbaseline.core.analysis.explain import Place, Verdict, explain
from netbaseline.core.analysis.judgement import judge
from netbaseline.core.analysis.places import find
from netbaseline.core.inventory import Inventory, Service, ServicePort
from netbaseline.core.reach.cases import Case, Semantics
from netbaseline.core.reach.cni_table import NONE, PLUGINS, Cell, Plugin, UnknownPlugin, semantics
from netbaseline.core.reach.matrix import Reachability
from netbaseline.core.selectors import equal
from tests.core.reach.worlds import pod, policy, world

CASES = tuple(case for case in Case if case is not Case.ADDRESS_UNKNOWN)
CELLS = [(plugin, case) for plugin in PLUGINS for case in CASES]


@dataclass(frozen=True)
class Probe:
    """A flow whose verdict hangs on one case alone: what it is where the answer is yes, and where it is no."""

    ask: Callable[[Semantics], Verdict | None]
    yes: Verdict
    no: Verdict


def _flow(given: Inventory, source: Place, destination: Place) -> Callable[[Semantics], Verdict | None]:
    return lambda known: explain(Reachability(given, known), source, destination, 80, "TCP").verdict


DENY = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
WEB = {"podSelector": {"matchLabels": {"app": "web"}}}
AGENT = {"podSelector": {"matchLabels": {"app": "agent"}}}


def _service() -> Inventory:
    """Egress of `web` is allowed to the Service's range alone, in which no pod has an address."""
    to = [{"to": [{"ipBlock": {"cidr": "10.96.0.0/16"}}]}]
    given = world(
        pod("shop/web", ips=("10.1.0.1",)),
        pod("shop/db", ips=("10.1.0.2",)),
        policy("shop/out", **WEB, policyTypes=["Egress"], egress=to),
    )
    service = Service("shop", "db", equal({"app": "db"}), (ServicePort(80, 80),), ("10.96.0.7",))
    return replace(given, services=(service,))


def _to_service(known: Semantics) -> Verdict | None:
    given = _service()
    asked = (80, "TCP")
    return judge(Reachability(given, known), find(given, "shop/web"), find(given, "10.96.0.7"), asked).verdict


PROBES: Mapping[Case, Probe] = {
    Case.HOST_NETWORK_TARGET: Probe(
        _flow(
            world(
                pod("shop/web"),
                pod("shop/agent", host_network=True),
                policy("shop/d", **AGENT, policyTypes=["Ingress"]),
            ),
            Place(pod=0),
            Place(pod=1),
        ),
        yes=Verdict.DENIED,
        no=Verdict.ALLOWED,
    ),
    Case.HOST_NETWORK_PEER: Probe(
        _flow(
            world(
                pod("shop/web"),
                pod("shop/agent", host_network=True),
                policy("shop/a", **WEB, ingress=[{"from": [AGENT]}]),
            ),
            Place(pod=1),
            Place(pod=0),
        ),
        yes=Verdict.ALLOWED,
        no=Verdict.DENIED,
    ),
    Case.SELF: Probe(
        _flow(world(pod("shop/web"), policy("shop/deny", **DENY)), Place(pod=0), Place(pod=0)),
        yes=Verdict.ALLOWED,
        no=Verdict.DENIED,
    ),
    Case.OWN_NODE: Probe(
        _flow(
            world(pod("shop/web", host_ips=("192.0.2.10",)), policy("shop/deny", **DENY)),
            Place(address="192.0.2.10"),
            Place(pod=0),
        ),
        yes=Verdict.ALLOWED,
        no=Verdict.DENIED,
    ),
    Case.BLOCK_ON_POD: Probe(
        _flow(
            world(
                pod("shop/web", ips=("10.1.0.1",)),
                pod("shop/db", ips=("10.1.0.2",)),
                policy("shop/in", podSelector={}, ingress=[{"from": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]}]),
            ),
            Place(pod=0),
            Place(pod=1),
        ),
        yes=Verdict.ALLOWED,
        no=Verdict.DENIED,
    ),
    Case.SERVICE_ADDRESS: Probe(_to_service, yes=Verdict.ALLOWED, no=Verdict.DENIED),
}


def expected(plugin: Plugin, case: Case) -> Verdict:
    """What the cell makes of the case's flow."""
    if not plugin.enforces:
        return Verdict.ALLOWED
    return {True: PROBES[case].yes, False: PROBES[case].no, None: Verdict.DEPENDS}[plugin.cells[case].answer]


@pytest.mark.parametrize("case", CASES)
def test_without_a_plugin_the_case_is_open_and_either_answer_settles_it(case: Case) -> None:
    others: dict[Case, bool] = {other: True for other in CASES if other is not case}
    probe = PROBES[case]
    assert probe.ask(Semantics(others)) is Verdict.DEPENDS
    assert probe.ask(Semantics({**others, case: True})) is probe.yes
    assert probe.ask(Semantics({**others, case: False})) is probe.no


@pytest.mark.parametrize(("plugin", "case"), CELLS, ids=lambda value: getattr(value, "key", value))
def test_the_verdict_is_what_the_cell_says(plugin: Plugin, case: Case) -> None:
    assert PROBES[case].ask(semantics(plugin.name)) is expected(plugin, case)


@pytest.mark.parametrize(("plugin", "case"), CELLS, ids=lambda value: getattr(value, "key", value))
def test_each_cell_has_a_source_and_says_why(plugin: Plugin, case: Case) -> None:
    cell: Cell = plugin.cells[case]
    source = urlparse(cell.source)
    assert source.scheme == "https"
    assert len(source.path) > 1
    assert len(cell.note) > 20


def test_plugins_are_called_as_where_they_are_recognised() -> None:
    """`none` is nobody's DaemonSet; those that are recognised and not in the table have no answers yet."""
    assert {plugin.name for plugin in PLUGINS} - {NONE} <= set(cni.ENFORCING.values())


@pytest.mark.parametrize("name", ["calico", "Calico", " CILIUM ", "Weave Net", "weave-net", "kube-router", "none"])
def test_a_plugin_is_found_by_its_name_in_any_spelling(name: str) -> None:
    assert semantics(name).enforces is (name != "none")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownPlugin) as raised:
        semantics("flanel")
    assert str(raised.value) == (
        "no plugin is called 'flanel'; known are calico, canal, cilium, antrea, kube-router, weave-net, ovn-kubernetes,"
        " none"
    )
