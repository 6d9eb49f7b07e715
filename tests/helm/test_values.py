"""What each value does, and what the schema refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
import yaml

from netbaseline import __version__
from netbaseline.cli.app import app
from tests.deploy import manifests
from tests.deploy.manifests import CHECKOUT, Json, of_kind, the
from tests.helm.chart import CHART, Helm
from tests.sandbox.control_plane import ControlPlane

MATRIX: dict[str, Json] = {
    "nothing set": {},
    "one replica": {"replicas": 1},
    "alone, without a lease": {"replicas": 1, "leaderElection": {"enabled": False}},
    "five replicas": {"replicas": 5, "podDisruptionBudget": {"minAvailable": "60%"}},
    "some namespaces": {"watchNamespaces": ["team-a", "team-b"]},
    "other names": {"fullnameOverride": "guard", "commonLabels": {"team": "platform"}},
    "an image by digest": {"image": {"repository": "r.example.com/n", "digest": f"sha256:{'0' * 64}"}},
    "every setting": {
        "settings": {
            "workers": 8,
            "removalLimit": 1000000,
            "watchSilence": 30,
            "stuckAfter": 60.5,
            "logFormat": "json",
            "verbose": True,
        },
        "extraArgs": ["--watch-silence=40"],
        "env": [{"name": "NO_PROXY", "value": "10.0.0.0/8"}],
    },
    "where pods go": {
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {"pool": "system"},
        "tolerations": [{"key": "pool", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [],
        "podLabels": {"a": "b"},
        "podAnnotations": {"c": "d"},
        "podSecurityContext": {"fsGroup": 1000},
        "imagePullSecrets": [{"name": "pull"}],
    },
    "its own network policy": {
        "networkPolicy": {"enabled": True, "apiServer": {"cidrs": ["10.0.0.1/32", "fd00::1/128"]}}
    },
    "closed to scrapers": {"networkPolicy": {"enabled": True, "metrics": {"from": []}, "dns": {"to": []}}},
    "a flow schema": {"flowSchema": {"enabled": True}},
    "a service monitor": {"monitoring": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}}},
    "a pod monitor": {"monitoring": {"podMonitor": {"enabled": True, "interval": "1m"}}},
    "rules and dashboard": {
        "monitoring": {
            "prometheusRule": {"enabled": True},
            "dashboard": {"enabled": True, "namespace": "default", "annotations": {"folder": "Security"}},
        }
    },
    "rights from elsewhere": {"rbac": {"create": False}, "serviceAccount": {"create": False, "name": "given"}},
    "nothing for people": {"rbac": {"aggregateToDefaultRoles": False}},
    "CRDs from elsewhere": {"crds": {"enabled": False}},
    "CRDs that go": {"crds": {"keep": False}},
    "more objects": {
        "extraManifests": [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "team-a"}},
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-two', namespace: team-b}}",
        ]
    },
    "in a parent chart": {"global": {"anything": 1}, "enabled": True},
}


@pytest.fixture(scope="module", autouse=True)
def namespaces(control_plane: ControlPlane) -> None:
    """A dry run puts nothing into a namespace that isn't there."""
    names = ("netbaseline-system", "team-a", "team-b")
    meta = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
    manifests.apply(control_plane, meta)


def container(objects: list[Json]) -> Json:
    (found,) = the(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def run_command() -> Any:
    group: Any = typer.main.get_command(app)
    return group.commands["run"]


def test_lint_has_nothing_against_the_chart(helm: Helm) -> None:
    helm.run("lint", "--strict", str(CHART))


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX.keys())
def test_what_comes_out_is_taken_by_a_real_api_server(control_plane: ControlPlane, helm: Helm, values: Json) -> None:
    objects = helm.template(values)
    known = [item for item in objects if not item["apiVersion"].startswith("monitoring.coreos.com/")]
    answer = control_plane.kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        "--force-conflicts",
        "--filename=-",
        stdin=manifests.as_text(known),
    )
    # What another test has applied from the client is there still, and kubectl can't take that over in a dry run.
    told = [line for line in answer.stderr.splitlines() if "last-applied-configuration" not in line]
    assert told == []
    assert len(answer.stdout.splitlines()) == len(known)
    command, *flags = container(objects)["args"]
    assert command == "run"
    run_command().make_context("run", list(flags))


def test_a_budget_only_where_there_is_something_to_budget(helm: Helm) -> None:
    assert of_kind(helm.template({"replicas": 1}), "PodDisruptionBudget") == []
    assert the(helm.template(MATRIX["five replicas"]), "PodDisruptionBudget")["spec"]["minAvailable"] == "60%"
    assert of_kind(helm.template({"podDisruptionBudget": {"enabled": False}}), "PodDisruptionBudget") == []


