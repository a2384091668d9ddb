"""What was posted, held against the questionnaire: nothing is rounded, guessed or taken on trust."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.nps import ENDS
from functions.shared.domain.questions.question import Answer, AnswerFault, Mistake
from functions.shared.domain.questions.scale import integer

Posted = Mapping[str, Sequence[str]]
"""A form as it was posted: every value of every field, by question id."""


@dataclass(frozen=True)
class CheckedAnswers:
    """The answers that can be taken, by question id, and the mistakes, in the order of the questionnaire."""

    answers: Mapping[str, Answer] = field(repr=False)
    mistakes: tuple[Mistake, ...]


def check_answers(questionnaire: Questionnaire, posted: Posted) -> CheckedAnswers:
    """Hold a posted form against its questionnaire.

    A question that is not required may be skipped, but a form on which nothing is answered is a mistake at the
    NPS question. Fields that are no question are left alone.
    """
    answers: dict[str, Answer] = {}
    mistakes: list[Mistake] = []
    for question in questionnaire.questions:
        answer = question.read(posted.get(question.id, ()))
        if isinstance(answer, Mistake):
            mistakes.append(answer)
        elif answer is not None:
            answers[question.id] = answer
    if not answers and not mistakes:
        mistakes.append(Mistake(questionnaire.questions[0].id, AnswerFault.NOTHING))
    return CheckedAnswers(answers, tuple(mistakes))


def nps_score(questionnaire: Questionnaire, answers: Mapping[str, Answer]) -> int | None:
    """Return the answer to the NPS question, which stands first, or None where it was skipped."""
    value = answers.get(questionnaire.questions[0].id)
    return value if isinstance(value, int) else None


def preselected(questionnaire: Questionnaire, score: str | None) -> dict[str, Answer]:
    """Return the answer that a link in the mail selects: `score` for the NPS question, nothing where it is none."""
    number = integer(score or "", *ENDS)
    return {} if number is None else {questionnaire.questions[0].id: number}
