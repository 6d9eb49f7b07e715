"""What rules know and what they leave alone, beyond their examples."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from netbaseline.core.lint.checking import check
from netbaseline.core.lint.finding import Severity
from netbaseline.core.lint.registry import IN_ORDER
from netbaseline.core.lint.world import World
from netbaseline.core.manifests import Given, gather
from tests.core.lint.linting import ids, lint, lint_file, serious

CHECKOUT = Path(__file__).resolve().parents[3]
SHARED = CHECKOUT.parent / "shared" / "data"
BASELINES = sorted((CHECKOUT / "examples").glob("*.yaml"))


def policy(spec: str, name: str = "p", namespace: str = "shop") -> str:
    """One policy; `spec` in flow style."""
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n---\n"
    )


def pod(name: str, labels: str = "", namespace: str = "shop", spec: str = "") -> str:
    """One pod; `labels` and what `spec` adds in flow style, without braces."""
    return (
        "apiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: {name}, namespace: {namespace}, labels: {{{labels}}}}}\n"
        f"spec: {{{spec}containers: [{{name: c, image: i}}]}}\n---\n"
    )


def namespace(name: str, labels: str = "") -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n---\n"


@pytest.mark.parametrize("spec", ["", "null"])
def test_nothing_after_spec_leaves_the_policy_types_out_too(tmp_path: Path, spec: str) -> None:
    (found,) = [item for item in lint(policy(spec), tmp_path) if item.id == "NB201"]
    assert "all ingress of these pods is denied" in found.message
    assert not found.fixable


DENY = policy("{podSelector: {}, policyTypes: [Ingress]}", "deny")


def ingress(peers: str, pods: str = "{}") -> str:
    return policy(
        f"{{podSelector: {pods}, policyTypes: [Ingress], ingress: [{{from: {peers}, ports: [{{port: 80}}]}}]}}"
    )


@pytest.mark.parametrize("path", BASELINES, ids=lambda path: path.name)
def test_our_own_examples_are_right(path: Path) -> None:
    assert serious(lint_file(path)) == []


def test_where_no_label_is_close_the_few_that_the_key_has_are_named(tmp_path: Path) -> None:
    text = pod("a", "app: web") + pod("b", "app: api") + pod("c", "tier: db")
    (finding,) = [
        item for item in lint(text + ingress("[]", "{matchLabels: {app: wbe}}"), tmp_path) if item.id == "NB101"
    ]
    assert "none of these pods has app=wbe (app is api or web here)" in finding.hint
    more = "".join(pod(value, f"app: {value}") for value in ("cart", "mail"))
    (finding,) = [
        item for item in lint(text + more + ingress("[]", "{matchLabels: {app: wbe}}"), tmp_path) if item.id == "NB101"
    ]
    assert "here" not in finding.hint


def test_who_makes_a_policy_superfluous_is_named_once(tmp_path: Path) -> None:
    def allowing(*rules: str) -> str:
        return f"{{podSelector: {{}}, policyTypes: [Ingress], ingress: [{', '.join(rules)}]}}"

    one, two = (f"{{from: [{{podSelector: {{matchLabels: {{app: {name}}}}}}}]}}" for name in "ab")
    three = one.replace("app: a", "app: c")
    text = policy(allowing(one, two), "both") + policy(allowing(three), "third")
    (alone,) = [item for item in lint(text + policy(allowing(one, two), "same"), tmp_path) if item.id == "NB210"]
    assert alone.message == "adds nothing: both already isolates these pods and allows all that it allows"
    (by_two,) = [item for item in lint(text + policy(allowing(two, three), "mix"), tmp_path) if item.id == "NB210"]
    assert by_two.message == "adds nothing: both and third already isolate these pods and allow all that it allows"


class TestWhatIsNotInTheInputIsNotMissing:
    """Policies linted by themselves, without the rest of their cluster."""

    def test_a_selector_without_any_pods_to_select(self, tmp_path: Path) -> None:
        assert (
            serious(lint(ingress("[{podSelector: {matchLabels: {app: a}}}]", "{matchLabels: {app: b}}"), tmp_path))
            == []
        )

    def test_pods_of_another_namespace_only(self, tmp_path: Path) -> None:
        text = pod("x", "app: x", namespace="other") + policy("{policyTypes: [Ingress]}", namespace="other")
        assert serious(lint(text + ingress("[{podSelector: {matchLabels: {app: a}}}]"), tmp_path)) == []

    def test_a_namespace_by_name_that_is_not_there(self, tmp_path: Path) -> None:
        peers = "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]"
        text = namespace("shop") + namespace("other") + policy("{policyTypes: [Ingress]}", namespace="other")
        assert serious(lint(text + ingress(peers), tmp_path)) == []
        assert ("NB102", 17) in serious(lint(text + ingress(peers), tmp_path, complete=True))

    def test_a_namespace_by_a_name_with_a_slip_in_it(self, tmp_path: Path) -> None:
        peers = "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: montioring}}}]"
        text = namespace("monitoring") + policy("{policyTypes: [Ingress]}", namespace="monitoring") + ingress(peers)
        (finding,) = [item for item in lint(text, tmp_path) if item.id == "NB102"]
        assert finding.hint == "did you mean kubernetes.io/metadata.name=monitoring?"

    def test_a_namespace_by_label_where_only_the_own_one_is_written_down(self, tmp_path: Path) -> None:
        text = namespace("shop") + ingress("[{namespaceSelector: {matchLabels: {team: a}}}]")
        assert serious(lint(text, tmp_path)) == []

    def test_scrapers_of_a_namespace_whose_pods_are_elsewhere(self, tmp_path: Path) -> None:
        peers = (
            "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}},"
            " podSelector: {matchLabels: {app: prometheus}}}]"
        )
        assert serious(lint(pod("x") + namespace("monitoring") + DENY + ingress(peers), tmp_path)) == [("NB207", 8)]


class TestDoubt:
    """Nothing is said to match no pod for certain where pods may come of what can't be read."""

    PROMETHEUS = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s, namespace: shop}\n---\n"
    WRONG = pod("x", "app: x") + policy("{podSelector: {matchLabels: {app: prometheus}}, policyTypes: [Ingress]}")
    PEER = pod("x", "app: x") + DENY + ingress("[{podSelector: {matchLabels: {app: prometheus}}}]")

    @pytest.mark.parametrize(("text", "rule"), [(WRONG, "NB101"), (PEER, "NB103")])
    def test_where_something_else_may_make_pods_it_is_an_info_that_names_it(
        self, text: str, rule: str, tmp_path: Path
    ) -> None:
        (sure,) = [item for item in lint(text, tmp_path) if item.id == rule]
        (doubted,) = [item for item in lint(self.PROMETHEUS + text, tmp_path) if item.id == rule]
        assert (sure.severity, doubted.severity) == (Severity.WARNING, Severity.INFO)
        assert doubted.hint == (
            f"Prometheus shop/k8s may make such pods, which aren't in the input; if not so: {sure.hint}"
        )

    def test_of_another_namespace_it_is_no_reason(self, tmp_path: Path) -> None:
        other = self.PROMETHEUS.replace("shop", "monitoring")
        assert "NB101" in {name for name, _ in serious(lint(other + self.WRONG, tmp_path))}

    def test_a_whole_cluster_is_taken_at_its_word(self, tmp_path: Path) -> None:
        found = lint(self.PROMETHEUS + self.WRONG, tmp_path, complete=True)
        assert "NB101" in {name for name, _ in serious(found)}

    def test_a_kustomization_is_a_reason_for_all_that_selects_nothing(self, tmp_path: Path) -> None:
        kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: pay\n---\n"
        text = self.WRONG.replace("name: p,", "name: other,") + namespace("a") + namespace("b")
        text += ingress("[{namespaceSelector: {matchLabels: {team: b}}}]")
        for rule in ("NB101", "NB102"):
            assert rule in {name for name, _ in serious(lint(text, tmp_path))}
            (found,) = [item for item in lint(kustomization + text, tmp_path) if item.id == rule]
            assert found.severity is Severity.INFO
            assert found.hint.startswith(
                "kustomize may give these objects another namespace or other labels; if not so"
            )


