"""What is held in memory: news is told once, echoes and late news are none, and a complete list has the last word."""

import json
from typing import Any

import pytest

from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.controller.baselines import BaselineStore, read
from netbaseline.controller.contest import Contest
from netbaseline.controller.memory import Memories, Memory
from netbaseline.core.live import Live
from netbaseline.core.netpol import Policy, Spec
from netbaseline.core.normalize import digest
from tests.core.objects import live

DENY = Policy("shop", "nbl.default.deny", Spec(ingress=()))


def policy(version: int, uid: str = "a", name: str = DENY.name, namespace: str = "shop") -> Live:
    return live(Policy(namespace, name, Spec(ingress=())), version=version, uid=uid)


def body(version: int, uid: str = "a", name: str = "default", **more: Any) -> dict[str, Any]:
    """A NetworkBaseline as a watch gives it; keywords go into the metadata, but for `spec` and `status`."""
    spec, status = more.pop("spec", {}), more.pop("status", {})
    meta = {"namespace": "shop", "name": name, "uid": uid, "resourceVersion": str(version), "generation": 1, **more}
    kind = {"apiVersion": "netbaseline.dev/v1alpha1", "kind": "NetworkBaseline"}
    return {**kind, "metadata": meta, "spec": spec, "status": status}


@pytest.fixture
def news() -> list[str]:
    return []


@pytest.fixture
def policies(news: list[str]) -> PolicyStore:
    """Complete, and empty."""
    store = PolicyStore(news.append)
    store.replace([], None, 1)
    news.clear()
    return store


@pytest.fixture
def baselines(news: list[str]) -> BaselineStore:
    """Complete, and empty."""
    store = BaselineStore(news.append)
    store.replace([], None, 1)
    news.clear()
    return store


def test_a_policy_that_comes_changes_and_goes_is_news_each_time(policies: PolicyStore, news: list[str]) -> None:
    policies.seen(policy(2))
    policies.seen(policy(3))
    assert policies.of("shop")[DENY.name].resource_version == "3"
    policies.gone(policy(4))
    assert news == ["shop"] * 3
    assert (policies.of("shop"), policies.namespaces(), len(policies)) == ({}, [], 0)


def test_the_echo_of_our_own_write_and_older_news_are_none(policies: PolicyStore, news: list[str]) -> None:
    policies.written(policy(5))
    for version in (5, 4):
        policies.seen(policy(version))
    assert news == []
    assert policies.of("shop")[DENY.name].resource_version == "5"


def test_late_news_of_what_we_deleted_are_none_and_do_not_bring_it_back(policies: PolicyStore, news: list[str]) -> None:
    policies.written(policy(5))
    policies.removed_by_us(policy(5))
    policies.seen(policy(6))
    policies.gone(policy(7))
    assert news == []
    assert policies.of("shop") == {}


def test_an_answer_that_comes_after_the_news_of_the_objects_end_does_not_bring_it_back(policies: PolicyStore) -> None:
    policies.gone(policy(6))
    policies.written(policy(5))
    assert policies.of("shop") == {}


def test_the_end_of_a_former_object_of_the_name_does_not_take_its_successor_away(
    policies: PolicyStore, news: list[str]
) -> None:
    policies.seen(policy(5, uid="new"))
    news.clear()
    policies.gone(policy(6, uid="old"))
    assert policies.of("shop")[DENY.name].uid == "new"
    assert news == []


def test_a_complete_list_takes_away_what_is_not_in_it_but_nothing_newer(policies: PolicyStore, news: list[str]) -> None:
    policies.seen(policy(5, name="old"))
    policies.seen(policy(9, name="new"))
    policies.seen(policy(5, namespace="pay"))
    news.clear()
    policies.replace([policy(6, name="listed"), policy(5, namespace="pay")], None, 8)
    assert policies.of("shop").keys() == {"listed", "new"}
    assert news == ["shop"]


def test_a_list_of_one_namespace_leaves_the_others_alone(news: list[str]) -> None:
    policies = PolicyStore(news.append)
    policies.replace([policy(2)], "shop", 2)
    assert (policies.complete("shop"), policies.complete("pay")) == (True, False)
    policies.replace([policy(2, namespace="pay")], "pay", 2)
    policies.replace([], "pay", 3)
    assert policies.of("shop").keys() == {DENY.name}


def test_nothing_is_complete_before_the_first_list_and_that_is_news_everywhere(news: list[str]) -> None:
    policies = PolicyStore(news.append)
    policies.seen(policy(2))
    assert not policies.complete("shop")
    news.clear()
    policies.replace([policy(2)], None, 2)
    assert policies.complete("shop")
    assert news == ["shop"]


def test_what_a_turn_holds_of_a_store_does_not_change_under_it(policies: PolicyStore) -> None:
    held = policies.of("shop")
    policies.seen(policy(2))
    assert held == {}


def test_namespaces_are_present_until_they_begin_to_go(news: list[str]) -> None:
    store = NamespaceStore(news.append)
    assert store.present("shop"), "where namespaces are not watched nobody can say that one is missing"
    store.replace([("shop", False), ("old", True)])
    assert (store.present("shop"), store.present("old"), store.present("none")) == (True, False, False)
    news.clear()
    store.seen("shop", terminating=False)
    assert news == []
    store.seen("shop", terminating=True)
    assert not store.present("shop")
    store.gone("shop")
    store.gone("shop")
    assert (news, store.names()) == (["shop", "shop"], ["old"])


