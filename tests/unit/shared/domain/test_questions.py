"""The question types: what each needs beside its module is there."""

import json
from pathlib import Path
from typing import get_args

import pytest

from functions.shared.domain.questions.question import Question
from functions.shared.domain.questions.types import AnyQuestion

SURVEY = Path(__file__).parents[4] / "frontend" / "survey"
TYPES = get_args(get_args(AnyQuestion)[0])


def name_of(question_type: type[Question]) -> str:
    return str(get_args(question_type.model_fields["type"].annotation)[0])


def test_every_type_has_a_name_of_its_own() -> None:
    names = [name_of(one) for one in TYPES]

    assert names == ["nps", "scale", "choice", "text"]


@pytest.mark.parametrize("question_type", TYPES, ids=name_of)
def test_every_type_has_a_template(question_type: type[Question]) -> None:
    assert (SURVEY / "templates" / "questions" / f"{question_type.template}.html.j2").is_file()


@pytest.mark.parametrize("question_type", TYPES, ids=name_of)
@pytest.mark.parametrize("strings", sorted((SURVEY / "strings").glob("*.json")), ids=lambda path: path.stem)
def test_every_language_says_what_a_missing_answer_of_the_type_needs(
    question_type: type[Question], strings: Path
) -> None:
    assert f"missing_{name_of(question_type)}" in json.loads(strings.read_text("utf-8"))


def test_a_type_that_says_not_how_it_is_read_or_shown_cannot_be_made() -> None:
    class Mute(Question):
        """A type without a reading and a card."""

    with pytest.raises(TypeError, match="abstract"):
        Mute(type="mute", id="q", text={"en": "?"})  # type: ignore[abstract]