class TestDnsElsewhere:
    """NB211: what its examples don't show."""

    BASELINE = (
        "apiVersion: netbaseline.dev/v1alpha1\nkind: NetworkBaseline\nmetadata: {name: default, namespace: shop}\n"
    )
    SERVICE = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\n"
        "spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{port: 53, protocol: UDP}]}\n---\n"
    )
    CORE = pod("coredns", "k8s-app: kube-dns", namespace="kube-system")
    CACHE = pod("cache", "k8s-app: node-local-dns", namespace="kube-system", spec="hostNetwork: true, ")
    OTHER = pod("metrics", "k8s-app: metrics-server", namespace="kube-system")

    def found(self, text: str, folder: Path, *, spec: str = "{}", complete: bool = True) -> list[str]:
        findings = lint(text + self.BASELINE + f"spec: {spec}\n", folder, complete=complete)
        return [item.message for item in findings if item.id == "NB211"]

    def test_a_cluster_without_pods_where_dns_is_expected(self, tmp_path: Path) -> None:
        (told,) = self.found(self.OTHER, tmp_path)
        assert told.startswith("no pod of kube-system has k8s-app=kube-dns or node-local-dns")

    def test_a_cache_on_the_nodes_that_may_answer_at_the_service(self, tmp_path: Path) -> None:
        (told,) = self.found(self.SERVICE + self.CORE + self.CACHE, tmp_path)
        assert "it also answers at 10.96.0.10, the address of Service kube-system/kube-dns" in told

    @pytest.mark.parametrize(
        ("text", "spec", "complete"),
        [
            (SERVICE + CORE, "{}", True),
            (SERVICE + CORE + pod("cache", "k8s-app: node-local-dns", namespace="kube-system"), "{}", True),
            (CORE + CACHE, "{}", True),
            (OTHER, "{}", False),
            (OTHER, "{defaultDeny: [Ingress]}", True),
            (OTHER, "{allow: {dns: {to: [{cidr: 169.254.169.254/32}]}}}", True),
            (
                OTHER,
                "{allow: {egress: [{name: dns, to: [{cidr: 10.0.0.2/32}], ports: [{port: 53, protocol: UDP}]}]}}",
                True,
            ),
        ],
        ids=["plain", "cache in pods", "unknown address", "not all known", "egress open", "named", "own rule"],
    )
    def test_nothing_is_said_where_nothing_shows_a_cut(
        self, text: str, spec: str, complete: bool, tmp_path: Path
    ) -> None:
        assert self.found(text, tmp_path, spec=spec, complete=complete) == []


