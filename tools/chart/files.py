"""The chart's generated files: CRDs, rights, rules and dashboard, the version, and the table of values.

Each has its one source elsewhere: crds/, the RBAC of the kustomizations in deploy/, deploy/monitoring, the package's
version, values.schema.json. A chart can't read outside of its own folder, hence copies.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from netbaseline import __version__

CHECKOUT = Path(__file__).resolve().parents[2]
CHART = CHECKOUT / "deploy" / "charts" / "netbaseline"
FOLDER = CHART / "files"
RBAC = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
GROUPS = {
    "own": ["operator"],
    "elsewhere": ["api-server-addresses"],
    "cluster": ["base/cluster-role.yaml"],
    "people": ["base/aggregated-roles.yaml"],
    "watched": ["namespaced/watched"],
}
"""What the chart's templates do with an object of deploy/ goes by where it stands."""

_TABLE = re.compile(r"(?<=<!-- values -->\n).*(?=<!-- end of values -->)", re.DOTALL)


def generated() -> dict[Path, str]:
    """Content by path."""
    deploy = CHECKOUT / "deploy"
    copies = {FOLDER / "crds" / path.name: path for path in sorted((CHECKOUT / "crds").glob("*.yaml"))}
    copies |= {FOLDER / "monitoring" / name: deploy / "monitoring" / name for name in ("rules.yaml", "coverage.json")}
    found = {target: source.read_text(encoding="utf-8") for target, source in copies.items()}
    found[FOLDER / "rbac.yaml"] = _rbac(deploy)
    found[CHART / "Chart.yaml"] = _versioned((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    found[CHART / "README.md"] = _TABLE.sub(lambda _: _table(), readme)
    return found


def _rbac(deploy: Path) -> str:
    groups = {
        name: [item for place in places for item in _objects(deploy / place) if item["kind"] in RBAC]
        for name, places in GROUPS.items()
    }
    head = "# Made from the manifests in deploy/ by `make chart`; edit those.\n"
    return head + yaml.safe_dump(groups, sort_keys=False, width=120)


def _objects(place: Path) -> Iterator[dict[str, Any]]:
    for path in [place] if place.is_file() else sorted(place.glob("*.yaml")):
        yield from filter(None, yaml.safe_load_all(path.read_text(encoding="utf-8")))


def _versioned(text: str) -> str:
    return re.sub(r"^((?:version|appVersion): ).*$", rf"\g<1>{__version__}", text, flags=re.MULTILINE)


def _table() -> str:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    rows = [f"| `{path}` | `{json.dumps(default)}` | {text} |\n" for path, default, text in _leaves(schema, values, "")]
    return "".join(["| value | default | meaning |\n", "|---|---|---|\n", *rows])


def _leaves(schema: dict[str, Any], values: dict[str, Any], before: str) -> Iterator[tuple[str, Any, str]]:
    """Path, default and meaning of each value that values.yaml has; a group is told by what is in it."""
    for name, default in values.items():
        described = schema["properties"][name]
        if isinstance(default, dict) and "properties" in described and "description" not in described:
            yield from _leaves(described, default, f"{before}{name}.")
        else:
            yield f"{before}{name}", default, described["description"]