def test_without_a_lease_there_are_never_two_at_a_time(helm: Helm) -> None:
    objects = helm.template(MATRIX["alone, without a lease"])
    assert the(objects, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert "--no-leader-elect" in container(objects)["args"]
    assert not [item for item in of_kind(objects, "Role") if item["metadata"]["name"] == "netbaseline-lease"]


def test_an_install_of_another_name_leads_by_another_lease_and_may_write_it(helm: Helm) -> None:
    objects = helm.template(MATRIX["other names"])
    assert "--lease-name=guard" in container(objects)["args"]
    (role,) = (item for item in of_kind(objects, "Role") if item["metadata"]["name"] == "guard-lease")
    assert [rule.get("resourceNames") for rule in role["rules"]] == [["guard"], None]
    assert {item["metadata"]["labels"]["team"] for item in objects} == {"platform"}
    assert {item["roleRef"]["name"] for item in of_kind(objects, "ClusterRoleBinding")} == {"guard-operator"}


def test_settings_are_flags_with_numbers_written_out(helm: Helm) -> None:
    assert set(container(helm.template(MATRIX["every setting"]))["args"][1:]) == {
        "--workers=8",
        "--removal-limit=1000000",
        "--watch-silence=30",
        "--stuck-after=60.5",
        "--log-format=json",
        "--verbose",
        "--watch-silence=40",
    }


NOT_A_SETTING = {
    "namespace": "watchNamespaces",
    "leader_elect": "leaderElection.enabled",
    "lease_name": "is the release's",
    "lease_namespace": "is the pod's own",
    "listen": "is what Service and probes ask",
    "kubeconfig": "is for outside of a cluster",
    "help": "ends at once",
}


def test_every_option_of_the_command_is_a_setting_or_has_a_reason_not_to_be() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    settings = set(schema["properties"]["settings"]["properties"])
    options = {each.name for each in run_command().params} - NOT_A_SETTING.keys()
    assert settings == {_camel(name) for name in options}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def test_nothing_is_cluster_wide_where_some_namespaces_are_named(helm: Helm) -> None:
    objects = helm.template({**MATRIX["some namespaces"], "crds": {"enabled": False}})
    assert [item["kind"] for item in objects if "namespace" not in item["metadata"]] == []


def test_the_network_policy_lets_through_what_the_operator_needs_and_nothing_else(helm: Helm) -> None:
    spec = the(helm.template(MATRIX["its own network policy"]), "NetworkPolicy")["spec"]
    server, dns = spec["egress"]
    assert [port["port"] for port in server["ports"]] == [443, 6443]
    assert [peer["ipBlock"]["cidr"] for peer in server["to"]] == ["10.0.0.1/32", "fd00::1/128"]
    assert {port["port"] for port in dns["ports"]} == {53}
    assert [port["port"] for port in spec["ingress"][0]["ports"]] == [8080]
    closed = the(helm.template(MATRIX["closed to scrapers"]), "NetworkPolicy")["spec"]
    assert closed["ingress"] == []
    assert len(closed["egress"]) == 1
    assert "to" not in closed["egress"][0]
    assert of_kind(helm.template(), "NetworkPolicy") == []


def test_the_monitors_select_the_service_and_the_pods(helm: Helm) -> None:
    objects = helm.template(MATRIX["a service monitor"])
    monitor, service = the(objects, "ServiceMonitor"), the(objects, "Service")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert [port["name"] for port in service["spec"]["ports"]] == [monitor["spec"]["endpoints"][0]["port"]]
    objects = helm.template(MATRIX["a pod monitor"])
    monitor, deployment = the(objects, "PodMonitor"), the(objects, "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert monitor["spec"]["podMetricsEndpoints"][0]["interval"] == "1m"


def test_the_dashboard_goes_where_the_sidecar_looks(helm: Helm) -> None:
    found = the(helm.template(MATRIX["rules and dashboard"]), "ConfigMap")
    assert found["metadata"]["namespace"] == "default"
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["annotations"] == {"folder": "Security"}
    assert json.loads(found["data"]["netbaseline-coverage.json"])["panels"]


def test_the_flow_schema_is_about_this_account_alone(helm: Helm) -> None:
    objects = helm.template(MATRIX["a flow schema"], release="guard", namespace="own")
    account = the(objects, "ServiceAccount")["metadata"]
    (rule,) = the(objects, "FlowSchema")["spec"]["rules"]
    assert [each["serviceAccount"] for each in rule["subjects"]] == [{"name": account["name"], "namespace": "own"}]


def test_more_objects_may_be_templates(helm: Helm) -> None:
    assert [item["metadata"]["name"] for item in of_kind(helm.template(MATRIX["more objects"]), "ConfigMap")] == [
        "one",
        "netbaseline-two",
    ]


def test_the_crds_are_kept_unless_told_otherwise(helm: Helm) -> None:
    policy = "helm.sh/resource-policy"
    kept = of_kind(helm.template(), "CustomResourceDefinition")
    assert {item["metadata"]["annotations"][policy] for item in kept} == {"keep"}
    going = of_kind(helm.template(MATRIX["CRDs that go"]), "CustomResourceDefinition")
    assert len(going) == len(kept) > 0
    assert not [item for item in going if policy in item["metadata"].get("annotations", {})]


REFUSED: dict[str, tuple[Json, str]] = {
    "a key that isn't there": ({"replicaCount": 3}, "replicaCount"),
    "a key further down": ({"crds": {"kept": False}}, "kept"),
    "a setting that isn't there": ({"settings": {"worker": 3}}, "worker"),
    "a text for a number": ({"replicas": "two"}, "/replicas"),
    "two replicas without a lease": ({"replicas": 2, "leaderElection": {"enabled": False}}, "/leaderElection/enabled"),
    "both monitors": ({"monitoring": {k: {"enabled": True} for k in ("serviceMonitor", "podMonitor")}}, "/monitoring"),
    "privilege escalation": ({"securityContext": {"allowPrivilegeEscalation": True}}, "allowPrivilegeEscalation"),
    "a writable file system": ({"securityContext": {"readOnlyRootFilesystem": False}}, "readOnlyRootFilesystem"),
    "capabilities": ({"securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}, "/capabilities/drop"),
    "root": ({"podSecurityContext": {"runAsUser": 0}}, "runAsUser"),
    "no seccomp": ({"podSecurityContext": {"seccompProfile": {"type": "Unconfined"}}}, "seccompProfile"),
    "a namespace with a capital": ({"watchNamespaces": ["Team-A"]}, "/watchNamespaces/0"),
    "a namespace twice": ({"watchNamespaces": ["a", "a"]}, "/watchNamespaces"),
    "an address without a length": ({"networkPolicy": {"apiServer": {"cidrs": ["10.0.0.1"]}}}, "/cidrs/0"),
    "a digest that is none": ({"image": {"digest": "latest"}}, "/image/digest"),
    "a label that is none": ({"commonLabels": {"team": "a b"}}, "/commonLabels/team"),
    "a pull policy that is none": ({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy"),
}


@pytest.mark.parametrize(("values", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_the_schema_refuses_and_names_the_place(helm: Helm, values: Json, named: str) -> None:
    assert named in helm.refusal(values)


def open_ended(schema: Json, path: str = "") -> Iterator[str]:
    """Objects of the schema that have named keys and would take any other."""
    if "properties" in schema and schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from open_ended(inner, f"{path}/{name}")


def test_only_what_is_kubernetes_own_takes_keys_that_the_schema_does_not_name() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert set(open_ended(schema)) == {"/podSecurityContext", "/securityContext", "/podSecurityContext/seccompProfile"}


def test_the_version_is_the_programs_own() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_artifact_hub_is_told_of_every_crd_and_shown_valid_examples(helm: Helm) -> None:
    annotations = yaml.safe_load((CHART / "Chart.yaml").read_text())["annotations"]
    told = {
        (item["name"], item["kind"], item["version"]) for item in yaml.safe_load(annotations["artifacthub.io/crds"])
    }
    shipped = {
        (item["metadata"]["name"], item["spec"]["names"]["kind"], version["name"])
        for item in of_kind(helm.template(), "CustomResourceDefinition")
        for version in item["spec"]["versions"]
    }
    assert told == shipped
    examples = yaml.safe_load(annotations["artifacthub.io/crdsExamples"])
    assert {item["kind"] for item in examples} <= {kind for _, kind, _ in shipped}


def test_the_notes_say_what_an_uninstall_will_do(helm: Helm) -> None:
    def notes(*flags: str) -> str:
        command = ("install", "netbaseline", str(CHART), "--dry-run=client", "--namespace=netbaseline-system")
        return helm.run(*command, *flags).stdout.split("NOTES:")[1]

    assert "leaves the CRDs, the baselines and their policies" in notes()
    assert "all namespaces stand open" in notes("--set=crds.keep=false")
    assert "get lease guard" in notes("--set=fullnameOverride=guard")


def test_a_packaged_chart_has_all_that_is_in_the_folder(helm: Helm, tmp_path: Any) -> None:
    helm.run("package", str(CHART), f"--destination={tmp_path}")
    packaged = helm.run("template", "netbaseline", str(tmp_path / f"netbaseline-{__version__}.tgz"), "-n", "own").stdout
    assert packaged == helm.run("template", "netbaseline", str(CHART), "-n", "own").stdout
    assert CHECKOUT in CHART.parents
