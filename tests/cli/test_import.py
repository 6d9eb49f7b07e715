from pathlib import Path

import pytest
import yaml

from tests.cli.running import netbaseline
from tests.cli.test_connectivity import SHOP

MOJ = Path(__file__).resolve().parents[3] / "shared" / "data" / "moj-cloud-platform" / "objects.jsonl.gz"


def test_the_baselines_take_the_place_of_the_policies_and_nothing_changes(tmp_path: Path) -> None:
    standing = tmp_path / "shop.yaml"
    standing.write_text(SHOP)
    ended = netbaseline("import", standing)
    assert ended.code == 0
    assert "1 NetworkPolicies of 1 namespaces became 1 NetworkBaselines" in ended.err
    assert "proved: connectivity stays the same" in ended.err
    pods, baselines = tmp_path / "pods.yaml", tmp_path / "baselines.yaml"
    objects = list(yaml.safe_load_all(SHOP))
    pods.write_text(yaml.safe_dump_all(item for item in objects if item["kind"] != "NetworkPolicy"))
    baselines.write_text(ended.out)
    before = netbaseline("connectivity", standing, "-o", "json").out
    assert netbaseline("connectivity", pods, baselines, "-o", "json").out == before


@pytest.mark.skipif(not MOJ.is_file(), reason="the MoJ Cloud Platform data is not beside the checkout")
def test_a_whole_platform_is_said_but_for_the_policies_of_another_api() -> None:
    ended = netbaseline("import", MOJ, "-o", "table")
    assert ended.code == 1
    assert "3,201 NetworkPolicies of 1,456 namespaces became 1,458 NetworkBaselines" in ended.err
    assert ended.err.count("of another API and stays as it is") == 24
    assert "proved: connectivity stays the same" in ended.err
    assert all(line.split()[-1] == "0" for line in ended.out.splitlines()[1:])
