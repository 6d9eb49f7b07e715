"""Kustomizations: where one stands, the files beside it aren't yet what will be applied."""

from collections.abc import Mapping
from typing import Any, Final

API_GROUP: Final = "kustomize.config.k8s.io"
FILES: Final = frozenset({"kustomization.yaml", "kustomization.yml"})

_CHANGING: Final = (
    "namespace",
    "namePrefix",
    "nameSuffix",
    "labels",
    "commonLabels",
    "components",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "transformers",
    "helmCharts",
)
"""Fields that change what a policy selects, or which objects there are; a list of resources changes nothing."""


def changed_by(content: Mapping[str, Any], source: str) -> str | None:
    """The folder, if `content` is a kustomization that changes the objects of its folder.

    Its apiVersion and kind may be left out: kustomize knows it by the name of its file.
    """
    group = str(content.get("apiVersion", "")).rpartition("/")[0]
    folder, _, name = source.rpartition("/")
    if group != API_GROUP and ("kind" in content or name not in FILES):
        return None
    return (folder or ".") if any(content.get(field) for field in _CHANGING) else None