def test_neither_key_nor_value_alike_enough_is_no_suggestion(tmp_path: Path) -> None:
    text = pod("x", "app.kubernetes.io/part-of: kube-prometheus") + DENY
    text += ingress("[{podSelector: {matchLabels: {app.kubernetes.io/name: prometheus}}}]")
    (found,) = [item for item in lint(text, tmp_path) if item.id == "NB103"]
    assert found.hint.startswith("none of these pods has app.kubernetes.io/name=prometheus")


def test_a_selector_that_is_wrong_everywhere_is_told_once(tmp_path: Path) -> None:
    peers = "[{namespaceSelector: {matchLabels: {component: ingress-controllers}}}]"
    text = namespace("a") + namespace("b")
    text += "".join(ingress(peers).replace("shop", name) for name in (*"abcdefghijkl",))
    (finding,) = [item for item in lint(text, tmp_path) if item.id == "NB102"]
    assert "the same in 11 more places" in finding.message


def test_a_baseline_selector_is_found_where_it_is_written(tmp_path: Path) -> None:
    text = pod("api", "app: api") + (
        "apiVersion: netbaseline.dev/v1alpha1\nkind: NetworkBaseline\nmetadata: {name: default, namespace: shop}\n"
        "spec:\n  allow:\n    ingress:\n      - name: web\n        pods:\n          matchLabels: {app: apii}\n"
        "        from:\n          - podSelector: {matchLabels: {app: ap}}\n"
    )
    assert [item for item in serious(lint(text, tmp_path)) if item[0] in {"NB101", "NB103"}] == [
        ("NB101", 13),
        ("NB103", 16),
    ]


