"""What `simulate` found, for people and for what collects test results: text, JUnit XML, TAP."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from netbaseline.core.expectations import UNKNOWN, Outcome
from netbaseline.core.manifests import place


def _title(outcome: Outcome) -> str:
    expected = outcome.expectation
    return f"{expected.flow} {expected.wanted}" + (f" ({expected.name})" if expected.name else "")


def _where(outcome: Outcome) -> str:
    return place(outcome.expectation.given.origin, outcome.expectation.path)


def text(outcomes: Sequence[Outcome]) -> str:
    """A line for each, the reason under those that don't hold, and the count."""
    lines: list[str] = []
    for outcome in outcomes:
        lines.append(f"{'ok  ' if outcome.holds else 'FAIL'} {_title(outcome)}")
        if not outcome.holds:
            lines.append(f"     {outcome.verdict}: {outcome.why}")
            lines.append(f"     expected at {_where(outcome)}")
    failed = sum(not outcome.holds for outcome in outcomes)
    return "\n".join([*lines, "", f"{len(outcomes)} expectations, {failed} failed"])


def junit(outcomes: Sequence[Outcome]) -> str:
    """One test case for each expectation; one that names what isn't there is an error, not a failure."""
    missing = sum(outcome.verdict == UNKNOWN for outcome in outcomes)
    failed = sum(not outcome.holds for outcome in outcomes) - missing
    counts = {"tests": str(len(outcomes)), "failures": str(failed), "errors": str(missing)}
    suite = ET.Element("testsuite", {"name": "netbaseline simulate", **counts})
    for outcome in outcomes:
        origin = outcome.expectation.given.origin
        case = ET.SubElement(
            suite,
            "testcase",
            {
                "classname": origin.source,
                "name": _title(outcome),
                "file": origin.source,
                "line": str(origin.line(outcome.expectation.path) or 1),
            },
        )
        if not outcome.holds:
            kind = "error" if outcome.verdict == UNKNOWN else "failure"
            told = {"message": f"{outcome.verdict}: {outcome.why}", "type": outcome.verdict}
            ET.SubElement(case, kind, told).text = f"expected at {_where(outcome)}"
    suites = ET.Element("testsuites", counts)
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)


def tap(outcomes: Sequence[Outcome]) -> str:
    """TAP version 13, with a YAML block under what doesn't hold; version 14 is refused by `prove`."""
    import json

    lines = ["TAP version 13", f"1..{len(outcomes)}"]
    for number, outcome in enumerate(outcomes, 1):
        # A hash would start a directive (`# SKIP`).
        title = _title(outcome).replace("\\", "\\\\").replace("#", "\\#")
        lines.append(f"{'ok' if outcome.holds else 'not ok'} {number} - {title}")
        if not outcome.holds:
            told = {"message": outcome.why, "at": _where(outcome), "wanted": outcome.expectation.wanted}
            told["found"] = outcome.verdict
            lines += ["  ---", *(f"  {key}: {json.dumps(value)}" for key, value in told.items()), "  ..."]
    return "\n".join(lines)
