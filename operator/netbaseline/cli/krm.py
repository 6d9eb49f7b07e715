"""`netbaseline krm`: what `render` does, as a KRM function, so that kustomize and kpt can call it while they build.

The protocol is the KRM Functions Specification: a ResourceList on standard input, a ResourceList on standard output, an
exit code. The functionConfig may itself be a baseline, which makes the function a generator.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netbaseline.cli.problems import UserError

if TYPE_CHECKING:
    from netbaseline.cli.rendering import Renderer

EPILOG = """Example:

netbaseline krm < resources.yaml

In the file of a transformer, for `kustomize build --enable-alpha-plugins --enable-exec`:

config.kubernetes.io/function: 'exec: {path: netbaseline, args: ["krm"]}'
"""
KIND = "ResourceList"
PATHS = ("config.kubernetes.io/path", "internal.config.kubernetes.io/path")
"""Annotations by which the caller tells the file of an object."""


def register(app: typer.Typer) -> None:
    app.command(
        name="krm",
        help="Be a function of kustomize and kpt: a ResourceList with baselines in, one with NetworkPolicies out.",
        epilog=EPILOG,
    )(krm)


def krm(
    platform: Annotated[
        Path | None, typer.Option(help="YAML with what a cluster would tell: `apiServers: [{ip, port}]`.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the baselines in beside their policies.")] = False,
) -> None:
    import json

    from netbaseline.cli.platform_file import platform_from
    from netbaseline.cli.rendering import Renderer
    from netbaseline.core.manifests import Refused

    renderer = Renderer(platform_from(platform))
    resources = _resources(sys.stdin.buffer.read())
    try:
        policies = _policies(renderer, resources)
    except Refused as error:
        raise UserError("\n".join(map(str, error.remarks))) from None
    for line in renderer.remarks:
        print(f"netbaseline: {line}", file=sys.stderr)
    items = [item for item in resources["items"] if keep or not _is_baseline(item)]
    made = {"apiVersion": resources["apiVersion"], "kind": KIND, "items": [*items, *policies]}
    try:
        # JSON is YAML, and has no anchors, which not every reader of YAML follows.
        text = json.dumps(made, indent=2, allow_nan=False)
    except ValueError:
        raise UserError(
            "<stdin>: a number in it is not finite (.inf or .nan), which no Kubernetes object can hold"
        ) from None
    print(text)


@dataclass(frozen=True, slots=True)
class _Place:
    """An object in a ResourceList: its file where the caller tells, and no lines."""

    source: str

    def line(self, _: str) -> None:
        return None


def _resources(text: bytes) -> dict[str, Any]:
    """The ResourceList; raises UserError."""
    from netbaseline.cli.reading.yaml_text import NotYAML, parse

    try:
        found = [parsed.value for parsed in parse(text)]
    except NotYAML as error:
        raise UserError(f"<stdin>:{error.line or 1}: not YAML: {error.message}") from None
    if len(found) != 1 or not isinstance(found[0], dict) or found[0].get("kind") != KIND:
        raise UserError(f"<stdin>: expected one {KIND} (config.kubernetes.io/v1), as kustomize gives it to functions")
    resources: dict[str, Any] = found[0]
    items = resources.get("items") or []
    if not isinstance(items, list):
        raise UserError("<stdin>: items: expected a list")
    return {"apiVersion": "config.kubernetes.io/v1", **resources, "items": items}


def _policies(renderer: "Renderer", resources: dict[str, Any]) -> list[dict[str, Any]]:
    """Of all baselines among the items, and of the one that is the configuration. Raises Refused."""
    from netbaseline.core.manifests import Given
    from netbaseline.core.netpol import to_manifest

    baselines = list(filter(_is_baseline, resources["items"]))
    own = resources.get("functionConfig")
    # A generator's configuration is also among the items, in kustomize.
    if isinstance(own, dict) and _is_baseline(own) and _name(own) not in map(_name, baselines):
        baselines.append(own)
    readable = filter(None, [renderer.read(Given(item, _Place(_file(item)))) for item in baselines])
    return [to_manifest(policy) for each in readable for policy in renderer.policies(each)]


def _is_baseline(item: Any) -> bool:
    from netbaseline.core.manifests.baselines import is_baseline

    return isinstance(item, dict) and is_baseline(item)


def _name(item: dict[str, Any]) -> tuple[Any, Any]:
    metadata = _object(item, "metadata")
    return metadata.get("namespace"), metadata.get("name")


def _file(item: dict[str, Any]) -> str:
    annotations = _object(_object(item, "metadata"), "annotations")
    return next((str(annotations[key]) for key in PATHS if key in annotations), "<stdin>")


def _object(above: dict[str, Any], key: str) -> dict[str, Any]:
    """What is below a key; empty where it is no object, which is told when the baseline is read."""
    found = above.get(key)
    return found if isinstance(found, dict) else {}
