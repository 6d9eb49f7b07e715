"""What `render` does with one object; apart from the command, since others render too."""

from dataclasses import dataclass

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.api.v1alpha1 import NetworkBaseline
from netbaseline.core.compile import compile_baseline
from netbaseline.core.findings import NOTHING_DISCOVERED, Finding
from netbaseline.core.inventory import DEFAULT_NAMESPACE, Origin
from netbaseline.core.manifests import Given, Refused, Remark, called, place, shown
from netbaseline.core.manifests.baselines import API_SERVER, baseline_of, denials_beside, is_baseline
from netbaseline.core.netpol import Policy
from netbaseline.core.platform import Platform


@dataclass(frozen=True, slots=True)
class Readable:
    """A valid baseline, and where it stands."""

    given: Given
    baseline: NetworkBaseline


def _told(found: Finding) -> str:
    """Without a cluster nothing is discovered, and there is a file to say it in."""
    if (found.path, found.id) != (API_SERVER, NOTHING_DISCOVERED):
        return found.message
    return f"{found.message}; here, --platform FILE tells them"


class Renderer:
    """Reads all, then renders each: what one baseline denies decides whether another one's rules count.

    `remarks` collects findings and objects of other kinds that were passed over.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._seen: dict[tuple[str, str], Origin] = {}
        self._read: list[NetworkBaseline] = []
        self.remarks: list[str] = []

    def read(self, given: Given) -> Readable | None:
        """One object, None for other kinds. Raises Refused."""
        content = given.content
        if not isinstance(content, dict):
            raise Refused(Remark(f"expected a Kubernetes object, not {called(content)}", given))
        if not is_baseline(content):
            self._pass_over(given, content.get("kind"))
            return None
        baseline = baseline_of(given, content)
        self._not_twice(given, baseline)
        self._read.append(baseline)
        return Readable(given, baseline)

    def policies(self, item: Readable) -> list[Policy]:
        """The policies of one baseline, beside all that were read. Raises Refused."""
        compiled = compile_baseline(item.baseline, self._platform, denials_beside(item.baseline, self._read))
        if compiled.refusals:
            raise Refused(*(Remark(_told(found), item.given, found.path) for found in compiled.refusals))
        self.remarks += [
            f"{place(item.given.origin, found.path)}: {found.id}: {found.path} {found.message}"
            for found in compiled.findings
        ]
        return list(compiled.policies)

    def _pass_over(self, given: Given, kind: object) -> None:
        if kind is None:
            raise Refused(Remark(f"is required ({KIND}, apiVersion {API_VERSION})", given, "kind"))
        where = place(given.origin, "kind")
        self.remarks.append(f"{where}: {shown(kind)} passed over; only {KIND} of {API_VERSION} is rendered")

    def _not_twice(self, given: Given, baseline: NetworkBaseline) -> None:
        key = (baseline.metadata.namespace or DEFAULT_NAMESPACE, baseline.metadata.name)
        if key in self._seen:
            before = f"{KIND} {key[0]}/{key[1]} was given before, at {place(self._seen[key], 'metadata.name')}"
            raise Refused(Remark(before, given, "metadata.name"))
        self._seen[key] = given.origin
