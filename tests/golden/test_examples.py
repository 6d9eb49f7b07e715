"""Every example renders to exactly the policies that are checked in; see `regenerate` for how they came to be."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.golden.rendering import EXAMPLES, RENDERED, rendered

ALL = sorted(EXAMPLES.glob("*.yaml"))
HOW = "if the new output is meant: python -m tests.golden.regenerate, and read the diff"


def specs(name: str) -> dict[str, Any]:
    """The golden NetworkPolicies of an example: name to spec."""
    found = yaml.safe_load_all((RENDERED / f"{name}.yaml").read_text())
    return {policy["metadata"]["name"]: policy["spec"] for policy in found}


def baseline_in(example: Path) -> str:
    """The name of the baseline in an example."""
    name: str = yaml.safe_load(example.read_text())["metadata"]["name"]
    return name


def test_there_is_a_golden_file_for_each_example_and_an_example_for_each_golden_file() -> None:
    assert {path.name for path in RENDERED.iterdir()} == {path.name for path in ALL}, HOW


@pytest.mark.parametrize("example", ALL, ids=lambda path: path.stem)
def test_an_example_renders_to_its_golden_file(example: Path) -> None:
    assert rendered(example) == (RENDERED / example.name).read_text(), HOW


@pytest.mark.parametrize("example", ALL, ids=lambda path: path.stem)
def test_every_golden_policy_spells_out_both_directions(example: Path) -> None:
    found = specs(example.stem)
    assert f"nbl.{baseline_in(example)}.deny" in found
    for spec in found.values():
        assert spec.keys() == {"podSelector", "policyTypes", "ingress", "egress"}


def test_dns_spelled_out_means_what_dns_by_default_means() -> None:
    assert specs("dns")["nbl.dns.dns"] == specs("default-deny-egress")["nbl.default-deny-egress.dns"]


def test_one_dash_more_makes_either_of_both() -> None:
    both = specs("namespace-and-pods")["nbl.namespace-and-pods.rule.reporting"]["ingress"][0]["from"]
    either = specs("namespace-or-pods")["nbl.namespace-or-pods.rule.reporting"]["ingress"][0]["from"]
    assert [len(peer) for peer in both] == [2]
    assert [len(peer) for peer in either] == [1, 1]
