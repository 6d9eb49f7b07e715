"""From objects of any shape to one Inventory, and what there is to say of them.

Nothing here raises: an object that can't be used is a problem with its place, and the rest is counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from netbaseline.api.group import API_VERSION, GROUP, KIND
from netbaseline.core import foreign, inventory
from netbaseline.core.inventory import DEFAULT_NAMESPACE, Inventory, Origin
from netbaseline.core.manifests.baselines import Declared, applied, baseline_of, with_namespace
from netbaseline.core.manifests.fields import Metadata, Read
from netbaseline.core.manifests.given import Given, Refused, Remark, called, place, reading
from netbaseline.core.manifests.kustomizations import changed_by
from netbaseline.core.manifests.makers import has_template, maker_of
from netbaseline.core.manifests.nodes import node_of
from netbaseline.core.manifests.pods import Facts, PodObject
from netbaseline.core.manifests.policies import policy_of
from netbaseline.core.manifests.running import Found, pods_of
from netbaseline.core.manifests.services import ingress_of, service_of
from netbaseline.core.manifests.workloads import template_of
from netbaseline.core.netpol import POLICY_API_VERSION, POLICY_KIND
from netbaseline.core.platform import Platform

WORKLOADS: Final = {
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "ReplicationController"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
}
NAMESPACE: Final = ("v1", "Namespace")
NODE: Final = ("v1", "Node")


@dataclass(frozen=True, slots=True)
class Gathered:
    """An inventory, what is worth telling about it, and the objects that aren't in it because they are bad."""

    inventory: Inventory
    notes: tuple[Remark, ...] = ()
    problems: tuple[Remark, ...] = ()


def gather(
    objects: Iterable[Given], *, namespace: str = DEFAULT_NAMESPACE, platform: Platform | None = None
) -> Gathered:
    """Everything in `objects`; `namespace` is that of objects that name none.

    NetworkBaselines count as if applied. What only a cluster can tell them comes from `platform`.
    """
    gatherer = _Gatherer(namespace)
    for given in objects:
        gatherer.take(given)
    return gatherer.done(platform or Platform())


class _Named(Read):
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class _Object:
    """An object with what identifies it."""

    given: Given
    content: dict[str, Any]
    api_version: str
    kind: str
    metadata: Metadata
    namespace: str
    name: str


