"""What is judged when, and what a status is told when, with a clock that the tests set."""

import asyncio
import tracemalloc
from dataclasses import dataclass, field

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.api.v1alpha1 import Direction
from netbaseline.cluster.pods import PodSink
from netbaseline.cluster.store import NamespaceStore, PolicyStore
from netbaseline.controller.baselines import BaselineStore
from netbaseline.controller.coverage import COALESCE, GIVE_WAY, CoverageBook, Stores
from netbaseline.core.conditions import Situation
from netbaseline.core.coverage.share import Share
from netbaseline.core.coverage.states import NamespaceState, State
from netbaseline.core.decision import Baseline
from netbaseline.core.live import from_manifest
from netbaseline.core.sharing import MOST
from netbaseline.core.status import AS_BEFORE, Report, manifest
from tests.controller.fake_cluster import Json

INTERVAL = 30.0


def pod(name: str, *, phase: str = "Running", ip: str = "10.0.0.1", **labels: str) -> Json:
    return {
        "metadata": {"namespace": "shop", "name": name, "labels": labels},
        "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9090}]}]},
        "status": {"phase": phase, "podIPs": [{"ip": ip}]},
    }


def deny(uid: str | None = None) -> Json:
    owner = {"apiVersion": API_VERSION, "kind": KIND, "name": "default", "uid": uid, "controller": True}
    return {
        "metadata": {
            "namespace": "shop",
            "name": "nbl.default.deny",
            "uid": "of the policy",
            "resourceVersion": "5",
            "ownerReferences": [owner] if uid else [],
        },
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


@dataclass
class Scene:
    """Stores, and a book over them; `published` and `news` are the namespaces that were told."""

    now: float = 1000.0
    busy: bool = False
    turning: bool = False
    published: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.namespaces = NamespaceStore(lambda _: None)
        self.policies = PolicyStore(lambda _: None)
        self.baselines = BaselineStore(lambda _: None)
        self.book = CoverageBook(
            Stores(self.namespaces, self.baselines, self.policies),
            clock=lambda: self.now,
            busy=lambda: self.busy,
            enforced=lambda: True,
            publish=self.published.append,
            interval=INTERVAL,
            turning=lambda _: self.turning,
        )
        self.book.foreign.awaits(())
        self.sink = PodSink(self.book.pods, None)
        self.namespaces.replace([("shop", False)])
        self.policies.replace([], None, 1)

    def pods(self, *bodies: Json) -> None:
        """A complete list."""
        self.sink.replace([self.sink.parse(body) for body in bodies], 1)

    def seen(self, body: Json) -> None:
        self.sink.seen(self.sink.parse(body))

    def baseline(self, *, programmed: bool = True) -> Baseline:
        """One that is there, and whose status says whether its policies are."""
        status = {"conditions": [{"type": "Programmed", "status": str(programmed)}]}
        metadata = {"namespace": "shop", "name": "default", "uid": "u", "resourceVersion": "3", "generation": 1}
        body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": {}, "status": status}
        self.baselines.seen(body)
        [found] = self.baselines.of("shop")
        return found

    def states(self) -> dict[State, int]:
        self.book.judge("shop")
        judged = self.book.judged("shop")
        return {} if judged is None else dict(judged.counts(Direction.INGRESS))

    def marked(self) -> set[str]:
        """What waits to be judged; and then it waits no more."""
        found = set(self.book.marked)
        self.book.marked.clear()
        return found


async def test_what_changes_again_while_it_waits_is_judged_once() -> None:
    scene = Scene(busy=True)
    scene.pods()
    judged: list[str] = []
    scene.book.judge = judged.append  # type: ignore[method-assign,assignment]
    running = asyncio.ensure_future(scene.book.run())
    scene.book.changed("cart")
    await asyncio.sleep(COALESCE + GIVE_WAY)
    assert judged == []
    for name in ("shop", "cart"):
        scene.book.changed(name)
    scene.busy = False
    while scene.book.marked:
        await asyncio.sleep(GIVE_WAY)
    running.cancel()
    assert judged == ["shop", "cart"]


def test_nothing_is_judged_before_all_pods_have_been_heard_of() -> None:
    scene = Scene()
    assert scene.states() == {}
    scene.pods(pod("web"))
    assert scene.marked() == {"shop"}
    assert scene.states() == {State.OPEN: 1}


def test_only_what_coverage_hangs_on_is_news() -> None:
    scene = Scene()
    scene.pods(pod("web"))
    scene.marked()
    scene.seen(pod("web", ip="10.0.0.2"))
    assert scene.marked() == set()
    scene.seen(pod("web", app="web"))
    assert scene.marked() == {"shop"}
    scene.seen(pod("other"))
    assert scene.marked() == {"shop"}
    scene.seen(pod("web", phase="Succeeded"))
    assert scene.marked() == {"shop"}
    scene.seen(pod("web", phase="Succeeded"))
    assert scene.marked() == set()
    assert len(scene.book.pods) == 1


def test_a_list_that_says_what_is_known_is_no_news() -> None:
    scene = Scene()
    scene.pods(pod("web"))
    scene.marked()
    scene.pods(pod("web", ip="10.0.0.3"))
    assert scene.marked() == set()
    scene.pods()
    assert scene.marked() == {"shop"}


def test_named_ports_are_kept_and_pods_that_are_alike_share_their_labels() -> None:
    scene = Scene()
    scene.pods(pod("web-1", app="web"), pod("web-2", app="web"))
    one, two = scene.book.pods.of("shop")
    assert [port.name for port in one.ports] == ["http"]
    assert one.labels is two.labels


def test_labels_of_pods_that_have_gone_are_not_kept_for_ever() -> None:
    scene = Scene()

    def run_jobs(first: int) -> int:
        """So many pods come and go, each with labels of its own; the bytes that are in use then."""
        for number in range(first, first + 2 * MOST):
            parsed = scene.sink.parse(pod("job", run=str(number)))
            scene.sink.seen(parsed)
            scene.sink.gone(parsed)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        full = run_jobs(0)
        assert run_jobs(2 * MOST) - full < MOST * 50
    finally:
        tracemalloc.stop()


def test_a_pod_is_conformant_when_the_deny_is_ours_and_the_baseline_is_in_force() -> None:
    scene = Scene()
    scene.pods(pod("web"))
    scene.policies.replace([from_manifest(deny())], None, 9)
    scene.baseline()
    assert scene.states() == {State.ISOLATED: 1}
    scene.policies.replace([from_manifest(deny("u"))], None, 9)
    assert scene.states() == {State.CONFORMANT: 1}
    scene = Scene()
    scene.pods(pod("web"))
    scene.policies.replace([from_manifest(deny("u"))], None, 9)
    scene.baseline(programmed=False)
    assert scene.states() == {State.ISOLATED: 1}


def test_the_first_coverage_is_shown_at_once_and_each_later_one_when_the_interval_is_over() -> None:
    scene = Scene()
    baseline = scene.baseline()
    assert scene.book.of(baseline) == AS_BEFORE
    scene.pods(pod("web"))
    scene.book.judge("shop")
    scene.book.publish_due()
    assert scene.published == ["shop"]
    assert _pods(scene, baseline) == 1
    for number in range(5):
        scene.seen(pod(f"more-{number}"))
        scene.book.judge("shop")
        scene.book.publish_due()
    assert (scene.published, _pods(scene, baseline)) == (["shop"], 1)
    scene.now += INTERVAL
    scene.book.publish_due()
    assert (scene.published, _pods(scene, baseline)) == (["shop", "shop"], 6)
    scene.now += INTERVAL
    scene.book.publish_due()
    assert scene.published == ["shop", "shop"]


def test_what_we_have_written_ourselves_is_shown_before_the_interval_is_over_and_after_the_turn() -> None:
    scene = Scene()
    baseline = scene.baseline()
    scene.pods(pod("web"))
    scene.book.judge("shop")
    scene.book.publish_due()
    assert _covered(scene, baseline) == 0
    scene.turning = True
    scene.policies.written(from_manifest(deny("u")))
    scene.book.changed_by_us("shop")
    scene.book.judge("shop")
    scene.book.publish_due()
    assert (scene.published, _covered(scene, baseline)) == (["shop"], 0)
    scene.turning = False
    scene.book.publish_due()
    assert (scene.published, _covered(scene, baseline)) == (["shop", "shop"], 1)
    scene.seen(pod("more"))
    scene.book.judge("shop")
    scene.book.publish_due()
    assert scene.published == ["shop", "shop"], "a pod of somebody's waits as ever"


def test_a_write_of_ours_that_changes_no_coverage_hurries_nothing() -> None:
    scene = Scene()
    scene.baseline()
    scene.pods(pod("web"))
    scene.book.judge("shop")
    scene.book.publish_due()
    scene.book.changed_by_us("shop")
    scene.book.judge("shop")
    scene.seen(pod("more"))
    scene.book.judge("shop")
    scene.book.publish_due()
    assert scene.published == ["shop"]


def test_the_first_coverage_is_not_that_of_the_middle_of_a_turn() -> None:
    scene = Scene(turning=True)
    baseline = scene.baseline()
    scene.pods(pod("web"))
    scene.book.judge("shop")
    scene.book.publish_due()
    assert (scene.published, scene.book.of(baseline)) == ([], AS_BEFORE)


def _covered(scene: Scene, baseline: Baseline) -> int:
    found = scene.book.of(baseline)
    assert isinstance(found, Share)
    return found.covered


def _pods(scene: Scene, baseline: Baseline) -> int:
    found = scene.book.of(baseline)
    assert isinstance(found, Share)
    return found.pods


def test_a_namespace_that_is_gone_is_forgotten() -> None:
    scene = Scene()
    scene.pods(pod("web"))
    scene.book.judge("shop")
    assert scene.book.judged("shop") is not None
    scene.namespaces.gone("shop")
    scene.book.judge("shop")
    assert scene.book.judged("shop") is None


def test_where_the_right_is_taken_away_coverage_is_unknown_until_it_is_back() -> None:
    scene = Scene()
    baseline = scene.baseline()
    scene.pods(pod("web"))
    scene.book.judge("shop")
    scene.book.publish_due()
    scene.book.no_right(None)
    assert scene.book.of(baseline) is None
    assert scene.states() == {}
    assert not scene.book.pods_known
    scene.marked()
    scene.book.right_is_there(None)
    assert scene.marked() == {"shop"}
    assert scene.states() == {State.OPEN: 1}


def test_a_namespace_without_pods_is_known_too() -> None:
    scene = Scene()
    scene.pods()
    assert scene.marked() == {"shop"}
    scene.book.judge("shop")
    judged = scene.book.judged("shop")
    assert judged is not None
    assert judged.state is NamespaceState.OPEN


def restarted(**extra: object) -> list[str]:
    """What is published at a start over a status that says what the coverage is; `extra` is in the status too."""
    before, after = Scene(), Scene()
    baseline = before.baseline()
    before.pods(pod("web"))
    before.book.judge("shop")
    before.book.publish_due()
    share = before.book.of(baseline)
    assert isinstance(share, Share)
    told = manifest(Report(1, Situation.ENFORCED, "", coverage=share), {}, "2026-01-01T00:00:00Z")
    after.baselines.reported(after.baseline(), {**told, **extra})
    after.pods(pod("web"))
    after.book.judge("shop")
    after.book.publish_due()
    return after.published


def test_a_start_over_statuses_that_tell_of_the_same_coverage_asks_for_no_turn() -> None:
    assert restarted() == []


def test_a_start_over_other_coverage_or_over_openings_asks_for_one() -> None:
    assert restarted(coverage={"summary": "0/0"}) == ["shop"]
    weakened = [{"type": "Programmed", "status": "True"}, {"type": "Weakened", "status": "True"}]
    assert restarted(conditions=weakened) == ["shop"]