@pytest.mark.parametrize(
    ("here", "there", "found"),
    [("prometheus", "x", False), ("x", "prometheus", True), ("prometheus", "prometheus", True)],
)
def test_pods_of_the_input_decide_between_and_and_or(here: str, there: str, found: bool, tmp_path: Path) -> None:
    text = pod("x", f"app: {here}") + pod("y", f"app: {there}", namespace="monitoring")
    text += ingress(
        "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}},"
        " {podSelector: {matchLabels: {app: prometheus}}}]"
    )
    assert ("NB105" in ids(lint(text, tmp_path))) is found


def test_all_pods_here_or_a_namespace_there_is_no_slip(tmp_path: Path) -> None:
    text = ingress("[{podSelector: {}}, {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: m}}}]")
    assert "NB105" not in ids(lint(text, tmp_path))


def test_a_label_that_somebody_keeps_by_hand_is_an_info(tmp_path: Path) -> None:
    text = namespace("monitoring", "name: monitoring") + policy("{policyTypes: [Ingress]}", namespace="monitoring")
    text += ingress("[{namespaceSelector: {matchLabels: {name: monitoring}}}]")
    assert [item.severity for item in lint(text, tmp_path) if item.id == "NB104"] == [Severity.INFO]


@pytest.mark.parametrize(
    "other",
    [
        "{ipBlock: {cidr: 10.10.4.0/22}}",
        "{ipBlock: {cidr: 0.0.0.0/0}}",
        "{ipBlock: {cidr: 10.10.5.0/24}}",
    ],
)
def test_an_except_is_shadowed_by_whatever_includes_it(other: str, tmp_path: Path) -> None:
    text = ingress(f"[{{ipBlock: {{cidr: 10.10.0.0/16, except: [10.10.5.0/24]}}}}, {other}]")
    assert "NB106" in ids(lint(text, tmp_path))


@pytest.mark.parametrize(
    "other",
    [
        "{ipBlock: {cidr: 10.11.0.0/16}}",
        "{ipBlock: {cidr: 10.10.5.0/25}}",
        "{ipBlock: {cidr: 10.0.0.0/8, except: [10.10.0.0/16]}}",
        "{podSelector: {}}",
    ],
)
def test_an_except_holds_beside_what_leaves_it_out(other: str, tmp_path: Path) -> None:
    text = ingress(f"[{{ipBlock: {{cidr: 10.10.0.0/16, except: [10.10.5.0/24]}}}}, {other}]")
    assert "NB106" not in ids(lint(text, tmp_path))


def test_an_except_is_shadowed_by_another_policy_for_the_same_pods(tmp_path: Path) -> None:
    text = ingress("[{ipBlock: {cidr: 10.10.0.0/16, except: [10.10.5.0/24]}}]", "{matchLabels: {app: a}}")
    wide = policy(
        "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}", "wide"
    )
    assert [item.message.split(":")[1] for item in lint(text + wide, tmp_path) if item.id == "NB106"] == [
        " rule 1 of wide allows these addresses on the same ports"
    ]
    assert "NB106" not in ids(
        lint(text + wide.replace("podSelector: {}", "podSelector: {matchLabels: {app: b}}"), tmp_path)
    )


def test_dns_in_another_policy_for_the_same_pods_counts(tmp_path: Path) -> None:
    dns = policy(
        "{podSelector: {}, policyTypes: [Egress],"
        " egress: [{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]}",
        "dns",
    )
    narrow = policy(
        "{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress],"
        " egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"
    )
    text = pod("a", "app: a") + pod("b", "app: b") + narrow
    assert "NB203" not in ids(lint(text + dns, tmp_path))
    only_others = dns.replace("podSelector: {}", "podSelector: {matchLabels: {app: b}}")
    assert "NB203" in ids(lint(text + only_others, tmp_path))


