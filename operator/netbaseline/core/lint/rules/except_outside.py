"""NB107."""

from collections.abc import Iterator

from netbaseline.api.fields import network, strictly_inside
from netbaseline.core.lint.finding import Found, Severity
from netbaseline.core.lint.rule import Rule
from netbaseline.core.lint.world import World


def _check(world: World) -> Iterator[Found]:
    for side in world.sides:
        for at in side.peers:
            block = at.peer.block
            if block is None:
                continue
            if network(block.cidr) is None:
                told = f"{block.cidr} is no address range"
                yield Found(side.subject, f"{at.block_path}.cidr", told, "write one such as 203.0.113.0/24")
                continue
            for index, gap in enumerate(block.except_):
                if not strictly_inside(gap, block.cidr):
                    yield Found(
                        side.subject,
                        f"{at.block_path}.except[{index}]",
                        f"except {gap} is no smaller range inside of {block.cidr}",
                        "the API server refuses it: correct the range, or leave it out",
                    )


RULE = Rule(
    id="NB107",
    severity=Severity.ERROR,
    title="An except outside of its block",
    why="The API server refuses a policy whose except isn't strictly inside of its cidr, and so the whole apply fails;"
    " mostly a digit is wrong, and the range that was meant is still open.",
    advice="Correct one of the two ranges. Both must be of one family, IPv4 or IPv6.",
    sources=("https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#IPBlock",),
    check=_check,
)
