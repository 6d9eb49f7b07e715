"""A watch of all NetworkPolicies, kept in a file while something else happens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.cluster import Cluster
from tests.e2e.release import eventually
from tests.sandbox.processes import Child, end

_MARK = ("default", "the-watch-is-alive")
_POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"namespace": _MARK[0], "name": _MARK[1]},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]},
}


class Recording:
    """What a watch has told so far."""

    def __init__(self, node: Cluster, log: Path) -> None:
        """Read what a watch writes to `log`."""
        self._node = node
        self._log = log

    def changes(self) -> list[str]:
        """Give each change up to now as `ADDED shop/web`; a policy of our own shows that the watch still tells."""
        before = self._marks()
        eventually(lambda: self._make_mark() > before, "the watch tells of a policy that comes and goes")
        return [f"{kind} {namespace}/{name}" for kind, namespace, name in self._events() if (namespace, name) != _MARK]

    def _make_mark(self) -> int:
        self._node.plane.kubectl("create", "--filename=-", stdin=json.dumps(_POLICY))
        self._node.plane.kubectl("delete", "networkpolicy", _MARK[1], f"--namespace={_MARK[0]}")
        return self._marks()

    def _marks(self) -> int:
        return sum((namespace, name) == _MARK for _, namespace, name in self._events())

    def _events(self) -> Iterator[tuple[str, str, str]]:
        text, decoder, start = self._log.read_text(encoding="utf-8"), json.JSONDecoder(), 0
        while (start := text.find("{", start)) >= 0:
            try:
                event, start = decoder.raw_decode(text, start)
            except ValueError:
                return  # the last one is still being written
            meta = event["object"]["metadata"]
            yield event["type"], meta["namespace"], meta["name"]


@contextmanager
def recorded(node: Cluster, log: Path) -> Iterator[Recording]:
    """Watch from now on, without what is there already, until the block ends."""
    command = ["get", "networkpolicies", "--all-namespaces", "--watch-only", "--output-watch-events", "--output=json"]
    child = Child("watch", [*node.kubectl, *command], log)
    try:
        recording = Recording(node, log)
        assert recording.changes() == []
        yield recording
    finally:
        end([child], 2)
