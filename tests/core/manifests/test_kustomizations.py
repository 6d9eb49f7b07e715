"""A kustomization among manifests says that they aren't what will be applied."""

from dataclasses import dataclass
from typing import Any

import pytest

from netbaseline.core.manifests import Gathered, Given, gather

WITH_KIND: Any = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


@dataclass(frozen=True)
class File:
    source: str

    def line(self, path: str) -> int:
        return 1


def gathered(content: Any, source: str = "base/kustomization.yaml") -> Gathered:
    return gather([Given(content, File(source), 1)])


@pytest.mark.parametrize(
    ("content", "source", "folder"),
    [
        ({**WITH_KIND, "namespace": "shop"}, "base/kustomization.yaml", "base"),
        ({"labels": [{"pairs": {"a": "b"}}]}, "base/kustomization.yml", "base"),
        ({"patches": [{"path": "x.yaml"}]}, "kustomization.yaml", "."),
        ({**WITH_KIND, "kind": "Component", "commonLabels": {"a": "b"}}, "x/any.yaml", "x"),
    ],
)
def test_one_that_changes_objects_is_remembered_and_told(content: Any, source: str, folder: str) -> None:
    found = gathered(content, source)
    assert found.inventory.kustomized == (folder,)
    assert str(found.notes[-1]) == (
        f"kustomize changes the objects of {folder} before they are applied;"
        f" give netbaseline what `kustomize build {folder}` prints"
    )


@pytest.mark.parametrize(
    ("content", "source"),
    [
        ({**WITH_KIND, "resources": ["a.yaml"]}, "base/kustomization.yaml"),
        ({**WITH_KIND, "namespace": ""}, "base/kustomization.yaml"),
        ({"namespace": "shop"}, "base/values.yaml"),
        (
            {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "patches": [1]},
            "clusters/kustomization.yaml",
        ),
    ],
)
def test_one_that_changes_none_and_what_is_none_are_not(content: Any, source: str) -> None:
    found = gathered(content, source)
    assert found.inventory.kustomized == ()
    assert not any("kustomize build" in str(note) for note in found.notes)
