"""The questions of a page: each as its type shows it, in one language."""

from collections.abc import Callable, Mapping, Sequence

from functions.shared.domain.answers import Posted
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.question import Card, Mistake, PageLanguage
from functions.shared.domain.questions.text import clean_text
from functions.shared.presentation.words import Words


def question_cards(
    questionnaire: Questionnaire,
    language: str,
    words: Words,
    fill: Callable[[str], str],
    values: Posted,
    mistakes: Sequence[Mistake],
) -> list[Card]:
    """Return the cards of a questionnaire; `fill` puts facts into a text."""

    def say(texts: Mapping[str, str] | None) -> str:
        return fill(texts.get(language) or next(iter(texts.values()))) if texts else ""

    page = PageLanguage(words, say)
    by_question = {mistake.question: mistake for mistake in mistakes}
    return [
        question.card(page, [clean_text(value) for value in values.get(question.id, ())], by_question.get(question.id))
        for question in questionnaire.questions
    ]
