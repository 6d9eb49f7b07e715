"""The YAML files that these tests feed to both judges, and what the invalid ones promise."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from netbaseline.api.errors import problems
from netbaseline.api.v1alpha1 import NetworkBaseline

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((CHECKOUT / "examples").glob("*.yaml"))
INVALID = sorted((CHECKOUT / "tests" / "api" / "invalid").glob("*.yaml"))


class Loader(yaml.SafeLoader):
    """Reads as kubectl does: a date without quotes is text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Any:
    """The one document of a file."""
    return yaml.load(path.read_text(), Loader)


@dataclass(frozen=True)
class Promise:
    """What an invalid file says in its first lines that both judges answer."""

    online: str
    offline: str
    path: str


def promise(path: Path) -> Promise:
    """`# message:` for both, unless `# offline:` gives Python's own, and `# path:` of the field."""
    lines = (line[2:].partition(": ") for line in path.read_text().splitlines() if line.startswith("# "))
    found = {key: value for key, _, value in lines}
    return Promise(found["message"], found.get("offline", found["message"]), found["path"])


def baseline(spec: object, **other: object) -> dict[str, Any]:
    """A manifest with this spec; keywords replace or add top-level fields."""
    return {
        "apiVersion": "netbaseline.dev/v1alpha1",
        "kind": "NetworkBaseline",
        "metadata": {"name": "default"},
        "spec": spec,
        **other,
    }


def refusal(manifest: object) -> str | None:
    """What Python has against it, a line each, or None."""
    try:
        NetworkBaseline.parse(manifest)
    except ValidationError as error:
        return "\n".join(map(str, problems(error)))
    return None
