"""What may be posted, held against the questionnaire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.answers import check_answers, nps_score, preselected
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.question import AnswerFault, Mistake
from tests.worlds.survey_world import questionnaire

ASKED = questionnaire()
OPTIONAL = Questionnaire.model_validate(
    ASKED.model_dump() | {"questions": [q.model_dump() | {"required": False} for q in ASKED.questions]}
)


def test_answers_of_every_kind_are_taken() -> None:
    checked = check_answers(ASKED, {"nps": ["9"], "why": [" Fine \r\n now "], "ease": ["7"], "solved": ["no"]})

    assert checked.mistakes == ()
    assert checked.answers == {"nps": 9, "why": "Fine \n now", "ease": 7, "solved": "no"}
    assert nps_score(ASKED, checked.answers) == 9


@pytest.mark.parametrize("score", range(11))
def test_every_whole_score_from_0_to_10_is_taken(score: int) -> None:
    assert check_answers(ASKED, {"nps": [str(score)]}).answers == {"nps": score}


@pytest.mark.parametrize(
    "score",
    ["11", "-1", "9.0", "9,5", "8.5", "1e1", "09", "+9", "٩", "９", "ten", "0x9", "9 9", "NaN", "100", "9\x00.5"],
)
def test_a_score_that_is_no_integer_from_0_to_10_is_refused_and_not_rounded(score: str) -> None:
    checked = check_answers(ASKED, {"nps": [score]})

    assert checked.answers == {}
    assert checked.mistakes == (Mistake("nps", AnswerFault.NO_NUMBER),)


@given(st.text())
def test_no_text_at_all_becomes_a_score_outside_0_to_10(text: str) -> None:
    score = nps_score(ASKED, check_answers(ASKED, {"nps": [text]}).answers)

    assert score is None or (0 <= score <= 10 and str(score) == text.strip())


def test_a_scale_ends_where_it_ends() -> None:
    assert check_answers(ASKED, {"nps": ["1"], "ease": ["8"]}).mistakes == (Mistake("ease", AnswerFault.NO_NUMBER),)
    assert check_answers(ASKED, {"nps": ["1"], "ease": ["0"]}).mistakes == (Mistake("ease", AnswerFault.NO_NUMBER),)


def test_an_option_that_is_not_offered_is_refused() -> None:
    assert check_answers(ASKED, {"nps": ["1"], "solved": ["perhaps"]}).mistakes == (
        Mistake("solved", AnswerFault.NO_OPTION),
    )


def test_two_scores_in_one_form_are_refused() -> None:
    assert check_answers(ASKED, {"nps": ["1", "9"]}).mistakes == (Mistake("nps", AnswerFault.SEVERAL),)


def test_a_text_may_have_its_length_and_no_character_more() -> None:
    assert check_answers(ASKED, {"nps": ["1"], "why": ["é" * 500]}).mistakes == ()
    assert check_answers(ASKED, {"nps": ["1"], "why": ["é" * 501]}).mistakes == (
        Mistake("why", AnswerFault.TOO_LONG, 500),
    )


def test_a_newline_counts_once_however_the_browser_sends_it() -> None:
    assert check_answers(ASKED, {"nps": ["1"], "why": ["x" * 249 + "\r\n" * 2 + "x" * 249]}).mistakes == ()


def test_a_required_question_cannot_be_skipped() -> None:
    assert check_answers(ASKED, {"why": ["fine"]}).mistakes == (Mistake("nps", AnswerFault.MISSING),)


def test_a_score_that_is_not_required_may_be_skipped_and_is_not_counted() -> None:
    checked = check_answers(OPTIONAL, {"why": ["fine"]})

    assert checked.mistakes == ()
    assert nps_score(OPTIONAL, checked.answers) is None


def test_a_form_on_which_nothing_is_answered_asks_for_the_score() -> None:
    assert check_answers(OPTIONAL, {"why": ["  \n "], "nps": [""]}).mistakes == (Mistake("nps", AnswerFault.NOTHING),)


def test_a_field_that_is_no_question_is_left_alone() -> None:
    assert check_answers(ASKED, {"nps": ["3"], "page-nonce": ["x"], "admin": ["1"]}).answers == {"nps": 3}


def test_a_text_of_control_characters_is_no_answer() -> None:
    assert check_answers(OPTIONAL, {"why": ["\x00\x07\x1b"]}).mistakes == (Mistake("nps", AnswerFault.NOTHING),)


@pytest.mark.parametrize(
    ("score", "selected"), [("9", {"nps": 9}), ("0", {"nps": 0}), ("11", {}), ("x", {}), (None, {})]
)
def test_a_link_selects_a_score_that_exists(score: str | None, selected: dict[str, int]) -> None:
    assert preselected(ASKED, score) == selected
