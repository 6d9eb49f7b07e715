"""The compiled policies of a baseline let a flow pass exactly when the baseline's spec says so."""

from itertools import product
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from netbaseline.core.compile import Denial, compile_baseline, denial
from netbaseline.core.verdict import Applied, Endpoint, Flow, decide
from tests.core.baselines import PLATFORM, SERVERS, baseline, specs
from tests.core.reference import may_pass
from tests.core.strategies import NAMESPACE, OUTSIDE, PODS, STRANGERS

Json = dict[str, Any]

DNS = Endpoint("kube-system", {"k8s-app": "kube-dns"}, {}, ("10.0.2.1",))
ADDRESSES = [Endpoint(None, ips=(address,)) for address in ("169.254.20.10", "2001:db8::1", "2001:db8:1::1")]
OTHERS = [*STRANGERS, DNS, *OUTSIDE, *ADDRESSES]
PAIRS = [*product(PODS, PODS), *product(PODS, OTHERS), *product(OTHERS, PODS)]
SERVED = ((80, "TCP"), (81, "TCP"), (81, "UDP"), (53, "UDP"), (53, "TCP"))


def compiled(found: list[Json]) -> list[Applied]:
    """The policies of baselines that live in one namespace, each knowing the denials of the others."""
    parsed = [baseline(spec, f"baseline-{number}") for number, spec in enumerate(found)]
    policies: list[Applied] = []
    for item in parsed:
        others: list[Denial] = [denial(other.spec) for other in parsed if other is not item]
        result = compile_baseline(item, PLATFORM, others)
        assert not result.refusals
        policies += [Applied(policy.namespace, policy.name, policy.spec) for policy in result.policies]
    return policies


def check(found: list[Json], data: st.DataObject) -> None:
    """Compare on flows of every pair of ends; ports in turn, so that an example stays cheap."""
    policies = compiled(found)
    first = data.draw(st.integers(0, len(SERVED) - 1), label="first port")
    passed = 0
    for number, (source, destination) in enumerate(PAIRS):
        port, protocol = SERVED[(first + number) % len(SERVED)]
        flow = Flow(source, destination, port, protocol)
        expected = may_pass(found, flow, SERVERS)
        verdict = decide(policies, flow)
        assert verdict.allowed == expected, f"{flow}: {verdict}"
        passed += expected
    event(f"{passed * 10 // len(PAIRS) * 10} % pass")


@given(specs, st.data())
def test_a_compiled_baseline_allows_a_flow_exactly_when_its_spec_says_so(spec: Json, data: st.DataObject) -> None:
    check([spec], data)


@given(st.lists(specs, min_size=2, max_size=3), st.data())
def test_several_baselines_of_a_namespace_allow_together_what_each_of_them_says(
    found: list[Json], data: st.DataObject
) -> None:
    check(found, data)


@given(specs)
def test_no_pod_is_isolated_in_a_direction_that_is_not_denied_for_it(spec: Json) -> None:
    policies = compiled([spec])
    denied = spec.get("defaultDeny", ["Ingress", "Egress"])
    covered = denial(baseline(spec).spec).pods
    for pod in PODS:
        verdict = decide(policies, Flow(pod, pod, 80))
        assert bool(verdict.ingress.isolating) == ("Ingress" in denied and covered.matches(pod.labels))
        assert bool(verdict.egress.isolating) == ("Egress" in denied and covered.matches(pod.labels))


def test_all_policies_stay_in_the_namespace_of_their_baseline() -> None:
    assert {policy.namespace for policy in compiled([{"allow": {"sameNamespace": {}, "kubeAPIServer": {}}}])} == {
        NAMESPACE
    }