def test_a_baseline_is_news_when_its_meaning_changes_and_not_when_its_status_does(
    baselines: BaselineStore, news: list[str]
) -> None:
    baselines.seen(body(2))
    baselines.seen(body(3, status={"observedGeneration": 1}))
    baselines.seen(body(4, labels={"team": "shop"}, annotations={"argocd.argoproj.io/x": "y"}))
    assert news == ["shop"]
    assert baselines.of("shop")[0].status == {}
    baselines.seen(body(5, generation=2))
    baselines.seen(body(6, generation=2, annotations={"netbaseline.dev/reconcile-at": "now"}))
    baselines.seen(body(7, generation=2, deletionTimestamp="2026-01-01T00:00:00Z"))
    assert news == ["shop"] * 4
    assert baselines.of("shop")[0].leaving


def test_older_news_of_a_baseline_are_none(baselines: BaselineStore, news: list[str]) -> None:
    baselines.seen(body(5, generation=2))
    baselines.seen(body(4, generation=1))
    assert (baselines.of("shop")[0].generation, news) == (2, ["shop"])


def test_the_end_of_a_former_baseline_does_not_take_its_successor_away(baselines: BaselineStore) -> None:
    baselines.seen(body(5, uid="new"))
    baselines.gone("shop", "default", "old")
    assert [item.uid for item in baselines.of("shop")] == ["new"]
    baselines.gone("shop", "default", "new")
    assert (baselines.of("shop"), len(baselines), baselines.namespaces()) == ((), 0, [])


def test_a_list_that_is_older_than_the_end_of_a_baseline_does_not_bring_it_back(baselines: BaselineStore) -> None:
    baselines.seen(body(5))
    baselines.gone("shop", "default", "a")
    baselines.listed(body(5))
    baselines.replace({"a"}, None, 6)
    assert baselines.of("shop") == ()


def test_a_complete_list_of_baselines_has_the_last_word(baselines: BaselineStore, news: list[str]) -> None:
    baselines.seen(body(5, name="old", uid="old"))
    baselines.seen(body(9, name="new", uid="new"))
    news.clear()
    baselines.listed(body(6))
    baselines.replace({"a"}, None, 8)
    assert [item.name for item in baselines.of("shop")] == ["default", "new"]
    assert set(news) == {"shop"}


def test_the_status_that_we_wrote_is_known_ahead_of_its_echo(baselines: BaselineStore) -> None:
    baselines.seen(body(2))
    (item,) = baselines.of("shop")
    baselines.reported(item, {"observedGeneration": 1, "forecast": None})
    assert baselines.of("shop")[0].status == {"observedGeneration": 1}
    baselines.seen(body(3, uid="successor"))
    baselines.reported(item, {"observedGeneration": 7})
    assert baselines.of("shop")[0].status == {}


def test_our_own_writes_are_told_apart_from_news() -> None:
    news: list[str] = []
    own: list[str] = []
    store = PolicyStore(news.append, own.append)
    store.written(policy(2))
    store.seen(policy(2))
    assert (news, own) == ([], ["shop"])
    store.removed_by_us(policy(2))
    store.gone(policy(3))
    assert (news, own) == ([], ["shop", "shop"])


def test_a_status_of_ours_is_told_when_it_puts_a_baseline_in_force_or_ends_that() -> None:
    own: list[str] = []
    store = BaselineStore(lambda _: None, own.append)
    store.seen(body(2))
    (item,) = store.of("shop")
    in_force = {"conditions": [{"type": "Programmed", "status": "True"}]}
    store.reported(item, in_force)
    store.reported(item, {**in_force, "coverage": {"summary": "1/1"}})
    assert own == ["shop"]
    store.reported(item, {"conditions": [{"type": "Programmed", "status": "False"}]})
    assert own == ["shop", "shop"]


def test_baselines_that_are_alike_share_their_spec_and_nothing_else() -> None:
    spec = {"allow": {"ingress": [{"name": "in", "from": [{"podSelector": {}}]}]}}
    one, two = (read(body(2, uid=uid, name=uid, spec=json.loads(json.dumps(spec)))) for uid in "ab")
    assert one.parsed is not None
    assert two.parsed is not None
    assert one.parsed.spec is two.parsed.spec
    assert (one.parsed.metadata.name, two.parsed.metadata.name) == ("a", "b")


def test_a_baseline_that_makes_no_sense_is_kept_with_what_is_wrong() -> None:
    item = read(body(2, spec={"mode": "Enforced"}))
    assert item.parsed is None
    assert [problem.path for problem in item.problems] == ["spec.mode"]


def test_what_was_written_is_remembered_until_it_is_removed() -> None:
    memory = Memory(Contest(lambda: 0.0))
    memory.wrote(DENY, policy(2))
    assert (memory.programmed, memory.known) == ({DENY.name: digest(DENY)}, {DENY.name: "a"})
    memory.removed(DENY.name)
    assert (memory.programmed, memory.known) == ({}, {})


def test_a_memory_keeps_only_what_belongs_to_baselines_that_are_there() -> None:
    memory = Memory(Contest(lambda: 0.0))
    memory.seeded = {"a", "b"}
    for name in ("nbl.default.deny", "nbl.other.deny"):
        memory.wrote(Policy("shop", name, Spec(ingress=())), policy(2, name=name))
    memory.keep_only({"default": "a"})
    assert (memory.seeded, set(memory.known), set(memory.programmed)) == ({"a"}, {DENY.name}, {DENY.name})


def test_each_namespace_has_a_memory_of_its_own_until_it_is_forgotten() -> None:
    memories = Memories(lambda: 0.0)
    memories.of("shop").seeded.add("a")
    assert memories.of("shop").seeded == {"a"}
    assert memories.of("pay").seeded == set()
    memories.forget("shop")
    assert memories.of("shop").seeded == set()
