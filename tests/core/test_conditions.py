"""The table of conditions, row by row as the design has it."""

from pathlib import Path

import pytest

from netbaseline.api.status import Condition as Model
from netbaseline.api.status import ConditionStatus
from netbaseline.core import findings
from netbaseline.core.conditions import Situation, conditions

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conditions.md"

TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN

# Situation: reason of Ready, then Ready, Accepted, Programmed (None: as it was), and what else is told.
ROWS: dict[Situation, tuple[str, str, str, str | None, set[str]]] = {
    Situation.ENFORCED: ("Enforced", "True", "True", "True", set()),
    Situation.AUDITED: ("Audited", "True", "True", "False", set()),
    Situation.SUSPENDED: ("Suspended", "True", "True", None, set()),
    Situation.INVALID: ("InvalidSpec", "False", "False", "False", {"Stalled"}),
    Situation.NOTHING_DISCOVERED: ("NothingDiscovered", "False", "False", "False", {"Stalled"}),
    Situation.NAME_TAKEN: ("NameTaken", "False", "False", "False", {"Stalled"}),
    Situation.WAITING_FOR_COLLECTOR: ("WaitingForGarbageCollector", "False", "True", "False", {"Reconciling"}),
    Situation.REMOVAL_HELD: ("RemovalHeld", "False", "True", "False", {"Stalled"}),
    Situation.RETRYING: ("Retrying", "False", "True", "False", {"Reconciling"}),
    Situation.TUG_OF_WAR: ("TugOfWar", "False", "True", "False", {"Reconciling"}),
    Situation.NOT_AS_DECLARED: ("NotAsDeclared", "False", "True", "False", {"Stalled"}),
    Situation.NOT_ENFORCED: ("NotEnforced", "False", "True", "True", {"Degraded", "Stalled"}),
}


def test_every_situation_has_a_row() -> None:
    assert set(ROWS) == set(Situation)


def test_the_page_has_the_row_of_each_situation() -> None:
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text().splitlines()]
    told = {row[0].strip("`"): row[1:5] for row in cells if len(row) == 5 and row[0].startswith("`")}
    assert told.pop("Pending") == ["Unknown", "-", "False", "Reconciling"]
    assert told == {
        reason: [ready, accepted, programmed or "as it was", ", ".join(sorted(also))]
        for reason, ready, accepted, programmed, also in ROWS.values()
    }


def test_every_kind_of_finding_has_words_but_the_one_that_becomes_a_situation() -> None:
    ids = {value for name, value in vars(findings).items() if name.isupper() and isinstance(value, str)}
    assert ids - {findings.NOTHING_DISCOVERED} == findings.MEANINGS.keys()


@pytest.mark.parametrize("situation", Situation)
@pytest.mark.parametrize("before", [TRUE, FALSE])
def test_a_situation_shows_the_conditions_of_its_row(situation: Situation, before: ConditionStatus) -> None:
    reason, ready, accepted, programmed, also = ROWS[situation]
    found = {item.type: item for item in conditions(situation, "what to do", before)}
    assert found["Ready"].reason == reason
    assert found["Ready"].status == ready
    assert found["Accepted"].status == accepted
    assert found["Programmed"].status == (programmed or before)
    assert found.keys() - {"Ready", "Accepted", "Programmed"} == also
    assert all(found[kind].status == "True" for kind in also)


@pytest.mark.parametrize("situation", Situation)
def test_whoever_looks_at_the_condition_that_is_wrong_reads_what_to_do(situation: Situation) -> None:
    found = {item.type: item for item in conditions(situation, "what to do", FALSE)}
    assert found["Ready"].message == "what to do"
    assert (found["Accepted"].message == "what to do") == (found["Accepted"].status == "False")
    for kind in found.keys() & {"Stalled", "Reconciling", "Degraded"}:
        assert (found[kind].reason, found[kind].message) == (ROWS[situation][0], "what to do")


@pytest.mark.parametrize("situation", Situation)
def test_weakened_is_told_beside_everything_else_and_changes_none_of_it(situation: Situation) -> None:
    alone = conditions(situation, "what to do", FALSE)
    *others, weakened = conditions(situation, "what to do", FALSE, "NetworkPolicy x opens it")
    assert tuple(others) == alone
    assert (weakened.type, weakened.status, weakened.message) == ("Weakened", "True", "NetworkPolicy x opens it")


def test_only_audit_says_that_it_is_not_programmed_on_purpose() -> None:
    reasons = {
        situation: item.reason
        for situation in Situation
        for item in conditions(situation, "", FALSE)
        if item.type == "Programmed" and item.status == "False"
    }
    assert [situation for situation, reason in reasons.items() if reason == "Audit"] == [Situation.AUDITED]


@pytest.mark.parametrize("situation", Situation)
@pytest.mark.parametrize("before", [TRUE, FALSE, UNKNOWN])
def test_every_condition_passes_the_schema(situation: Situation, before: ConditionStatus) -> None:
    for item in conditions(situation, "m", before):
        Model(
            type=item.type,
            status=item.status,
            last_transition_time="2026-01-01T00:00:00Z",
            reason=item.reason,
            message=item.message,
        )
