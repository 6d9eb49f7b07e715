"""Whether baselines mean what the policies meant that they replace, judged by connectivity and not by how they look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from netbaseline.core import inventory
from netbaseline.core.analysis.changes import Change, compare
from netbaseline.core.importing.baselines import Imported, import_namespace
from netbaseline.core.inventory import Inventory, Pod, Policy, Workload
from netbaseline.core.manifests import gather
from netbaseline.core.manifests.given import Given
from netbaseline.core.selectors import Selector

PROBE = "Probe"


@dataclass(frozen=True, slots=True)
class Written:
    """The origin of what an import writes."""

    source: str = "import"

    def line(self, _: str) -> int | None:
        return None


@dataclass(frozen=True, slots=True)
class Import:
    """All namespaces. `differences` is empty where the proof holds; `pods` and `probes` were judged in pairs."""

    by_namespace: Mapping[str, Imported]
    differences: tuple[Change, ...]
    pods: int
    probes: int
    aside: tuple[inventory.ForeignPolicy, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything was said, and the same is said."""
        return not self.differences and not self.aside and not any(item.unsaid for item in self.by_namespace.values())


def import_policies(given: Inventory) -> Import:
    """Baselines in place of all NetworkPolicies that no baseline made, with the proof.

    Beside the pods of the input, made-up ones are judged: one for each selector that some policy has, and one without
    labels in each namespace, so that what is proved holds for pods that are yet to come.
    """
    taken = {(item.namespace, item.name) for item in given.baselines}
    found = {
        namespace: import_namespace(namespace, policies, {name for home, name in taken if home == namespace})
        for namespace, policies in _by_namespace(given).items()
    }
    probes = tuple(_probes(given))
    before = replace(given, pods=(*given.pods, *probes))
    after = _after(before, found)
    changes = compare(before, after).changes
    return Import(found, changes, len(given.pods), len(probes), given.foreign)


def _by_namespace(given: Inventory) -> Mapping[str, Sequence[Policy]]:
    found: dict[str, list[Policy]] = {}
    for policy in given.policies:
        if policy.baseline is None:
            found.setdefault(policy.namespace, []).append(policy)
    return dict(sorted(found.items()))


def _after(before: Inventory, found: Mapping[str, Imported]) -> Inventory:
    manifests = [manifest for item in found.values() for manifest in item.manifests]
    compiled = gather(Given(manifest, Written()) for manifest in manifests).inventory.policies
    replaced = {(policy.namespace, policy.name) for item in found.values() for policy in item.replaced}
    kept = (policy for policy in before.policies if (policy.namespace, policy.name) not in replaced)
    return replace(before, policies=(*kept, *compiled))


def _probes(given: Inventory) -> Iterable[Pod]:
    wanted: dict[str, set[Selector]] = {namespace: {Selector()} for namespace in given.namespaces}
    for policy in given.policies:
        wanted[policy.namespace].add(policy.spec.pods)
        for rules in (policy.spec.ingress, policy.spec.egress):
            for peer in (peer for rule in rules or () for peer in rule.peers):
                if peer.pods is not None and peer.namespaces is None:
                    wanted[policy.namespace].add(peer.pods)
    for namespace, selectors in sorted(wanted.items()):
        for number, chosen in enumerate(sorted(selectors)):
            name = f"probe-{number}"
            yield Pod(namespace, name, _labels(chosen), Workload(namespace, name, PROBE))


def _labels(chosen: Selector) -> dict[str, str]:
    """Labels that a selector selects, where that takes one value for each key."""
    labels: dict[str, str] = {}
    for requirement in chosen.requirements:
        if requirement.operator == "In":
            labels[requirement.key] = requirement.values[0]
        elif requirement.operator == "Exists":
            labels.setdefault(requirement.key, "probe")
    return labels
