"""NetworkBaselines in the input count as if the operator had applied them."""

from typing import Any

import pytest

from netbaseline.core.netpol import spec_from_manifest
from netbaseline.core.platform import Platform, ServerAddress
from tests.core.manifests.given import fine, gathered, policies, problem
from tests.core.manifests.test_policies import policy


def baseline(name: str = "default", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "netbaseline.dev/v1alpha1",
        "kind": "NetworkBaseline",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"allow": {"dns": {"enabled": False}}, "defaultDeny": ["Ingress"], **spec},
    }


def names(*objects: Any) -> list[str]:
    return [str(item) for item in policies(*objects)]


def test_its_policies_are_there_with_its_name_and_place() -> None:
    found = fine(baseline()).inventory
    (applied,) = found.policies
    assert (str(applied), applied.baseline) == ("shop/nbl.default.deny", "default")
    assert applied.origin is not None
    assert applied.origin.line("") == 10
    assert spec_from_manifest(applied.manifest["spec"]) == applied.spec  # type: ignore[arg-type]
    assert [(item.namespace, item.name) for item in found.baselines] == [("shop", "default")]


@pytest.mark.parametrize("spec", [{"mode": "Audit"}, {"suspend": True}], ids=["audit", "suspended"])
def test_one_that_writes_nothing_adds_nothing_and_is_still_listed(spec: dict[str, Any]) -> None:
    found = fine(baseline(**spec)).inventory
    assert found.policies == ()
    assert len(found.baselines) == 1
    assert set(found.namespaces) == {"shop"}


def test_a_live_policy_of_the_same_name_is_replaced_where_it_stands() -> None:
    opened = policy("nbl.default.deny", ingress=[{}])
    found = policies(opened, policy("other"), baseline())
    assert [(item.name, item.spec.ingress) for item in found] == [("nbl.default.deny", ()), ("other", ())]


def test_a_live_policy_stays_as_it_is_under_a_suspended_baseline() -> None:
    (found,) = policies(policy("nbl.default.deny", ingress=[{}]), baseline(suspend=True))
    assert found.spec.ingress is not None
    assert len(found.spec.ingress) == 1
    assert found.baseline is None


RULE = {"dns": {"enabled": False}, "ingress": [{"name": "a", "from": [{"podSelector": {}}]}]}


def test_a_rule_counts_where_another_baseline_of_the_namespace_denies() -> None:
    rules = baseline("rules", defaultDeny=["Egress"], allow=RULE)
    assert "shop/nbl.rules.rule.a" not in names(rules)
    assert "shop/nbl.rules.rule.a" in names(rules, baseline("deny"))
    assert "shop/nbl.rules.rule.a" not in names(rules, baseline("deny", mode="Audit"))


def test_what_stands_of_a_suspended_baseline_denies_for_the_others() -> None:
    rules = baseline("rules", defaultDeny=["Egress"], allow=RULE)
    suspended = baseline("deny", suspend=True)
    assert "shop/nbl.rules.rule.a" not in names(rules, suspended)
    assert "shop/nbl.rules.rule.a" in names(rules, suspended, policy("nbl.deny.deny"))


def test_findings_of_a_baseline_are_notes_with_their_place() -> None:
    (note,) = fine(baseline("rules", defaultDeny=["Egress"], allow=RULE)).notes[:1]
    assert str(note).startswith("x.yaml:10: document 1: spec.allow.")


def test_what_only_a_cluster_can_tell_is_noted_and_the_rest_counts() -> None:
    asks = baseline(defaultDeny=["Egress"], allow={"dns": {"enabled": False}, "kubeAPIServer": {}})
    found = fine(asks)
    assert [item.name for item in found.inventory.policies] == ["nbl.default.deny"]
    assert any("spec.allow.kubeAPIServer: NothingDiscovered" in str(note) for note in found.notes)
    known = fine(asks, platform=Platform((ServerAddress("192.0.2.1", 6443),)))
    assert [item.name for item in known.inventory.policies] == ["nbl.default.deny", "nbl.default.kube-api-server"]


def test_one_that_the_operator_would_not_accept_writes_nothing_and_is_a_problem() -> None:
    asks = baseline(allow={"ingressController": {}})
    found = gathered(asks, baseline("other"))
    assert [item.name for item in found.inventory.policies] == ["nbl.other.deny"]
    assert [item.path for item in found.problems] == ["spec.allow.ingressController"] * len(found.problems)
    assert found.problems


def test_an_invalid_one_is_told_by_field() -> None:
    assert "document 1: spec.mode: must be " in problem(baseline(mode="On"))


def test_the_same_baseline_twice_is_a_problem_with_both_places() -> None:
    assert problem(baseline(), baseline()).endswith("NetworkBaseline shop/default was given before, at x.yaml:10")


def test_one_without_a_namespace_is_in_the_default_one() -> None:
    bare = baseline()
    del bare["metadata"]["namespace"]
    found = fine(bare, namespace="staging").inventory
    assert [str(item) for item in found.policies] == ["staging/nbl.default.deny"]
    assert found.baselines[0].namespace == "staging"
