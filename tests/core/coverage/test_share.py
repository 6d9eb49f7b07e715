"""What a baseline is told of its pods, and of no others."""

from netbaseline.api.v1alpha1 import Direction
from netbaseline.core.compile import Denial
from netbaseline.core.coverage.judge import Scene, judge
from netbaseline.core.coverage.share import Opened, Share, share
from netbaseline.core.coverage.states import State
from netbaseline.core.inventory import namespace
from netbaseline.core.selectors import EVERYTHING, equal
from tests.core.reach.worlds import pod, policy

PODS = [pod("shop/web"), pod("shop/db")]
DENY = policy("shop/deny", podSelector={}, policyTypes=["Ingress"])
HOLE = policy("shop/hole", podSelector={"matchLabels": {"app": "web"}}, ingress=[{"from": [{"namespaceSelector": {}}]}])


def test_only_pods_that_the_baseline_covers_count_and_only_directions_that_it_denies_have_to_be_closed() -> None:
    denied = Denial(equal({"app": "db"}), ingress=True, egress=False)
    judged = judge(Scene(namespace("shop"), PODS, [DENY, HOLE], denials=[denied]))
    assert share(denied, judged) == Share(1, 1, {State.CONFORMANT: 1}, {State.OPEN: 1})


def test_a_pod_that_is_open_in_one_denied_direction_is_not_covered_and_its_opener_is_named() -> None:
    denied = Denial(EVERYTHING, ingress=True, egress=True)
    found = share(denied, judge(Scene(namespace("shop"), PODS, [DENY, HOLE])))
    assert (found.pods, found.covered) == (2, 0)
    assert found.ingress == {State.ISOLATED: 1, State.ALLOW_ALL: 1}
    assert found.opened == (Opened("hole", Direction.INGRESS, "every namespace"),)


def test_what_is_open_in_a_direction_that_nobody_denied_is_nobodys_opening() -> None:
    denied = Denial(EVERYTHING, ingress=False, egress=True)
    assert share(denied, judge(Scene(namespace("shop"), PODS, [DENY, HOLE]))).opened == ()
