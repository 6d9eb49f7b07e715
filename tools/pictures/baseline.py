"""How a baseline becomes policies: each part of its spec beside the policy that it compiles to."""

from dataclasses import dataclass

import yaml

from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.core.compile import compile_baseline
from netbaseline.core.coverage.words import pods_text, rules_text
from netbaseline.core.netpol import Policy
from netbaseline.core.platform import Platform
from tools.pictures.drawing import LINE, Drawing

BASELINE = """\
apiVersion: netbaseline.dev/v1alpha1
kind: NetworkBaseline
metadata: {name: default, namespace: shop}
spec:
  defaultDeny: [Ingress, Egress]
  allow:
    dns: {}
    sameNamespace: {}
    egress:
    - name: payment-provider
      pods: {matchLabels: {app: checkout}}
      to: [{cidr: 203.0.113.0/24}]
      ports: [{port: 443}]
"""


@dataclass(frozen=True)
class Part:
    """A line of the baseline, and the name of the policy that it becomes."""

    line: str
    policy: str


PARTS = (
    Part("  defaultDeny: [Ingress, Egress]", "nbl.default.deny"),
    Part("    dns: {}", "nbl.default.dns"),
    Part("    sameNamespace: {}", "nbl.default.same-namespace"),
    Part("    - name: payment-provider", "nbl.default.rule.payment-provider"),
)
LONG = {
    "169.254.20.10/32, pods k8s-app=kube-dns of namespace kube-system, pods k8s-app=node-local-dns of namespace"
    " kube-system": "the DNS of the cluster",
    "all pods of this namespace": "each other",
}
"""Shorter words for some peers."""
TOP, HEIGHT, GAP = 64, 62, 12


def baseline() -> str:
    """The picture; ValueError where the example compiles to other policies than these."""
    compiled = compile_baseline(NetworkBaseline.parse(yaml.safe_load(BASELINE)), Platform())
    policies = {policy.name: policy for policy in compiled.policies}
    if policies.keys() != {part.policy for part in PARTS}:
        raise ValueError(f"the example becomes {sorted(policies)}")
    lines = BASELINE.splitlines()
    drawing = Drawing(
        960,
        400,
        "How a baseline becomes policies",
        "Each part of a NetworkBaseline becomes one NetworkPolicy: the deny selects the pods and allows nothing, each"
        " allowance adds what it allows.",
    )
    drawing.text(24, 44, "One NetworkBaseline", "b")
    drawing.text(430, 44, "the NetworkPolicies that it becomes", "b")
    drawing.box(24, TOP, 340, 284, kind="two")
    for number, line in enumerate(lines):
        drawing.text(38, _height(number), line, "c")
    for number, part in enumerate(PARTS):
        y = TOP + number * (HEIGHT + GAP)
        drawing.box(430, y, 330, HEIGHT, title=part.policy, lines=_told(policies[part.policy]))
        at = _height(lines.index(part.line)) - 4
        bend = 380 + 12 * number
        drawing.arrow((364, at), (bend, at), (bend, y + HEIGHT // 2), (428, y + HEIGHT // 2))
        drawing.arrow((760, y + HEIGHT // 2), (790, y + HEIGHT // 2), head=False)
    drawing.arrow((790, TOP + HEIGHT // 2), (790, TOP + 3 * (HEIGHT + GAP) + HEIGHT // 2), head=False)
    drawing.arrow((790, 212), (824, 212))
    drawing.box(
        826,
        132,
        116,
        160,
        title="the sum",
        lines=["policies only", "add up: what one", "of them allows", "passes, all", "else is closed"],
    )
    drawing.text(
        24,
        380,
        "The deny selects every pod and allows nothing. Each allowance is a policy of its own.",
    )
    return drawing.svg()


def _height(line: int) -> int:
    return TOP + 44 + LINE * line


def _told(policy: Policy) -> list[str]:
    """What a policy says, in two lines."""
    spec = policy.spec
    who = pods_text(spec.pods)
    ways = {"from": rules_text(spec.ingress or ()), "to": rules_text(spec.egress or ())}
    told = {way: (", ".join(whom for whom, _ in rules), rules[0][1]) for way, rules in ways.items() if rules}
    if not told:
        return [who, "closed in both directions"]
    (whom, ports), *more = told.values()
    return [f"{who}, {' and '.join(told)} {LONG.get(whom, whom)}", ports if not more or more[0][1] == ports else "…"]
