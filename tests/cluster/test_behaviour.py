"""Compiled policies before the real API server: it takes each of them, and keeps what they say."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from kubernetes import client

from netbaseline.core.compile import compile_baseline
from netbaseline.core.netpol import spec_from_manifest, to_manifest
from netbaseline.core.normalize import normalized
from tests.cluster.world import World
from tests.core.baselines import PLATFORM, baseline, specs

RENDERED = sorted((Path(__file__).resolve().parents[1] / "golden" / "rendered").glob("*.yaml"))


@pytest.fixture(scope="module")
def namespace(world: World) -> str:
    return world.namespace("dry-run", pods=0)


def taken(world: World, namespace: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """The policy as the API server would store it; a warning or an unknown field fails."""
    manifest["metadata"]["namespace"] = namespace
    options: dict[str, Any] = {"dry_run": "All", "field_validation": "Strict", "_preload_content": False}
    body: Any = manifest
    answer: Any = client.NetworkingV1Api(world.api).create_namespaced_network_policy(namespace, body, **options)
    assert answer.headers.get("Warning") is None
    found: dict[str, Any] = answer.json()
    return found


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(spec=specs)
def test_the_api_server_takes_every_compiled_policy_and_keeps_its_meaning(
    world: World, namespace: str, spec: dict[str, Any]
) -> None:
    for policy in compile_baseline(baseline(spec, uid="6f1c1f3e-0000-4000-8000-000000000000"), PLATFORM).policies:
        stored = taken(world, namespace, to_manifest(policy))
        assert normalized(spec_from_manifest(stored["spec"])) == policy.spec
        assert stored["metadata"]["labels"] == policy.labels
        assert stored["metadata"]["annotations"] == policy.annotations


@pytest.mark.parametrize("golden", RENDERED, ids=lambda path: path.stem)
def test_the_api_server_takes_what_is_rendered_from_an_example(world: World, namespace: str, golden: Path) -> None:
    for manifest in yaml.safe_load_all(golden.read_text()):
        stored = taken(world, namespace, manifest)
        assert stored["spec"]["policyTypes"] == manifest["spec"]["policyTypes"]
