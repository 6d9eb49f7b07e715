"""Explanations and the list of connections are two views of one matrix: they agree on every pair and port."""

import ipaddress
from itertools import product

from hypothesis import event, given

from netbaseline.core.analysis.connectivity import End, connections, ends
from netbaseline.core.analysis.explain import Place, Verdict, explain
from netbaseline.core.reach.allowance import NOTHING
from netbaseline.core.reach.matrix import Reachability
from tests.core.reach.judges.worlds import OUTSIDE, PROBES, World, worlds


def _end(world: World, place: Place, listed: list[End]) -> End:
    """The workload of a pod, or the range that an address is in."""
    if place.pod is not None:
        return next(end for end in listed if end.workload == world.pods[place.pod].workload)
    address = ipaddress.ip_address(place.address or "")
    return next(
        end
        for end in listed
        if end.outside is not None
        and end.outside.version == address.version
        and end.outside.first <= int(address) <= end.outside.last
    )


@given(worlds())
def test_explain_says_of_every_pair_and_port_what_the_list_of_connections_says(world: World) -> None:
    reach = Reachability(world.inventory())
    listed = ends(reach)
    passing = {(one.source.name, one.destination.name): one.allowance for one in connections(reach, listed)}
    pods = [Place(pod=number) for number in range(len(world.pods))]
    outside = [Place(address=address) for address in OUTSIDE]
    seen = set()
    for source, destination in [*product(pods, pods), *product(pods, outside), *product(outside, pods)]:
        if source == destination:
            continue
        pair = _end(world, source, listed).name, _end(world, destination, listed).name
        given_here = passing.get(pair, NOTHING)
        for port, protocol in PROBES:
            found = explain(reach, source, destination, port, protocol)
            seen.add(found.verdict)
            cases = given_here.cases(port, protocol)
            if given_here.allowed.contains(port, protocol):
                assert found.verdict is Verdict.ALLOWED
            else:
                assert found.verdict is (Verdict.DEPENDS if cases else Verdict.DENIED)
                assert set(found.depends) == set(cases)
    event(", ".join(sorted(seen)))
