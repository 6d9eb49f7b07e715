"""Fixes: the text changes where it must and nowhere else, the finding goes, and the policies mean what they should."""

from pathlib import Path

import pytest

from netbaseline.core.analysis.changes import compare
from netbaseline.core.lint.fixing import fixed
from netbaseline.core.lint.registry import IN_ORDER
from tests.core.lint.linting import EXAMPLES, inventory_of, lint, lint_file, serious

FIXABLE = [rule.id for rule in IN_ORDER if rule.fixes]


def fix(text: str, folder: Path) -> str:
    """The text with every fix, read again as a check that it is whole."""
    findings = lint(text, folder)
    new, done = fixed(text, findings)
    assert {item.id for item in done} == {item.id for item in findings if item.fixable}
    assert not any(item.fixable for item in lint(new, folder))
    return new


def test_there_are_fixes() -> None:
    assert FIXABLE == ["NB104", "NB201", "NB204"]


@pytest.mark.parametrize("rule", FIXABLE)
def test_a_fixed_example_is_right_by_every_rule(rule: str, tmp_path: Path) -> None:
    text = (EXAMPLES / rule / "bad.yaml").read_text(encoding="utf-8")
    assert serious(lint(fix(text, tmp_path), tmp_path)) == []


def test_policy_types_go_below_the_pod_selector_and_comments_stay(tmp_path: Path) -> None:
    text = """\
# what the whole file is for
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
    name:   odd-spacing
    namespace: "shop"   # quoted
spec:
    podSelector:
        matchLabels:
            app: backend   # the one with the data

    # who comes in
    ingress:
    -   from:
        -   podSelector: {matchLabels: {app: frontend}}
"""
    assert fix(text, tmp_path) == text.replace(
        "# the one with the data\n", "# the one with the data\n    policyTypes: [Ingress]\n"
    )


def test_policy_types_go_first_where_there_is_no_pod_selector(tmp_path: Path) -> None:
    text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  ingress: []\n"
    assert fix(text, tmp_path) == text.replace("  ingress", "  policyTypes: [Ingress]\n  ingress")


def test_flow_style_stays_flow_style(tmp_path: Path) -> None:
    text = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
        "spec: {podSelector: {}, egress: [{ports: [{port: 53, protocol: UDP}]}]}\n"
    )
    assert fix(text, tmp_path).splitlines()[-1] == (
        "spec: {podSelector: {}, policyTypes: [Ingress, Egress],"
        " egress: [{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]}"
    )


def test_json_stays_json(tmp_path: Path) -> None:
    text = (
        '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"},'
        ' "spec": {"podSelector": {}, "ingress": []}}\n'
    )
    assert fix(text, tmp_path) == text.replace('"podSelector": {}', '"podSelector": {}, "policyTypes": ["Ingress"]')


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    text = (
        "apiVersion: networking.k8s.io/v1\r\nkind: NetworkPolicy\r\nmetadata: {name: a}\r\n"
        "spec:\r\n  podSelector: {}\r\n  ingress: []\r\n"
    )
    assert fix(text, tmp_path) == text.replace("{}\r\n", "{}\r\n  policyTypes: [Ingress]\r\n")


def test_a_port_is_repeated_as_it_is_written_without_its_comments(tmp_path: Path) -> None:
    text = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - ports:
    - protocol: UDP  # names
      port: 53       # of DNS
    # and time
    - {port: 123, protocol: UDP}
"""
    assert fix(text, tmp_path) == text.replace("# of DNS\n", "# of DNS\n    - protocol: TCP\n      port: 53\n")


def test_only_the_object_that_the_finding_is_about_is_changed(tmp_path: Path) -> None:
    def policy(namespace: str, types: str) -> str:
        return (
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
            f"metadata: {{name: same-name, namespace: {namespace}}}\nspec:\n  podSelector: {{}}\n{types}"
        )

    right, wrong = policy("one", "  policyTypes: [Ingress]\n"), policy("two", "  ingress: []\n")
    assert fix(f"{right}---\n{wrong}", tmp_path) == f"{right}---\n" + wrong.replace(
        "{}\n", "{}\n  policyTypes: [Ingress]\n"
    )


def test_items_of_a_list_are_fixed_where_they_stand(tmp_path: Path) -> None:
    text = """\
apiVersion: v1
kind: List
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: a, namespace: shop}
  spec:
    podSelector: {}
    policyTypes: [Ingress]
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: b, namespace: shop}
  spec:
    podSelector: {}
    ingress: []
