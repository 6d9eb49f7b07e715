"""The manifests fit each other, and the operator."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from netbaseline import __version__
from netbaseline.cli.app import app
from netbaseline.cluster.kinds import FOREIGN
from tests.deploy.manifests import CHECKOUT, NAMESPACED, RBAC, Json, account, of_kind, render, the
from tests.deploy.rights import Right, granted
from tests.sandbox.control_plane import ControlPlane

NEVER = {"secrets", "roles", "rolebindings", "clusterroles", "clusterrolebindings", "serviceaccounts/token", "users"}


def container(install: list[Json]) -> Json:
    (found,) = the(install, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def rules(install: list[Json]) -> list[Json]:
    """Every rule of every role."""
    return [rule for role in of_kind(install, "Role", "ClusterRole") for rule in role["rules"]]


def plain(rule: Json) -> list[tuple[str, tuple[str, ...]]]:
    """A rule as something that can be compared and sorted."""
    return sorted((key, tuple(sorted(values))) for key, values in rule.items())


def test_no_rule_has_a_wildcard_or_hands_on_rights(install: list[Json]) -> None:
    for rule in rules(install):
        values = [value for key in ("apiGroups", "resources", "verbs") for value in rule[key]]
        assert not [value for value in values if "*" in value]
        assert not NEVER & set(rule["resources"])
        assert not {"escalate", "bind", "impersonate", "deletecollection"} & set(rule["verbs"]) or is_for_people(rule)
        assert "nonResourceURLs" not in rule


def is_for_people(rule: Json) -> bool:
    """The aggregated roles let people do with baselines what they may do with the rest of their namespace."""
    return rule["apiGroups"] == ["netbaseline.dev"] and "impersonate" not in rule["verbs"]


def test_every_binding_is_to_the_operators_account_and_to_a_role_that_is_there(install: list[Json]) -> None:
    namespace, name = account(install)
    bindings = of_kind(install, "RoleBinding", "ClusterRoleBinding")
    assert bindings
    roles = {
        (role["kind"], role["metadata"].get("namespace"), role["metadata"]["name"])
        for role in of_kind(install, "Role", "ClusterRole")
    }
    for binding in bindings:
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": name, "namespace": namespace}]
        there = binding["metadata"].get("namespace")
        assert (binding["roleRef"]["kind"], there, binding["roleRef"]["name"]) in roles


ON_THE_CLUSTER = {"namespaces", "daemonsets", *(kind.plural for kind in FOREIGN if not kind.namespaced)}
"""What has no namespace; and DaemonSets, which matter in kube-system."""


def test_a_watched_namespace_gives_the_rights_of_the_cluster_wide_install_but_those_on_the_cluster(
    base: list[Json], example: list[Json]
) -> None:
    everywhere = {role["metadata"]["name"]: role["rules"] for role in of_kind(base, "ClusterRole")}
    narrowed = [
        {**rule, "resources": [resource for resource in rule["resources"] if resource not in ON_THE_CLUSTER]}
        for rule in everywhere["netbaseline-operator"]
    ]
    expected = [plain(rule) for rule in narrowed if rule["resources"]]
    for namespace in ("team-a", "team-b"):
        (role,) = (item for item in of_kind(example, "Role") if item["metadata"]["namespace"] == namespace)
        assert [plain(rule) for rule in role["rules"]] == expected


def test_a_namespaced_install_has_nothing_cluster_wide_but_its_own_namespace(example: list[Json]) -> None:
    assert [item["kind"] for item in example if "namespace" not in item["metadata"]] == ["Namespace"]
    assert {item["metadata"]["namespace"] for item in of_kind(example, *RBAC)} == {
        "default",
        "netbaseline-teams",
        "team-a",
        "team-b",
    }


def test_the_flags_of_a_namespaced_install_name_the_namespaces_it_has_roles_in(example: list[Json]) -> None:
    named = {flag.removeprefix("--namespace=") for flag in container(example)["args"][1:]}
    may_write = {
        right.namespace
        for right in granted(example, account(example))
        if right.resource == "networkpolicies" and right.verb == "patch"
    }
    assert named == may_write == {"team-a", "team-b"}


def test_the_lease_that_may_be_written_is_the_one_that_the_operator_takes(install: list[Json]) -> None:
    rights = {right for right in granted(install, account(install)) if right.resource == "leases"}
    home, _ = account(install)
    assert {right for right in rights if right.verb != "create"} == {
        Right(verb, "coordination.k8s.io", "leases", home, default_of("lease_name"))
        for verb in ("get", "update", "patch")
    }


def test_the_arguments_are_ones_that_the_command_line_knows(install: list[Json]) -> None:
    command, *flags = container(install)["args"]
    assert command == "run"
    run_command().make_context("run", list(flags))


def run_command() -> Any:
    """`netbaseline run`, as typer has made it; which click that is, is typer's affair."""
    group: Any = typer.main.get_command(app)
    return group.commands["run"]


