"""From a pod to what it belongs to: up the chain of controllers to the workload that people know."""

from collections.abc import Mapping

from netbaseline.core.inventory import Workload

TEMPLATE_HASH = "pod-template-hash"

Owner = tuple[str, str]
"""Kind and name."""


class CyclicOwners(Exception):
    """Owners that own each other; the message names them."""


class Owners:
    """The controllers of all objects that only hand their pods on. Filled first, then asked."""

    def __init__(self) -> None:
        self._above: dict[tuple[str, Owner], Owner | None] = {}

    def add(self, namespace: str, owned: Owner, controller: Owner | None) -> None:
        """`owned` is there, and hands on to `controller`; None where it is the last one known."""
        self._above[namespace, owned] = controller

    def of_workload(self, namespace: str, owner: Owner) -> Workload:
        """The topmost one above `owner`. Raises CyclicOwners."""
        seen = [owner]
        while (above := self._above.get((namespace, seen[-1]))) is not None:
            if above in seen:
                chain = " -> ".join(f"{kind} {name}" for kind, name in (*seen, above))
                raise CyclicOwners(f"its owners own each other: {chain}")
            seen.append(above)
        kind, name = seen[-1]
        return Workload(namespace, name, kind)

    def of_pod(self, namespace: str, name: str, controller: Owner | None, labels: Mapping[str, str]) -> Workload:
        """The workload of a pod. Raises CyclicOwners.

        A pod that a node owns (a static pod's mirror) is its own. Where its ReplicaSet isn't among the input, the
        Deployment is told by the convention that both name the hash of the template (Deployment controller).
        """
        if controller is None or controller[0] == "Node":
            return Workload(namespace, name, "Pod")
        kind, owner = controller
        suffix = f"-{labels.get(TEMPLATE_HASH, '')}"
        if (
            kind == "ReplicaSet"
            and (namespace, controller) not in self._above
            and len(suffix) > 1
            and len(owner) > len(suffix)
            and owner.endswith(suffix)
        ):
            return self.of_workload(namespace, ("Deployment", owner.removesuffix(suffix)))
        return self.of_workload(namespace, controller)