"""
    assert fix(text, tmp_path) == text.replace("    ingress", "    policyTypes: [Ingress]\n    ingress")


def test_a_baseline_is_fixed_too(tmp_path: Path) -> None:
    text = """\
apiVersion: netbaseline.dev/v1alpha1
kind: NetworkBaseline
metadata: {name: default, namespace: shop}
spec:
  allow:
    dns:
      to:
        - namespaceSelector: {matchLabels: {name: kube-system}}
      ports: [{port: 53, protocol: UDP}]
"""
    assert fix(text, tmp_path) == text.replace("{name: kube", "{kubernetes.io/metadata.name: kube").replace(
        "UDP}]", "UDP}, {port: 53, protocol: TCP}]"
    )


@pytest.mark.parametrize(
    "selector",
    [
        "{matchExpressions: [{key: name, operator: In, values: [kube-system]}]}",
        "{matchLabels: {team: ops}, matchExpressions: [{values: [kube-system], operator: In, key: 'name'}]}",
    ],
)
def test_a_handmade_label_is_mended_among_expressions_too(selector: str, tmp_path: Path) -> None:
    bad = (EXAMPLES / "NB104" / "bad.yaml").read_text(encoding="utf-8")
    labels = "\n            matchLabels:\n              name: kube-system  # <- NB104"
    assert labels in bad
    text = bad.replace(labels, f" {selector}")
    assert fix(text, tmp_path) == text.replace("key: name", "key: kubernetes.io/metadata.name").replace(
        "key: 'name'", "key: 'kubernetes.io/metadata.name'"
    )


def test_a_label_whose_value_is_no_namespace_is_left_to_a_person(tmp_path: Path) -> None:
    text = (EXAMPLES / "NB104" / "bad.yaml").read_text(encoding="utf-8").replace("kube-system", "platform-things")
    (finding,) = [item for item in lint(text, tmp_path) if item.id == "NB104"]
    assert not finding.fixable


def test_policy_types_written_out_change_no_connection(tmp_path: Path) -> None:
    workloads = (EXAMPLES / "NB205" / "good.yaml").read_text(encoding="utf-8")
    without = "\n".join(line for line in workloads.splitlines() if "policyTypes" not in line) + "\n"
    assert changes(without, fix(without, tmp_path), tmp_path) == []


def test_tcp_beside_udp_opens_that_port_to_the_same_peers_and_nothing_else(tmp_path: Path) -> None:
    text = (EXAMPLES / "NB204" / "bad.yaml").read_text(encoding="utf-8") + DNS_AND_A_POD
    assert changes(text, fix(text, tmp_path), tmp_path) == [
        ("shop/web[Pod]", f"kube-system/{name}[Pod]", {"UDP": "53"}, {"TCP": "53", "UDP": "53"})
        for name in ("dns", "other")
    ]


def test_the_automatic_label_opens_what_was_meant_and_nothing_else(tmp_path: Path) -> None:
    text = (EXAMPLES / "NB104" / "bad.yaml").read_text(encoding="utf-8") + DNS_AND_A_POD
    assert changes(text, fix(text, tmp_path), tmp_path) == [
        ("shop/web[Pod]", "kube-system/dns[Pod]", {}, {"TCP": "53", "UDP": "53"})
    ]


DNS_AND_A_POD = """\
---
{apiVersion: v1, kind: Pod, metadata: {name: dns, namespace: kube-system, labels: {k8s-app: kube-dns}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: kube-system}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}}
"""


def changes(before: str, after: str, folder: Path) -> list[tuple[str, str, object, object]]:
    """What the engine says that differs: source, destination, ports before and after."""
    old, new = folder / "before.yaml", folder / "after.yaml"
    old.write_text(before, encoding="utf-8")
    new.write_text(after, encoding="utf-8")
    return [
        (str(change.source), str(change.destination), change.before.allowed.describe(), change.after.allowed.describe())
        for change in compare(inventory_of(old), inventory_of(new)).changes
    ]


def test_every_example_that_a_fix_touches_is_still_read(tmp_path: Path) -> None:
    for rule in IN_ORDER:
        path = EXAMPLES / rule.id / "bad.yaml"
        new, _ = fixed(path.read_text(encoding="utf-8"), lint_file(path))
        target = tmp_path / f"{rule.id}.yaml"
        target.write_text(new, encoding="utf-8")
        assert len(inventory_of(target).policies) == len(inventory_of(path).policies)


def test_what_is_no_yaml_stays_as_it_is() -> None:
    finding = next(item for item in lint_file(EXAMPLES / "NB201" / "bad.yaml") if item.fixable)
    assert fixed("a: [", [finding]) == ("a: [", ())
