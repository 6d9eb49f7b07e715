"""What to write, whom a policy belongs to, and what counts as drift."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netbaseline.core.compile import compile_baseline
from netbaseline.core.drift import Drift, DriftType, drifts
from netbaseline.core.live import Live
from netbaseline.core.netpol import Policy, Rule, Spec
from netbaseline.core.normalize import digest
from netbaseline.core.plan import Conflict, Owner, Plan, plan, without_conflicting, without_removals
from tests.core.baselines import PLATFORM, baseline, specs
from tests.core.objects import KUBECTL, OURS, live

UID = "uid-1"
OWNER = Owner("default", UID)


def wanted(spec: dict[str, Any] | None = None, *, name: str = "default", uid: str = UID) -> list[Policy]:
    return list(compile_baseline(baseline(spec or {}, name, uid=uid), PLATFORM).policies)


DENY, DNS, SAME = wanted({"allow": {"sameNamespace": {}}})


def state(*found: Live) -> dict[str, Live]:
    return {item.name: item for item in found}


def names_of(found: Plan) -> dict[str, list[str]]:
    """Everything that a plan does, by name."""
    return {
        "create": [policy.name for policy in found.create],
        "update": [policy.name for policy, _ in found.update],
        "unchanged": [policy.name for policy in found.unchanged],
        "conflicts": [conflict.name for conflict in found.conflicts],
        "delete": [there.name for there in found.delete],
        "forged": [there.name for there in found.forged],
    }


def does(found: Plan) -> dict[str, list[str]]:
    """The parts of a plan in which there is anything."""
    return {kind: listed for kind, listed in names_of(found).items() if listed}


def test_what_is_missing_is_created() -> None:
    assert does(plan([DENY, DNS], {}, [OWNER])) == {"create": [DENY.name, DNS.name]}


def test_what_is_there_as_wanted_is_left_alone() -> None:
    found = plan([DENY, DNS], state(live(DENY), live(DNS)), [OWNER])
    assert does(found) == {"unchanged": [DENY.name, DNS.name]}
    assert found.quiet


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"ingress": [{}]}},
        {"spec": {"egress": [{}]}},
        {"spec": {"policyTypes": ["Ingress"]}},
        {"spec": {"podSelector": {"matchLabels": {"app": "a"}}}},
        {"metadata": {"labels": {}}},
        {"metadata": {"labels": {**DENY.labels, "netbaseline.dev/baseline": "other"}}},
        {"metadata": {"annotations": {"netbaseline.dev/baseline-uid": UID}}},
        {"metadata": {"annotations": {**DENY.annotations, "netbaseline.dev/owner": "somebody"}}},
        {"metadata": {"ownerReferences": []}},
    ],
    ids=str,
)
def test_whatever_of_it_is_ours_is_put_right(change: dict[str, Any]) -> None:
    assert does(plan([DENY], state(live(DENY, **change)), [OWNER])) == {"update": [DENY.name]}


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {"labels": {**DENY.labels, "team": "shop"}}},
        {"metadata": {"annotations": {**DENY.annotations, "kubectl.kubernetes.io/x": "y"}}},
        {"metadata": {"finalizers": ["example.com/x"]}},
        {"version": 77},
        {"managers": (OURS, KUBECTL)},
    ],
    ids=str,
)
def test_what_others_add_to_the_metadata_is_theirs(change: dict[str, Any]) -> None:
    assert does(plan([DENY], state(live(DENY, **change)), [OWNER])) == {"unchanged": [DENY.name]}


def test_another_spelling_of_the_same_meaning_is_no_change() -> None:
    spelled = {"egress": DNS_MANIFEST_TURNED, "ingress": None}
    assert does(plan([DNS], state(live(DNS, spec=spelled)), [OWNER])) == {"unchanged": [DNS.name]}


DNS_MANIFEST_TURNED = [
    {
        "ports": [{"port": 53, "protocol": "UDP", "endPort": 53}, {"port": 53}],
        "to": [
            {
                "podSelector": {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            },
            {"ipBlock": {"cidr": "169.254.20.10/32"}},
            {
                "podSelector": {"matchLabels": {"k8s-app": "node-local-dns"}},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            },
        ],
    }
]


def test_under_retain_the_owner_reference_goes_and_the_uid_still_proves_ownership() -> None:
    retained = wanted({"deletionPolicy": "Retain"})
    assert does(plan(retained, state(live(DENY), live(DNS)), [OWNER])) == {"update": [DENY.name, DNS.name]}
    kept = state(*map(live, retained))
    assert plan(retained, kept, [OWNER]).quiet
    assert does(plan([DENY, DNS], kept, [OWNER])) == {"update": [DENY.name, DNS.name]}


FOREIGN: dict[str, Any] = {
    "metadata": {"labels": {}, "annotations": {}, "ownerReferences": []},
    "managers": (KUBECTL,),
}


def test_a_foreign_policy_under_our_name_is_a_conflict_that_names_its_writer() -> None:
    found = plan([DENY, DNS], state(live(DENY, **FOREIGN)), [OWNER])
    assert found.conflicts == (Conflict("default", DENY.name, False, "kubectl-edit"),)
    assert does(found) == {"create": [DNS.name], "conflicts": [DENY.name]}
    assert does(without_conflicting(found)) == {"conflicts": [DENY.name]}


def test_a_baseline_with_a_conflict_keeps_what_it_has_even_what_it_no_longer_declares() -> None:
    cluster = state(live(DENY, **FOREIGN), live(DNS, spec={"egress": []}), live(SAME))
    found = plan([DENY, DNS], cluster, [OWNER])
    assert does(found) == {"update": [DNS.name], "conflicts": [DENY.name], "delete": [SAME.name]}
    assert does(without_conflicting(found)) == {"conflicts": [DENY.name]}


def test_a_foreign_policy_is_adopted_where_the_baseline_says_so() -> None:
    found = plan([DENY], state(live(DENY, **FOREIGN)), [replace(OWNER, adopts=True)])
    assert does(found) == {"update": [DENY.name]}


def test_a_label_proves_nothing() -> None:
    forged = live(DENY, metadata={"annotations": {}, "ownerReferences": []}, managers=(KUBECTL,))
    assert does(plan([DENY], state(forged), [OWNER])) == {"conflicts": [DENY.name]}


def test_a_policy_of_an_earlier_baseline_of_the_same_name_waits_for_the_garbage_collector() -> None:
    former = live(wanted(uid="uid-0")[0])
    (conflict,) = plan([DENY], state(former), [OWNER]).conflicts
    assert conflict.former


def test_a_policy_that_we_wrote_and_somebody_stripped_of_its_owner_is_still_ours() -> None:
    stripped = live(DENY, **FOREIGN)
    assert does(plan([DENY], state(stripped), [replace(OWNER, known={DENY.name: stripped.uid})])) == {
        "update": [DENY.name]
    }
    assert does(plan([DENY], state(stripped), [replace(OWNER, known={DENY.name: "another"})])) == {
        "conflicts": [DENY.name]
    }


def test_a_policy_of_ours_that_is_no_longer_wanted_goes() -> None:
    assert does(plan([DENY], state(live(DENY), live(DNS)), [OWNER])) == {"unchanged": [DENY.name], "delete": [DNS.name]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"delete": [DNS.name]}),
        ({"managers": (KUBECTL,)}, {"forged": [DNS.name]}),
        ({"managers": (("netbaseline", "Update"),)}, {"forged": [DNS.name]}),
        ({"metadata": {"labels": {}}}, {}),
        ({"metadata": {"annotations": {}, "ownerReferences": []}}, {}),
        ({"metadata": {"annotations": {"netbaseline.dev/baseline-uid": "uid-0"}, "ownerReferences": []}}, {}),
    ],
    ids=["all three", "never applied", "only updated", "no label", "no UID", "another UID"],
)
def test_deleting_an_orphan_takes_our_label_our_uid_and_our_field_manager(
    change: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    assert does(plan([], state(live(DNS, **change)), [OWNER])) == expected


def test_policies_of_baselines_that_are_not_asked_about_are_left_alone() -> None:
    other = wanted(name="other", uid="uid-2")
    assert does(plan([DENY, DNS], state(live(DENY), live(DNS), *map(live, other)), [OWNER])) == {
        "unchanged": [DENY.name, DNS.name]
    }


def test_a_conflict_of_one_baseline_does_not_stop_another() -> None:
    other = wanted(name="other", uid="uid-2")
    owners = [OWNER, Owner("other", "uid-2")]
    found = without_conflicting(plan([DENY, DNS, *other], state(live(DENY, **FOREIGN)), owners))
    assert does(found) == {"create": [policy.name for policy in other], "conflicts": [DENY.name]}


def test_removals_of_a_baseline_that_waits_for_confirmation_are_left_out_and_nothing_else() -> None:
    found = plan([DENY], state(live(DNS)), [OWNER])
    assert does(without_removals(found, ["default"])) == {"create": [DENY.name]}
    assert does(without_removals(found, ["other"])) == {"create": [DENY.name], "delete": [DNS.name]}


@given(specs, specs)
def test_after_a_plan_is_carried_out_the_next_one_is_quiet(before: dict[str, Any], after: dict[str, Any]) -> None:
    cluster = state(*(live(policy) for policy in wanted(before)))
    found = plan(wanted(after), cluster, [OWNER])
    for policy in (*found.create, *(policy for policy, _ in found.update)):
        cluster[policy.name] = live(policy, version=2)
    for there in found.delete:
        del cluster[there.name]
    assert not found.conflicts
    assert set(cluster) == {policy.name for policy in wanted(after)}
    assert plan(wanted(after), cluster, [OWNER]).quiet


@given(st.sets(st.sampled_from(("gone", "changed", "extra"))))
def test_drift_is_what_has_to_be_written_although_we_wrote_it_before(found: set[str]) -> None:
    there = [live(DNS, spec={"egress": [{}]}, managers=(OURS, KUBECTL)) if "changed" in found else live(DNS)]
    there += [] if "gone" in found else [live(DENY)]
    there += [live(SAME)] if "extra" in found else []
    planned = plan([DENY, DNS], state(*there), [OWNER])
    told = drifts(planned, {policy.name: digest(policy) for policy in (DENY, DNS)})
    expected = {
        "gone": Drift(DriftType.MISSING, DENY.name, "default"),
        "changed": Drift(DriftType.MODIFIED, DNS.name, "default", "kubectl-edit"),
        "extra": Drift(DriftType.ORPHANED, SAME.name, "default"),
    }
    assert set(told) == {expected[kind] for kind in found}


def test_following_a_change_of_the_baseline_is_no_drift() -> None:
    planned = plan([replace(DENY, spec=Spec(ingress=()))], state(live(DENY), live(DNS)), [OWNER])
    written = {policy.name: digest(policy) for policy in (DENY, DNS)}
    assert does(planned) == {"update": [DENY.name], "delete": [DNS.name]}
    assert drifts(planned, written) == ()


def test_what_we_never_wrote_is_not_missing() -> None:
    assert drifts(plan([DENY], {}, [OWNER]), {}) == ()


def test_a_bridge_of_a_turn_that_died_is_cleaned_up_and_no_drift() -> None:
    bridge = live(replace(DENY, name="nbl.default.bridge", spec=Spec(ingress=(Rule(),))))
    planned = plan([DENY], state(live(DENY), bridge), [OWNER])
    assert does(planned) == {"unchanged": [DENY.name], "delete": ["nbl.default.bridge"]}
    assert drifts(planned, {}) == ()


def test_the_writer_told_is_the_last_one_that_is_not_us_and_wrote_after_us() -> None:
    first, last = ("kubectl-edit", "Update"), ("argocd-controller", "Apply")
    assert live(DENY, managers=(OURS, first, last)).last_writer == "argocd-controller"
    assert live(DENY, managers=(first, OURS, last)).last_writer == "argocd-controller"
    assert live(DENY, managers=(first, last, OURS)).last_writer is None
    assert live(DENY, managers=(OURS,)).last_writer is None


def test_only_references_to_network_baselines_count_as_owners() -> None:
    references = [
        {"apiVersion": "v1", "kind": "NetworkBaseline", "name": "default", "uid": UID},
        {"apiVersion": "netbaseline.dev/v1alpha1", "kind": "Other", "name": "default", "uid": UID},
    ]
    there = live(DENY, metadata={"ownerReferences": references, "annotations": {}})
    assert not there.owned_by(UID)


def test_no_uid_owns_nothing() -> None:
    there = live(DENY, metadata={"annotations": {"netbaseline.dev/baseline-uid": ""}, "ownerReferences": []})
    assert not there.owned_by("")
