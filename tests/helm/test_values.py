"""What each value does, and what the schema refuses."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from netbaseline import __version__
from netbaseline.cli.app import app
from tests.deploy import manifests
from tests.deploy.manifests import CHECKOUT, Json, of_kind, the
from tests.helm.chart import CHART, Helm, identity
from tests.sandbox.control_plane import ControlPlane

MATRIX: dict[str, Json] = {
    "nothing set": {},
    "one replica": {"replicas": 1},
    "alone, without a lease": {"replicas": 1, "leaderElection": {"enabled": False}},
    "five replicas": {"replicas": 5, "podDisruptionBudget": {"minAvailable": "60%"}},
    "some namespaces": {"watchNamespaces": ["team-a", "team-b"]},
    "other names": {"fullnameOverride": "guard", "commonLabels": {"team": "platform"}},
    "the longest names": {"fullnameOverride": "f" * 63, "nameOverride": "n" * 63},
    "labels in three places": {
        "commonLabels": {"team": "platform", "app.kubernetes.io/part-of": "security"},
        "podLabels": {"team": "pods"},
        "monitoring": {"dashboard": {"enabled": True, "labels": {"team": "board"}}},
    },
    "an image by digest": {"image": {"repository": "r.example.com/n", "digest": f"sha256:{'0' * 64}"}},
    "an image of a mirror": {"image": {"registry": "mirror.example.com:5000/hub"}, "imagePullSecrets": ["pull"]},
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
    "what a platform puts into pods": {
        "envFrom": [{"configMapRef": {"name": "proxy"}}],
        "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ssl/certs", "readOnly": True}],
        "dnsPolicy": "None",
        "dnsConfig": {"nameservers": ["10.0.0.10"], "options": [{"name": "ndots", "value": "2"}]},
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["api.example.com"]}],
        "runtimeClassName": "gvisor",
    },
    "some may be missing": {"replicas": 4, "podDisruptionBudget": {"maxUnavailable": "25%"}},
    "monitors elsewhere": {
        "monitoring": {
            "serviceMonitor": {"enabled": True, "namespace": "team-a"},
            "prometheusRule": {"enabled": True, "namespace": "team-a"},
        }
    },
    "its own network policy": {
        "networkPolicy": {"enabled": True, "apiServer": {"cidrs": ["10.0.0.1/32", "fd00::1/128"]}}
    },
    "closed to scrapers": {"networkPolicy": {"enabled": True, "metrics": {"from": []}, "dns": {"to": []}}},
    "DNS on another port": {"networkPolicy": {"enabled": True, "dns": {"ports": [5353]}}},
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
    "in a parent chart": {
        "global": {"anything": 1, "imageRegistry": "g.example.com", "imagePullSecrets": ["one", {"name": "two"}]},
        "image": {"registry": "not.example.com"},
        "enabled": True,
    },
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


@pytest.mark.parametrize("missing", [0, 1, "25%"])
def test_a_budget_by_what_may_be_missing_says_nothing_of_what_must_stay(helm: Helm, missing: int | str) -> None:
    spec = the(helm.template({"podDisruptionBudget": {"maxUnavailable": missing}}), "PodDisruptionBudget")["spec"]
    assert spec["maxUnavailable"] == missing
    assert "minAvailable" not in spec


def test_the_image_comes_from_the_registry_that_is_named_the_parents_first(helm: Helm) -> None:
    def image(name: str) -> str:
        found: str = container(helm.template(MATRIX[name]))["image"]
        return found

    assert image("nothing set") == f"netbaseline:{__version__}"
    assert image("an image of a mirror") == f"mirror.example.com:5000/hub/netbaseline:{__version__}"
    assert image("in a parent chart") == f"g.example.com/netbaseline:{__version__}"
    assert image("an image by digest") == f"r.example.com/n@sha256:{'0' * 64}"


def test_secrets_to_pull_with_may_be_names_alone_and_a_parents_are_added(helm: Helm) -> None:
    def secrets(values: Json) -> list[Json]:
        found: list[Json] = the(helm.template(values), "Deployment")["spec"]["template"]["spec"]["imagePullSecrets"]
        return found

    assert secrets(MATRIX["where pods go"]) == secrets(MATRIX["an image of a mirror"]) == [{"name": "pull"}]
    both = {**MATRIX["in a parent chart"], "imagePullSecrets": ["own"]}
    assert secrets(both) == [{"name": "one"}, {"name": "two"}, {"name": "own"}]


def test_the_nearest_of_several_values_of_a_label_is_taken(helm: Helm) -> None:
    objects = helm.template(MATRIX["labels in three places"])
    deployment = the(objects, "Deployment")
    assert deployment["metadata"]["labels"]["team"] == "platform"
    assert deployment["spec"]["template"]["metadata"]["labels"]["team"] == "pods"
    assert the(objects, "ConfigMap")["metadata"]["labels"]["team"] == "board"
    assert {item["metadata"]["labels"]["app.kubernetes.io/part-of"] for item in objects} == {"security"}


def test_names_that_look_like_numbers_stay_texts(helm: Helm) -> None:
    objects = helm.template(release="123", namespace="456")
    assert {item["metadata"]["labels"]["app.kubernetes.io/instance"] for item in objects} == {"123"}
    namespaces = {item["metadata"].get("namespace") for item in objects} - {None, "default"}
    subjects = {each["namespace"] for item in objects for each in item.get("subjects", ())}
    assert namespaces == subjects == {"456"}


def test_releases_of_long_names_share_no_name(helm: Helm) -> None:
    objects = [helm.template({"crds": {"enabled": False}}, release="r" * 52 + end) for end in "ab"]
    first, second = ({identity(item) for item in each} for each in objects)
    assert len(first) == len(second) > 1
    assert not first & second


def test_in_a_parent_chart_it_stands_under_two_names_side_by_side(helm: Helm, tmp_path: Path) -> None:
    dependency = {"name": "netbaseline", "version": __version__, "repository": f"file://{CHART}"}
    parent = {
        "apiVersion": "v2",
        "name": "platform",
        "version": "1.0.0",
        "dependencies": [{**dependency, "condition": "netbaseline.enabled"}, {**dependency, "alias": "guard"}],
    }
    values = {
        "global": {"imageRegistry": "g.example.com", "other": {"deep": True}},
        "netbaseline": {"enabled": True, "topologySpreadConstraints": None},
        "guard": {"watchNamespaces": ["team-a"], "crds": {"enabled": False}},
    }
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(parent))
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    helm.run("dependency", "update", str(tmp_path))

    def deployments(*flags: str) -> dict[str, str]:
        objects = yaml.safe_load_all(helm.run("template", "all", str(tmp_path), *flags).stdout)
        found = of_kind(filter(None, objects), "Deployment")
        return {item["metadata"]["name"]: container([item])["image"] for item in found}

    image = f"g.example.com/netbaseline:{__version__}"
    assert deployments() == {"all-netbaseline": image, "all-guard": image}
    assert deployments("--set=netbaseline.enabled=false") == {"all-guard": image}


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
    _, dns = the(helm.template(MATRIX["DNS on another port"]), "NetworkPolicy")["spec"]["egress"]
    assert dns["ports"] == [{"port": 5353, "protocol": "UDP"}, {"port": 5353, "protocol": "TCP"}]


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
    assert "namespaceSelector" not in monitor["spec"]


def test_a_monitor_of_another_namespace_looks_into_the_releases(helm: Helm) -> None:
    objects = helm.template(MATRIX["monitors elsewhere"])
    monitor = the(objects, "ServiceMonitor")
    assert monitor["metadata"]["namespace"] == the(objects, "PrometheusRule")["metadata"]["namespace"] == "team-a"
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["netbaseline-system"]}


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
    "no security context by null": ({"securityContext": None}, "securityContext"),
    "no security context of the pods by null": ({"podSecurityContext": None}, "podSecurityContext"),
    "no decision on what becomes of the CRDs": ({"crds": {"keep": None}}, "keep"),
    "a group away": ({"monitoring": None}, "monitoring"),
    "a volume of the node": ({"extraVolumes": [{"name": "a", "hostPath": {"path": "/"}}]}, "hostPath"),
    "another name for the selector": ({"podLabels": {"app.kubernetes.io/name": "other"}}, "app.kubernetes.io"),
    "another name in all labels": ({"commonLabels": {"app.kubernetes.io/name": "other"}}, "app.kubernetes.io"),
    "a name that is none": ({"nameOverride": "My App"}, "/nameOverride"),
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


def test_only_what_is_kubernetes_own_or_a_parents_takes_keys_that_the_schema_does_not_name() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    kubernetes = {"/podSecurityContext", "/securityContext", "/podSecurityContext/seccompProfile"}
    assert set(open_ended(schema)) == {*kubernetes, "/global"}


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


def test_the_chart_of_a_release_knows_where_the_image_of_that_release_is(helm: Helm, tmp_path: Path) -> None:
    """By the workflow's own commands; without them it would name an image that no registry has."""
    chart = tmp_path / "deploy" / "charts" / "netbaseline"
    shutil.copytree(CHART, chart)
    workflow = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "release.yaml").read_text())
    steps = [step.get("run", "") for step in workflow["jobs"]["chart"]["steps"]]
    before = steps[: next(number for number, text in enumerate(steps) if text.startswith("helm package"))]
    path = os.pathsep.join([str(helm.binary.parent), os.environ["PATH"]])
    told = {
        **os.environ,
        "PATH": path,
        "IMAGE": "ghcr.io/netbaseline/netbaseline",
        "GITHUB_REF_NAME": f"v{__version__}",
    }
    subprocess.run(["bash", "-ec", "\n".join(before)], cwd=tmp_path, env=told, check=True, capture_output=True)
    rendered = yaml.safe_load_all(helm.run("template", "netbaseline", str(chart)).stdout)
    assert container([item for item in rendered if item])["image"] == f"ghcr.io/netbaseline/netbaseline:{__version__}"


def test_a_packaged_chart_has_all_that_is_in_the_folder(helm: Helm, tmp_path: Path) -> None:
    helm.run("package", str(CHART), f"--destination={tmp_path}")
    packaged = helm.run("template", "netbaseline", str(tmp_path / f"netbaseline-{__version__}.tgz"), "-n", "own").stdout
    assert packaged == helm.run("template", "netbaseline", str(CHART), "-n", "own").stdout
    assert CHECKOUT in CHART.parents
