"""What was posted, held against the questionnaire: nothing is rounded, guessed or taken on trust."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from functions.shared.domain.questionnaire import (
    ChoiceQuestion,
    NpsQuestion,
    Question,
    Questionnaire,
    ScaleQuestion,
    TextQuestion,
)

Posted = Mapping[str, Sequence[str]]
"""A form as it was posted: every value of every field, by question id."""
Answer = int | str

_INTEGER = re.compile(r"0|[1-9][0-9]?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Fault(StrEnum):
    """Why an answer cannot be taken."""

    MISSING = "missing"  # the question is required
    NOTHING = "nothing"  # not one question was answered
    NO_NUMBER = "no_number"  # not an integer on the scale
    NO_OPTION = "no_option"  # not one of the options
    SEVERAL = "several"  # more than one value where one is asked
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Mistake:
    """A fault in the answer to one question; `limit` is the greatest length of a text."""

    question: str
    fault: Fault
    limit: int | None = None


@dataclass(frozen=True)
class Checked:
    """The answers that can be taken, by question id, and the mistakes, in the order of the questionnaire."""

    answers: Mapping[str, Answer] = field(repr=False)
    mistakes: tuple[Mistake, ...]


def check_answers(questionnaire: Questionnaire, posted: Posted) -> Checked:
    """Hold a posted form against its questionnaire.

    A question that is not required may be skipped, but a form on which nothing is answered is a mistake at the
    NPS question. Fields that are no question are left alone.
    """
    answers: dict[str, Answer] = {}
    mistakes: list[Mistake] = []
    for question in questionnaire.questions:
        clean = clean_text if isinstance(question, TextQuestion) else str.strip
        values = [text for text in map(clean, posted.get(question.id, ())) if text]
        if not values:
            if question.required:
                mistakes.append(Mistake(question.id, Fault.MISSING))
        elif len(values) > 1:
            mistakes.append(Mistake(question.id, Fault.SEVERAL))
        else:
            found = _read(question, values[0])
            if isinstance(found, Mistake):
                mistakes.append(found)
            else:
                answers[question.id] = found
    if not answers and not mistakes:
        mistakes.append(Mistake(questionnaire.questions[0].id, Fault.NOTHING))
    return Checked(answers, tuple(mistakes))


def nps_score(questionnaire: Questionnaire, answers: Mapping[str, Answer]) -> int | None:
    """Return the answer to the NPS question, or None where it was skipped."""
    for question in questionnaire.questions:
        if isinstance(question, NpsQuestion):
            value = answers.get(question.id)
            return value if isinstance(value, int) else None
    return None


def preselected(questionnaire: Questionnaire, score: str | None) -> dict[str, Answer]:
    """Return the answer that a link in the mail selects: `score` for the NPS question, nothing where it is none."""
    number = _integer(score or "", 0, 10)
    first = questionnaire.questions[0]
    return {} if number is None else {first.id: number}


def clean_text(text: str) -> str:
    """Return a text as it is kept: NFC, newlines as \\n, without control characters and outer white space."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROL.sub("", text).strip()


def _read(question: Question, text: str) -> Answer | Mistake:
    match question:
        case NpsQuestion():
            number = _integer(text, 0, 10)
        case ScaleQuestion():
            number = _integer(text, question.lowest, question.highest)
        case ChoiceQuestion():
            known = any(option.value == text for option in question.options)
            return text if known else Mistake(question.id, Fault.NO_OPTION)
        case TextQuestion():
            if len(text) > question.max_length:
                return Mistake(question.id, Fault.TOO_LONG, question.max_length)
            return text
    return Mistake(question.id, Fault.NO_NUMBER) if number is None else number


def _integer(text: str, lowest: int, highest: int) -> int | None:
    number = int(text) if _INTEGER.fullmatch(text) else None
    return number if number is not None and lowest <= number <= highest else None