def test_the_port_that_the_dns_service_leads_to_counts_as_dns(tmp_path: Path) -> None:
    text = policy("{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 5353, protocol: UDP}]}]}")
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: dns-default, namespace: openshift-dns}\n"
        "spec: {ports: [{name: dns, port: 53, protocol: UDP, targetPort: 5353}]}\n"
    )
    assert "NB203" in ids(lint(text, tmp_path))
    assert "NB203" not in ids(lint(text + service, tmp_path))


def test_a_host_network_pod_among_others_is_an_info(tmp_path: Path) -> None:
    text = pod("a") + pod("b", spec="hostNetwork: true, ") + DENY
    assert [item.severity for item in lint(text, tmp_path) if item.id == "NB109"] == [Severity.INFO]


def test_a_deny_is_never_redundant(tmp_path: Path) -> None:
    text = DENY + policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}", "same")
    assert "NB210" not in ids(lint(text, tmp_path))


def test_of_two_policies_that_say_the_same_the_second_is_redundant(tmp_path: Path) -> None:
    text = "".join(
        policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}", name)
        for name in ("one", "two")
    )
    assert [item.object for item in lint(text, tmp_path) if item.id == "NB210"] == ["NetworkPolicy shop/two"]


def test_a_policy_that_isolates_one_direction_more_is_not_redundant(tmp_path: Path) -> None:
    text = policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}", "one")
    text += policy("{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{podSelector: {}}]}]}", "two")
    assert [item.object for item in lint(text, tmp_path) if item.id == "NB210"] == ["NetworkPolicy shop/one"]


def test_a_date_of_review_that_is_none_is_shown_in_bounds_and_without_what_a_terminal_would_obey(
    tmp_path: Path,
) -> None:
    reviewed = "netbaseline.dev/reviewed: " + '"\\e[2J' + "x" * 1000 + '"'
    text = DENY.replace("metadata: {", f"metadata: {{annotations: {{{reviewed}}}, ")
    (finding,) = [item for item in lint(text, tmp_path) if item.id == "NB402"]
    assert finding.message.isprintable()
    assert len(finding.message) < 100


def test_system_namespaces_are_nobodys_to_close(tmp_path: Path) -> None:
    assert lint(pod("dns", namespace="kube-system") + namespace("kube-public"), tmp_path) == ()


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert check(World(gather([]).inventory, date(2026, 11, 24)), IN_ORDER) == ()


class _Line:
    """A line of a file of JSON lines."""

    source = "objects.jsonl"

    def __init__(self, number: int) -> None:
        self.number = number

    def line(self, path: str) -> int | None:
        return self.number


@pytest.mark.skipif(not SHARED.is_dir(), reason="the manifests of moj-cloud-platform are not beside the checkout")
def test_a_real_platform_gets_findings_that_a_person_can_read() -> None:
    with gzip.open(SHARED / "moj-cloud-platform" / "objects.jsonl.gz", "rt", encoding="utf-8") as stream:
        objects = [Given(json.loads(line), _Line(number), number) for number, line in enumerate(stream, 1)]
    gathered = gather(objects)
    assert not gathered.problems
    found = check(World(gathered.inventory, date(2026, 11, 24), complete=True), IN_ORDER)
    bare = {item.object for item in found if item.id == "NB207"}
    with_policy = {policy.namespace for policy in gathered.inventory.policies}
    assert bare == {f"Namespace {name}" for name in gathered.inventory.namespaces if name not in with_policy}
    assert len(bare) == 8
    assert len(found) < 100
    nobody = [item for item in found if item.id == "NB102"]
    assert any(
        "component=ingress-controllers" in item.message and "1453 more places" in item.message for item in nobody
    )
    assert any(item.hint == "did you mean component=allow-laa-civil-case-api-uat?" for item in nobody)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the manifests of online-boutique are not beside the checkout")
def test_a_real_application_with_its_policies_has_one_front_door() -> None:
    folder = SHARED / "online-boutique"
    texts = [folder / "kubernetes-manifests.yaml", *sorted((folder / "network-policies").iterdir())]
    found = [item for path in texts[1:] for item in lint_file(path) if item.id == "NB209"]
    assert [item.object for item in found if item.severity is Severity.WARNING] == ["NetworkPolicy default/frontend"]
