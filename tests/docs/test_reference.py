"""The pages of reference are what the code says, and nobody's memory of it."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from netbaseline.api import peers, status, v1alpha1
from netbaseline.api.rules import Model
from netbaseline.core.conditions import TYPES, WORDS, Situation
from netbaseline.core.findings import MEANINGS
from netbaseline.core.reach.cases import Case
from tools.reference import api, cni, sections
from tools.reference.files import DOCS, generated

PAGES = generated()
MODELS = {name: found for module in (v1alpha1, peers, status) for name, found in vars(module).items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_of_reference_says_what_the_code_says(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "make reference"


@pytest.mark.parametrize("name", api.examples())
def test_an_example_of_a_type_is_valid(name: str) -> None:
    model = MODELS[name]
    assert issubclass(model, BaseModel)
    model.model_validate(api.examples()[name], by_alias=True, by_name=False)


def test_every_field_of_every_model_has_an_anchor_of_its_own_and_is_described() -> None:
    text = api.page()
    fields = {
        f"{name}-{field.alias or key}".lower(): field
        for name, model in MODELS.items()
        if isinstance(model, type) and issubclass(model, Model) and f"\n### {name}\n" in text
        for key, field in model.model_fields.items()
    }
    assert len(fields) > 70
    assert {anchor for anchor in fields if text.count(f'<a id="{anchor}"></a>') != 1} == set()
    assert {anchor for anchor, field in fields.items() if not (field.description or "").endswith(".")} == set()


def test_every_situation_has_words_and_every_one_of_them_is_on_the_page() -> None:
    assert set(WORDS) == set(Situation)
    text = PAGES[DOCS / "conditions.md"]
    assert not [name for name in (*Situation, *TYPES, *MEANINGS) if f"| `{name}` |" not in text]


def test_every_question_about_plugins_is_on_their_page_but_the_one_that_no_plugin_answers() -> None:
    assert set(cni.QUESTIONS) == set(Case) - {Case.ADDRESS_UNKNOWN}


def test_a_page_that_lost_the_comments_round_a_part_of_it_is_named() -> None:
    with pytest.raises(ValueError, match="end of rules"):
        sections.replaced("# Lint\n", "rules", "")
