"""Chart and kustomizations are two ways to install one thing: object by object they are the same."""

import copy

import yaml

from tests.deploy import manifests
from tests.deploy.manifests import Json
from tests.helm.chart import Helm, as_without_helm, by_identity
from tests.sandbox.control_plane import ControlPlane
from tools.chart.files import FOLDER, generated

Objects = dict[tuple[str, str, str], Json]


def test_the_files_that_the_chart_shares_are_generated() -> None:
    how = "make chart"
    expected = generated()
    assert {path for path in FOLDER.rglob("*") if path.is_file()} == {
        path for path in expected if path.is_relative_to(FOLDER)
    }, how
    assert [path for path, content in expected.items() if path.read_text(encoding="utf-8") != content] == [], how


def comparable(objects: list[Json]) -> Objects:
    """Without what only one of the two ways can have."""
    found = copy.deepcopy(objects)
    for item in found:
        if item["kind"] == "CustomResourceDefinition":
            # helm needs its labels to know the CRD for its own, and the annotation so as not to delete it
            item["metadata"].pop("labels", None)
            item["metadata"].pop("annotations", None)
    # helm makes the namespace itself (--create-namespace), before there is any object of a release
    return by_identity(as_without_helm([item for item in found if item["kind"] != "Namespace"]))


def test_the_chart_installs_what_the_base_installs(control_plane: ControlPlane, helm: Helm) -> None:
    base = comparable(manifests.render(control_plane, manifests.BASE))
    chart = comparable(helm.template())
    assert chart.keys() == base.keys()
    for key, item in base.items():
        assert chart[key] == item


def test_for_some_namespaces_it_installs_what_the_example_installs(control_plane: ControlPlane, helm: Helm) -> None:
    values = {"watchNamespaces": ["team-a", "team-b"], "crds": {"enabled": False}}
    example = manifests.render(control_plane, manifests.EXAMPLE)
    chart = helm.template(values, namespace="netbaseline-teams")
    shared = [item for item in chart if item["kind"] in manifests.RBAC and item["metadata"]["namespace"] == "default"]
    # kustomize's installs share one Role in `default`; helm lets an object belong to one release only
    for item in shared:
        of = item["metadata"] if item["kind"] == "Role" else item["roleRef"]
        of["name"] = of["name"].removesuffix(".netbaseline-teams")
    assert len(shared) == 2
    expected = comparable(example)
    assert comparable(chart).keys() == expected.keys()
    for key, item in expected.items():
        assert comparable(chart)[key] == item


def test_what_is_for_prometheus_and_grafana_is_what_lies_in_deploy(control_plane: ControlPlane, helm: Helm) -> None:
    on = {name: {"enabled": True} for name in ("podMonitor", "prometheusRule", "dashboard")}
    chart = comparable(helm.template({"monitoring": on}))
    expected = comparable(manifests.render(control_plane, manifests.CHECKOUT / "deploy" / "monitoring"))
    for item in chart.values():
        for endpoint in item.get("spec", {}).get("podMetricsEndpoints", ()):
            assert (endpoint.pop("interval"), endpoint.pop("scrapeTimeout")) == ("30s", "10s")
    assert {key: chart[key] for key in expected} == expected
    assert [len(item["data"]) for key, item in expected.items() if key[0] == "ConfigMap"] == [1]


def test_the_crds_come_out_as_they_went_in(helm: Helm) -> None:
    """Through helm's own YAML a number such as 1000000 would come out as 1e+06, and be stored as a float."""
    sources = [yaml.safe_load(path.read_text()) for path in sorted((FOLDER / "crds").iterdir())]
    crds = manifests.of_kind(helm.template(), "CustomResourceDefinition")
    assert [item["spec"] for item in crds] == [item["spec"] for item in sources]
    assert sources
