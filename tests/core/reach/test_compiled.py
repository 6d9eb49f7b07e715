"""What the engine says of a baseline's compiled policies is what the baseline's spec says."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netbaseline.core.inventory import ContainerPort, Inventory, Pod, Policy, Workload, namespace
from netbaseline.core.reach.matrix import Reachability
from netbaseline.core.verdict import Endpoint, Flow
from tests.core.baselines import SERVERS, specs
from tests.core.reach.judges.engine import BLOCKS_MATCH_PODS
from tests.core.reference import may_pass
from tests.core.test_compile_flows import PAIRS, SERVED, compiled

Json = dict[str, Any]

ENDS = list({id(end): end for pair in PAIRS for end in pair}.values())
INSIDE = [end for end in ENDS if end.namespace is not None]


def _pod(number: int, end: Endpoint) -> Pod:
    home = end.namespace or ""
    ports = tuple(ContainerPort(port.number, port.protocol, port.name) for port in end.ports)
    return Pod(home, f"pod-{number}", end.labels, Workload(home, f"pod-{number}", "Pod"), end.ips, ports)


def inventory(found: list[Json]) -> Inventory:
    """The small world with the policies of all baselines `found`."""
    policies = tuple(Policy(one.namespace, one.name, one.spec) for one in compiled(found))
    homes = {str(end.namespace): namespace(str(end.namespace), end.namespace_labels) for end in INSIDE}
    return Inventory(homes, tuple(_pod(number, end) for number, end in enumerate(INSIDE)), policies)


@given(st.lists(specs, min_size=1, max_size=2))
def test_the_engine_lets_pass_what_the_specs_of_the_baselines_let_pass(found: list[Json]) -> None:
    reach = Reachability(inventory(found), BLOCKS_MATCH_PODS)
    at = {id(end): reach.node_of_pod(number) for number, end in enumerate(INSIDE)}
    at |= {id(end): reach.node_of_address(end.ips[0]) for end in ENDS if end.namespace is None}
    for source, destination in PAIRS:
        given_here = reach.between(at[id(source)], at[id(destination)])
        assert not given_here.depends
        for port, protocol in SERVED:
            expected = may_pass(found, Flow(source, destination, port, protocol), SERVERS)
            assert given_here.allowed.contains(port, protocol) == expected, (source, destination, port, protocol)
