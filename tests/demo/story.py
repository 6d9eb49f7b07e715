"""What happens in the demo, one act after the other, each measured by watching the API from outside."""

import time
from collections.abc import Callable

from tests.demo.api import BASELINES, POLICIES, Api, Json, collection, path_of
from tests.demo.belongings import Belongings, manifests
from tests.demo.errors import DemoError
from tests.demo.flows import SHOP, judge
from tests.demo.recorder import Change, Recorder
from tests.demo.report import BaselineSeen, Healed, Report, Transition
from tests.demo.running import Operator, Reading

_SECONDS = 30.0
_SOMEBODY = "kubectl-edit"
_LEGACY_TOOL = "helm"

_TOLD_METRICS: tuple[tuple[str, dict[str, str]], ...] = (
    ("baselines", {"state": "Enforced"}),
    ("policies", {"state": "ours"}),
    ("drift_corrected_total", {"type": "missing"}),
    ("drift_corrected_total", {"type": "modified"}),
    ("heal_duration_seconds_sum", {}),
    ("reconcile_total", {"result": "written"}),
    ("api_requests_total", {"verb": "apply"}),
)


class Story:
    """The acts in order, on a cluster where the CRD is served and the operator is not yet running."""

    def __init__(self, api: Api, belongings: Belongings) -> None:
        self._api = api
        self._belongings = belongings
        self._items = manifests()

    def furnish(self) -> None:
        """Namespaces, pods, and the foreign policy: what is there before any baseline."""
        for item in self._items:
            if item["kind"] == "NetworkPolicy":
                self._belongings.create([item], manager=_LEGACY_TOOL)
            elif item["kind"] != "NetworkBaseline":
                self._belongings.create([item])

    def play(self, operator: Operator, place: str) -> Report:
        """Everything else, with the operator ready. Raises DemoError."""
        foreign = next(item for item in self._items if item["kind"] == "NetworkPolicy")
        foreign_before = self._api.get(path_of(foreign))
        before = operator.metrics()
        policies, baselines = Recorder(self._api, POLICIES), Recorder(self._api, BASELINES)
        seen = self._baselines(baselines)
        transition = self._transition(policies)
        healed = (self._deleted(policies), self._edited(policies))
        event = self._event()
        audit = self._status("demo-audit")
        return Report(
            place=place,
            kubernetes=str(self._api.get("/version")["gitVersion"]),
            pods=sum(item["kind"] == "Pod" for item in self._items),
            baselines=seen,
            transition=transition,
            healed=healed,
            event=event,
            name_taken=_ready(self._status("demo-legacy"))["message"],
            foreign_untouched=self._api.get(path_of(foreign)) == foreign_before,
            forecast=tuple(audit.get("forecast", {}).get("policies", ())),
            audit_wrote_nothing=not policies.of("demo-audit"),
            metrics=_moved(before, operator.metrics()),
        )

    # --- the acts -------------------------------------------------------------------------------------------------

    def _baselines(self, recorder: Recorder) -> tuple[BaselineSeen, ...]:
        """Create all of them at once, then wait for what becomes of each."""
        created = {}
        for item in self._items:
            if item["kind"] == "NetworkBaseline":
                self._belongings.create([item])
                created[item["metadata"]["namespace"]] = time.monotonic()
        return tuple(self._settled(recorder, namespace, since) for namespace, since in created.items())

    @staticmethod
    def _settled(recorder: Recorder, namespace: str, since: float) -> BaselineSeen:
        def told(change: Change) -> bool:
            status = change.object.get("status", {})
            return change.namespace == namespace and status.get("observedGeneration") is not None

        change = recorder.wait(told, seconds=_SECONDS, what=f"a status of the baseline in {namespace}")
        ready = _ready(change.object["status"])
        return BaselineSeen(
            called=f"{namespace}/{change.name}",
            mode=change.object["spec"].get("mode", "Enforce"),
            ready=ready["status"],
            reason=ready["reason"],
            policies=change.object["status"].get("policySummary", ""),
            milliseconds=_since(change, since),
        )

    @staticmethod
    def _transition(recorder: Recorder) -> Transition:
        """The shop's policies on their way; the bridge is the last thing to happen."""
        recorder.wait(
            lambda change: change.namespace == SHOP and change.type == "DELETED",
            seconds=_SECONDS,
            what="the bridge to be removed",
        )
        return judge(recorder.of(SHOP))

    def _deleted(self, recorder: Recorder) -> Healed:
        policy = self._policy("nbl.default.dns")
        uid = policy["metadata"]["uid"]
        self._api.delete(path_of(policy), uid)
        return _healed(
            "nbl.default.dns deleted by hand: restored",
            recorder,
            damage=lambda change: change.type == "DELETED" and change.object["metadata"]["uid"] == uid,
            repair=_of(policy, lambda item: bool(item["metadata"]["uid"] != uid)),
        )

    def _edited(self, recorder: Recorder) -> Healed:
        policy = self._policy("nbl.default.deny")
        edited = self._api.merge(path_of(policy), {"spec": {"ingress": [{}]}}, manager=_SOMEBODY)
        version = edited["metadata"]["resourceVersion"]
        return _healed(
            "nbl.default.deny edited by hand (ingress: [{}], open to all): closed again",
            recorder,
            damage=_of(policy, lambda item: bool(item["metadata"]["resourceVersion"] == version)),
            repair=_of(
                policy,
                lambda item: (
                    int(item["metadata"]["resourceVersion"]) > int(version) and not item["spec"].get("ingress")
                ),
            ),
        )

    def _event(self) -> str:
        """What the operator said of the edit; Events are posted in the background, so a moment later."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            for item in self._api.get(f"/api/v1/namespaces/{SHOP}/events")["items"]:
                if item["reason"] == "DriftHealed" and _SOMEBODY in item["message"]:
                    return f"{item['type']} {item['reason']}: {item['message']}"
            time.sleep(0.05)
        raise DemoError("waited in vain for the Event that tells of the edit")

    # --- looking --------------------------------------------------------------------------------------------------

    def _policy(self, name: str) -> Json:
        manifest = {"kind": "NetworkPolicy", "metadata": {"namespace": SHOP, "name": name}}
        return {**self._api.get(path_of(manifest)), "kind": "NetworkPolicy"}

    def _status(self, namespace: str) -> Json:
        manifest = {"kind": "NetworkBaseline", "metadata": {"namespace": namespace}}
        found: Json = self._api.get(f"{collection(manifest)}/default")["status"]
        return found


def _of(policy: Json, condition: Callable[[Json], bool]) -> Callable[[Change], bool]:
    """Changes that leave this policy in a state that meets the condition."""
    meta = policy["metadata"]
    return lambda change: (
        change.type != "DELETED"
        and (change.namespace, change.name) == (meta["namespace"], meta["name"])
        and condition(change.object)
    )


def _healed(
    what: str, recorder: Recorder, *, damage: Callable[[Change], bool], repair: Callable[[Change], bool]
) -> Healed:
    seen = recorder.wait(damage, seconds=_SECONDS, what=f"news of the damage ({what})")
    undone = recorder.wait(repair, seconds=_SECONDS, what=what)
    return Healed(what, (undone.at - seen.at) * 1000)


def _since(change: Change, start: float) -> float:
    """Milliseconds; the watch may tell before the answer to one's own request has arrived."""
    return max(0.0, change.at - start) * 1000


def _ready(status: Json) -> Json:
    found: Json = next(item for item in status["conditions"] if item["type"] == "Ready")
    return found


def _moved(before: Reading, after: Reading) -> tuple[tuple[str, float, float], ...]:
    return tuple(
        (_spelled(name, labels), before.total(name, **labels), after.total(name, **labels))
        for name, labels in _TOLD_METRICS
    )


def _spelled(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return f"netbaseline_{name}{{{inside}}}" if inside else f"netbaseline_{name}"
