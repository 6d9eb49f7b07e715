"""`netbaseline coverage` of a cluster."""

import json

from tests.cli.running import netbaseline
from tests.cluster.world import World
from tests.sandbox.control_plane import ControlPlane


def test_of_one_namespace_nothing_is_said_about_others_whose_pods_were_not_read(
    installed: ControlPlane, world: World
) -> None:
    one, other = world.namespace("covered-one"), world.namespace("covered-other")

    def told(*options: str) -> set[str]:
        ended = netbaseline("coverage", "--kubeconfig", installed.kubeconfig, *options, "-o", "json")
        return {item["namespace"] for item in json.loads(ended.out)["namespaces"]}

    assert told("-n", one) == {one}
    assert {one, other} <= told()
