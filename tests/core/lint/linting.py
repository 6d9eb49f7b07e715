"""Manifests as text in, findings out."""

from datetime import date
from pathlib import Path

from netbaseline.cli.documents import Document, read
from netbaseline.core.inventory import Inventory
from netbaseline.core.lint.checking import check
from netbaseline.core.lint.finding import Finding, Severity
from netbaseline.core.lint.registry import IN_ORDER
from netbaseline.core.lint.suppressions import in_annotations, in_comments
from netbaseline.core.lint.world import World
from netbaseline.core.manifests import Given, gather

TODAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).resolve().parents[3] / "operator" / "netbaseline" / "core" / "lint" / "examples"


def inventory_of(path: Path) -> Inventory:
    """What a file holds; nothing in it may be bad."""
    documents = list(read([str(path)]))
    good = [item for item in documents if isinstance(item, Document)]
    assert good == documents
    gathered = gather(Given(item.content, item.place, item.place.number) for item in good)
    assert not gathered.problems, [str(problem) for problem in gathered.problems]
    return gathered.inventory


def lint_file(path: Path, *, complete: bool = False) -> tuple[Finding, ...]:
    """All findings in a file, less what its comments and annotations suppress."""
    inventory = inventory_of(path)
    kept = [*in_comments(str(path), path.read_text(encoding="utf-8")), *in_annotations(inventory)]
    return check(World(inventory, TODAY, complete=complete), IN_ORDER, kept)


def lint(text: str, folder: Path, *, complete: bool = False) -> tuple[Finding, ...]:
    """As `lint_file`, of a text."""
    path = folder / "manifests.yaml"
    path.write_text(text, encoding="utf-8")
    return lint_file(path, complete=complete)


def serious(findings: tuple[Finding, ...]) -> list[tuple[str, int | None]]:
    """Ids and lines of errors and warnings."""
    return [(item.id, item.line) for item in findings if item.severity is not Severity.INFO]


def ids(findings: tuple[Finding, ...]) -> set[str]:
    return {item.id for item in findings}
