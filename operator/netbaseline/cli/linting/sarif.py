"""Findings as SARIF 2.1.0, which code scanners of forges read (OASIS, sarif-v2.1.0)."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from netbaseline import __version__
from netbaseline.core.lint.finding import Finding, Severity
from netbaseline.core.lint.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def log(findings: Sequence[Finding], rules: Sequence[Rule]) -> dict[str, Any]:
    """One run, with all rules that were asked and what they found."""
    places = {rule.id: index for index, rule in enumerate(rules)}
    driver = {"name": "netbaseline", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    results = [_result(finding, places[finding.id]) for finding in findings]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _rule(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.advice},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }
    return {**told, "helpUri": rule.sources[0]} if rule.sources else told


def _result(finding: Finding, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.object, "kind": "resource"}]}
    if finding.line is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(finding.file)},
            "region": {"startLine": finding.line},
        }
    return {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.object}: {finding.message}; {finding.hint}"},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Relative to where the command runs, as forges want it; absolute only where the path is."""
    path = PurePath(file)
    return Path(file).as_uri() if path.is_absolute() else quote(path.as_posix())
