"""The rules for a person: one explained, all listed, and the reference of `docs/lint.md`."""

from collections.abc import Sequence
from importlib import resources

from rich.markdown import Markdown

from netbaseline.cli.console import console
from netbaseline.core import lint
from netbaseline.core.lint.rule import Rule


def example(rule: Rule, name: str) -> str:
    """The manifest that shows a mistake (`bad`), or how it is right (`good`)."""
    return (resources.files(lint) / "examples" / rule.id / f"{name}.yaml").read_text(encoding="utf-8").rstrip()


def explain(rule: Rule) -> None:
    """Print all that there is to say of a rule."""
    text = section(rule)
    out = console()
    if out.is_terminal:
        out.print(Markdown(text), soft_wrap=False)
    else:
        print(text)


def described(rule: Rule) -> dict[str, object]:
    """The same for a program."""
    return {
        "id": rule.id,
        "severity": rule.severity.value,
        "title": rule.title,
        "why": rule.why,
        "advice": rule.advice,
        "fixes": rule.fixes,
        "bad": example(rule, "bad"),
        "good": example(rule, "good"),
        "sources": list(rule.sources),
    }


def section(rule: Rule) -> str:
    """A rule as a section of Markdown."""
    parts = [
        f"### {rule.id}: {rule.title}",
        f"Severity: {rule.severity.value}." + (f" `--fix` {rule.fixes}." if rule.fixes else ""),
        rule.why,
        rule.advice,
        "The mistake:",
        f"```yaml\n{example(rule, 'bad')}\n```",
        "As it is right:",
        f"```yaml\n{example(rule, 'good')}\n```",
        *(["Source: " + ", ".join(f"<{source}>" for source in rule.sources)] if rule.sources else []),
    ]
    return "\n\n".join(parts)


def reference(rules: Sequence[Rule]) -> str:
    """All rules as Markdown: a table, then a section each."""
    rows = [
        f"| [{rule.id}](#{_anchor(rule)}) | {rule.severity.value} | {rule.title} | {'yes' if rule.fixes else ''} |"
        for rule in rules
    ]
    table = "\n".join(["| id | severity | what | `--fix` |", "|---|---|---|---|", *rows])
    return "\n\n".join([table, *map(section, rules)])


def _anchor(rule: Rule) -> str:
    """As GitHub and MkDocs make it of a heading."""
    kept = "".join(char for char in f"{rule.id}: {rule.title}".lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")
