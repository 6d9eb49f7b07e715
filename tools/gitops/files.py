"""The generated files for Argo CD: test data of the health check, and the ConfigMap that carries the check itself.

`health.lua` is the source of both forms in which Argo CD takes it.
"""

from pathlib import Path
from typing import Any

import yaml

from netbaseline.api.group import GROUP
from tools.gitops.recorded import recorded

CHECKOUT = Path(__file__).resolve().parents[2]
ARGO_CD = CHECKOUT / "examples" / "gitops" / "argo-cd"
CUSTOMIZATIONS = ARGO_CD / "resource_customizations"
LUA = CUSTOMIZATIONS / GROUP / "NetworkBaseline" / "health.lua"
_HEAD = """\
# What Argo CD has to know of baselines, for its ConfigMap: their health, and that their status isn't Git's.
# Made from health.lua by `make gitops`; edit that. Add it to the ConfigMap that is there, leaving the rest alone:
#
#   kubectl apply --server-side --field-manager=netbaseline -f argocd-cm.yaml
"""
_STATUS = "jsonPointers:\n  - /status\n"


class _Literal(str):
    """A text of several lines, which YAML shall show as such."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Literal, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")
)


def kinds() -> list[str]:
    """The kinds of our CRDs, sorted."""
    crds = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (CHECKOUT / "crds").glob("*.yaml"))
    return sorted(crd["spec"]["names"]["kind"] for crd in crds)


def generated() -> dict[Path, str]:
    """Content by path."""
    lua = LUA.read_text(encoding="utf-8")
    found = {ARGO_CD / "argocd-cm.yaml": _HEAD + _dump(_config_map(lua))}
    for kind in kinds():
        folder = CUSTOMIZATIONS / GROUP / kind
        all_of_it = recorded(kind)
        tests = [
            {
                "healthStatus": {"status": item.health, "message": item.message},
                "inputPath": f"testdata/{item.name}.yaml",
            }
            for item in all_of_it
        ]
        found[folder / "health.lua"] = lua
        found[folder / "health_test.yaml"] = _dump({"tests": tests})
        found |= {folder / "testdata" / f"{item.name}.yaml": _dump(item.content) for item in all_of_it}
    return found


def _config_map(lua: str) -> dict[str, Any]:
    data = {}
    for kind in kinds():
        data[f"resource.customizations.health.{GROUP}_{kind}"] = _Literal(lua)
        data[f"resource.customizations.ignoreDifferences.{GROUP}_{kind}"] = _Literal(_STATUS)
        data[f"resource.customizations.ignoreResourceUpdates.{GROUP}_{kind}"] = _Literal(_STATUS)
    meta = {"name": "argocd-cm", "namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def _dump(content: dict[str, Any]) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