@dataclass(slots=True)
class _Gatherer:
    default: str
    seen: dict[tuple[str, str, str, str], Origin] = field(default_factory=dict)
    generated: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    aside: Counter[tuple[str, str]] = field(default_factory=Counter)
    namespaces: dict[str, inventory.Namespace] = field(default_factory=dict)
    mentioned: dict[str, None] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    policies: list[inventory.Policy] = field(default_factory=list)
    services: list[inventory.Service] = field(default_factory=list)
    ingresses: list[inventory.Ingress] = field(default_factory=list)
    foreign: list[inventory.ForeignPolicy] = field(default_factory=list)
    nodes: list[inventory.Node] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    makers: list[inventory.Maker] = field(default_factory=list)
    kustomized: dict[str, None] = field(default_factory=dict)
    problems: list[Remark] = field(default_factory=list)

    def take(self, given: Given) -> None:
        """One object."""
        try:
            self._take(given)
        except Refused as refused:
            self.problems.extend(refused.remarks)

    def _take(self, given: Given) -> None:
        content = given.content
        if isinstance(content, list) and not any(map(_may_be_object, content)):
            # Expectations, patches by JSON Pointer: as below.
            self.aside["", "with a list"] += 1
            return
        if not isinstance(content, dict):
            raise Refused(Remark(f"expected a Kubernetes object, not {called(content)}", given))
        if not _may_be_object(content):
            # Values of a chart, a kustomization, a pipeline: they stand beside manifests in most folders.
            self.aside["", "without apiVersion and kind"] += 1
            self._note_kustomization(given, content)
            return
        identity = [content.get("apiVersion"), content.get("kind")]
        for name, value in zip(("apiVersion", "kind"), identity, strict=True):
            if not isinstance(value, str) or not value:
                raise Refused(Remark("is required" if value is None else "must be a string", given, name))
        api_version, kind = str(identity[0]), str(identity[1])
        reader = READERS.get((api_version, kind)) or (_Gatherer.workload if has_template(content) else None)
        if reader is None:
            if api_version.startswith(f"{GROUP}/") and kind == KIND:
                raise Refused(Remark(f"must be {API_VERSION} (found {api_version[:80]!r})", given, "apiVersion"))
            self.aside[api_version, kind] += 1
            self._set_aside(given, content, api_version, kind)
            return
        reader(self, self._identified(given, content, api_version, kind))

    def _set_aside(self, given: Given, content: dict[str, Any], api_version: str, kind: str) -> None:
        """A kind that isn't judged; kept is what a policy of another API may select, and what may make pods."""
        self._note_kustomization(given, content)
        policy = foreign.read(content, given.origin)
        if policy is None:
            maker = maker_of(content, self.default)
            self.makers += [] if maker is None else [maker]
            return
        found = self._identified(given, content, api_version, kind)
        if policy.namespace is not None:
            policy = replace(policy, namespace=found.namespace)
            self.mentioned[found.namespace] = None
        self.foreign.append(replace(policy, name=found.name))

    def _note_kustomization(self, given: Given, content: dict[str, Any]) -> None:
        folder = changed_by(content, given.origin.source)
        if folder is not None:
            self.kustomized[folder] = None

    def _identified(self, given: Given, content: dict[str, Any], api_version: str, kind: str) -> _Object:
        with reading(given):
            metadata = _Named.model_validate(content).metadata
        namespace = metadata.namespace or self.default
        name = metadata.name
        if name is None:
            if not metadata.generate_name:
                raise Refused(Remark("is required", given, "metadata.name"))
            self.generated[kind, namespace, metadata.generate_name] += 1
            number = self.generated[kind, namespace, metadata.generate_name]
            name = metadata.generate_name if number == 1 else f"{metadata.generate_name}({number})"
        key = (
            api_version.rpartition("/")[0],
            kind,
            "" if (api_version, kind) in {NAMESPACE, NODE} else namespace,
            name,
        )
        if key in self.seen:
            where = "/".join(filter(None, key[2:]))
            first = place(self.seen[key], "metadata.name")
            raise Refused(Remark(f"{kind} {where} was given before, at {first}", given, "metadata.name"))
        self.seen[key] = given.origin
        return _Object(given, content, api_version, kind, metadata, namespace, name)

    def namespace(self, found: _Object) -> None:
        self.namespaces[found.name] = inventory.namespace(found.name, found.metadata.labels, origin=found.given.origin)

    def pod(self, found: _Object) -> None:
        with reading(found.given):
            facts = PodObject.model_validate(found.content).facts()
        self._add(found, facts)

    def workload(self, found: _Object) -> None:
        template = template_of(found.given, found.kind)
        self._add(found, template.facts, template.scaled_down, template.finished)

    def _add(self, found: _Object, facts: Facts, scaled_down: bool = False, finished: bool = False) -> None:
        self.mentioned[found.namespace] = None
        given, controller = found.given, found.metadata.controller
        self.found.append(
            Found(
                found.namespace, found.name, found.kind, controller, facts, given.origin, given.document,
                scaled_down, finished,
            )
        )  # fmt: skip

    def node(self, found: _Object) -> None:
        self.nodes.append(node_of(found.given, found.name))

    def policy(self, found: _Object) -> None:
        self.policies.append(policy_of(found.given, found.content, found.namespace, found.name))
        self.mentioned[found.namespace] = None

    def service(self, found: _Object) -> None:
        self.services.append(service_of(found.given, found.namespace, found.name))
        self.mentioned[found.namespace] = None

    def ingress(self, found: _Object) -> None:
        self.ingresses.append(ingress_of(found.given, found.namespace, found.name))
        self.mentioned[found.namespace] = None

    def baseline(self, found: _Object) -> None:
        baseline = baseline_of(found.given, found.content)
        self.declared.append(Declared(found.given, with_namespace(baseline, found.namespace)))
        self.mentioned[found.namespace] = None

    def done(self, platform: Platform) -> Gathered:
        """The inventory of all that was taken."""
        pods, problems = pods_of(self.found)
        policies = applied(self.declared, self.policies, platform)
        for name in self.mentioned:
            if name not in self.namespaces:
                self.namespaces[name] = inventory.namespace(name, implied=True)
        return Gathered(
            Inventory(
                self.namespaces,
                tuple(pods),
                policies.policies,
                tuple(self.services),
                tuple(self.ingresses),
                tuple(self.foreign),
                tuple(inventory.Baseline(item.baseline, item.given.origin) for item in self.declared),
                tuple(self.nodes),
                tuple(self.makers),
                tuple(self.kustomized),
            ),
            (*self._told_aside(), *policies.notes),
            (*self.problems, *problems, *policies.problems),
        )

    def _told_aside(self) -> list[Remark]:
        told = []
        if self.aside:
            told = [Remark(f"{', '.join(_counted(*kind, count) for kind, count in self.aside.items())} set aside")]
        if self.kustomized:
            folder, more = _shown(next(iter(self.kustomized))), len(self.kustomized) - 1
            others = f" and {more} more folder{'s' if more > 1 else ''}" if more else ""
            told.append(
                Remark(
                    f"kustomize changes the objects of {folder}{others} before they are applied;"
                    f" give netbaseline what `kustomize build {folder}` prints"
                )
            )
        return told


def _may_be_object(content: object) -> bool:
    return isinstance(content, dict) and ("apiVersion" in content or "kind" in content)


def _counted(api_version: str, kind: str, count: int) -> str:
    if not api_version:
        return f"{count} document{'s' if count > 1 else ''} {kind}"
    return f"{count} {_shown(kind)} of {_shown(api_version)}"


def _shown(text: str) -> str:
    return text[:80] if text.isprintable() else repr(text[:80])


READERS: Final[dict[tuple[str, str], Callable[[_Gatherer, _Object], None]]] = {
    NAMESPACE: _Gatherer.namespace,
    NODE: _Gatherer.node,
    ("v1", "Pod"): _Gatherer.pod,
    ("v1", "Service"): _Gatherer.service,
    ("networking.k8s.io/v1", "Ingress"): _Gatherer.ingress,
    (POLICY_API_VERSION, POLICY_KIND): _Gatherer.policy,
    (API_VERSION, KIND): _Gatherer.baseline,
    **dict.fromkeys(WORKLOADS, _Gatherer.workload),
}
