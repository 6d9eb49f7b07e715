"""docs/cni.md says what the table of network plugins says."""

from netbaseline.core.reach.cases import Case
from tests.docs.cni import QUESTIONS, page
from tests.docs.unrun import CHECKOUT


def test_the_page_of_network_plugins_is_made_from_the_table() -> None:
    assert (CHECKOUT / "docs" / "cni.md").read_text("utf-8") == page(), "run python -m tests.docs.cni > docs/cni.md"


def test_every_question_is_on_the_page_but_the_one_that_no_plugin_answers() -> None:
    assert set(QUESTIONS) == set(Case) - {Case.ADDRESS_UNKNOWN}