def default_of(option: str) -> str:
    """What `netbaseline run` does where the manifests don't say."""
    return str(next(each.default for each in run_command().params if each.name == option))


def test_service_budget_and_spreading_select_the_pods(install: list[Json]) -> None:
    deployment, service = the(install, "Deployment")["spec"], the(install, "Service")["spec"]
    labels = deployment["template"]["metadata"]["labels"].items()
    selectors = [
        deployment["selector"]["matchLabels"],
        service["selector"],
        the(install, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        *(each["labelSelector"]["matchLabels"] for each in deployment["template"]["spec"]["topologySpreadConstraints"]),
    ]
    assert all(selector.items() <= labels for selector in selectors)


def test_the_service_leads_to_the_port_of_the_container(install: list[Json]) -> None:
    (port,), (target,) = the(install, "Service")["spec"]["ports"], container(install)["ports"]
    assert port["targetPort"] == target["name"]
    assert port["port"] == target["containerPort"]
    assert default_of("listen") == f"0.0.0.0:{target['containerPort']}"
    annotations = the(install, "Service")["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(port["port"])


def test_two_replicas_of_which_one_may_be_evicted(install: list[Json]) -> None:
    assert the(install, "Deployment")["spec"]["replicas"] == 2
    assert the(install, "PodDisruptionBudget")["spec"]["minAvailable"] == 1


@pytest.mark.parametrize(
    ("probe", "path"), [("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")]
)
def test_probes_ask_the_port_by_name(install: list[Json], probe: str, path: str) -> None:
    assert container(install)[probe]["httpGet"] == {"path": path, "port": "http"}


def test_the_image_is_of_this_version(install: list[Json]) -> None:
    assert container(install)["image"] == f"netbaseline:{__version__}"


def test_all_but_the_crd_is_labelled_as_ours(install: list[Json]) -> None:
    unlabelled = [
        item["kind"]
        for item in install
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/name") != "netbaseline"
    ]
    assert set(unlabelled) <= {"CustomResourceDefinition"}


def test_everything_that_is_in_deploy_is_part_of_an_install() -> None:
    """A manifest that no kustomization names would be shipped and never applied."""
    for folder in (path.parent for path in (CHECKOUT / "deploy").rglob("kustomization.yaml")):
        text = (folder / "kustomization.yaml").read_text()
        for manifest in folder.glob("*.yaml"):
            if not re.search(r"^apiVersion:", manifest.read_text(), re.MULTILINE):
                continue  # Prometheus' own rules file, say
            named = re.search(rf"^  - {re.escape(manifest.name)}$", text, re.MULTILINE)
            assert named or manifest.name == "kustomization.yaml", manifest


def test_the_documentation_gives_the_reason_for_each_right(base: list[Json]) -> None:
    text = (CHECKOUT / "docs" / "deployment.md").read_text()
    lines = re.findall(r"^\| (`[a-z`, ]+`) \| (`[^|]+`) \|", text, re.MULTILINE)
    rows = [
        (verb, resource)
        for verbs, resources in lines
        for verb in re.findall("[a-z]+", verbs)
        for resource in re.findall("`([a-z/]+)`", resources)
    ]
    assert set(rows) == {(right.verb, right.resource) for right in granted(base, account(base))}


def test_the_overlay_of_the_documentation_puts_the_image_where_it_says(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    text = (CHECKOUT / "docs" / "deployment.md").read_text()
    (overlay,) = re.findall(r"```yaml\n# kustomization.yaml\n(.*?)```", text, re.DOTALL)
    here = overlay.replace("- deploy/base", f"- {os.path.relpath(CHECKOUT, tmp_path)}/deploy/base")
    (tmp_path / "kustomization.yaml").write_text(here)
    assert container(render(control_plane, tmp_path))["image"] == f"registry.example.com/netbaseline:{__version__}"


def test_the_documentation_names_folders_that_are_there() -> None:
    text = (CHECKOUT / "docs" / "deployment.md").read_text()
    folders = set(re.findall(r"\b(?:deploy/[a-z/.-]*[a-z]|crds)\b", text))
    assert {"deploy/base", "deploy/namespaced/example"} <= folders
    assert [folder for folder in folders if not (CHECKOUT / folder).exists()] == []
    assert NAMESPACED.is_dir()
