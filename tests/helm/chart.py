"""The real helm, and what tests do with what it renders."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.manifests import CHECKOUT, Json

CHART = CHECKOUT / "deploy" / "charts" / "netbaseline"
ADDED_BY_HELM = {
    "helm.sh/chart",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "app.kubernetes.io/managed-by",
}
"""Labels that every object of a release has, and of no other install."""


@dataclass(frozen=True)
class Helm:
    """helm with a home of its own, and a cluster where `kubeconfig` names one."""

    binary: Path
    home: Path
    kubeconfig: Path | None = None

    def run(self, *arguments: str, check: bool = True, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """The finished process; AssertionError with what it said when it failed and `check` is set."""
        homes = {f"HELM_{name}_HOME": str(self.home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        result = subprocess.run(
            [str(self.binary), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **homes, "KUBECONFIG": str(self.kubeconfig or self.home / "no-kubeconfig")},
        )
        assert not check or result.returncode == 0, f"helm {' '.join(arguments)}\n{result.stdout}{result.stderr}"
        return result

    def template(
        self, values: Mapping[str, Any] | None = None, *, release: str = "netbaseline", namespace: str | None = None
    ) -> list[Json]:
        """What an install with these values would create."""
        text = self.run(*_release("template", release, namespace), stdin=yaml.safe_dump(dict(values or {}))).stdout
        return [item for item in yaml.load_all(text, _EachKeyOnce) if item]

    def refusal(self, values: Mapping[str, Any]) -> str:
        """What it has against these values; AssertionError where it has nothing."""
        result = self.run(*_release("template", "netbaseline", None), check=False, stdin=yaml.safe_dump(dict(values)))
        assert result.returncode != 0, f"took {values}"
        return result.stderr


class _EachKeyOnce(yaml.SafeLoader):
    """Raises where a key stands twice, as strict readers of manifests do; PyYAML itself takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key twice among {keys}"
        return super().construct_mapping(node, deep)


def _release(command: str, release: str, namespace: str | None) -> list[str]:
    return [command, release, str(CHART), f"--namespace={namespace or 'netbaseline-system'}", "--values=-"]


def identity(item: Json) -> tuple[str, str, str]:
    """Kind, namespace and name."""
    meta = item["metadata"]
    return item["kind"], meta.get("namespace", ""), meta["name"]


def as_without_helm(value: Any) -> Any:
    """The same without the labels that only a release has, wherever labels are given or selected by."""
    if isinstance(value, list):
        return [as_without_helm(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: as_without_helm(inner) for key, inner in value.items() if key not in ADDED_BY_HELM}


def by_identity(objects: Iterable[Json]) -> dict[tuple[str, str, str], Json]:
    found: dict[tuple[str, str, str], Json] = {}
    for item in objects:
        assert identity(item) not in found, f"{identity(item)} twice"
        found[identity(item)] = item
    return found
