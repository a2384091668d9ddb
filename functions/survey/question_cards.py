"""A question as the page shows it: its words in one language, what was answered, and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from functions.shared.domain.answers import Fault, Mistake, Posted, clean_text
from functions.shared.domain.questionnaire import (
    ChoiceQuestion,
    NpsQuestion,
    Question,
    Questionnaire,
    ScaleQuestion,
    TextQuestion,
)
from functions.survey.words import Words


@dataclass(frozen=True)
class Choice:
    """A radio button."""

    id: str
    value: str
    text: str
    checked: bool


@dataclass(frozen=True)
class Card:
    """One question. `kind`: scale, options or text. `first_id`: where a link to the question leads."""

    id: str
    kind: str
    text: str
    hint: str
    mark: str
    fault: str
    first_id: str
    described_by: str
    choices: tuple[Choice, ...] = ()
    low: str = ""
    high: str = ""
    value: str = ""
    long: bool = True
    limit: int = 0
    at_most: str = ""


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

    faults = {mistake.question: mistake for mistake in mistakes}
    return [_card(question, words, say, values, faults.get(question.id)) for question in questionnaire.questions]


def _card(
    question: Question,
    words: Words,
    say: Callable[[Mapping[str, str] | None], str],
    values: Posted,
    mistake: Mistake | None,
) -> Card:
    posted = [clean_text(value) for value in values.get(question.id, ())]
    given = posted[0] if len(posted) == 1 else ""
    hint, fault = say(question.hint), _fault(question, words, mistake, given)
    asides = [name for name, there in (("hint", hint), ("fault", fault)) if there]
    kind, low, high = "text", "", ""
    choices: tuple[Choice, ...] = ()
    match question:
        case NpsQuestion() | ScaleQuestion():
            kind, asides = "scale", [*asides, "ends"]
            first, last = (0, 10) if isinstance(question, NpsQuestion) else (question.lowest, question.highest)
            choices = tuple(_choice(question.id, str(n), str(n), given) for n in range(first, last + 1))
            low = words["end"].format(number=first, label=say(question.low))
            high = words["end"].format(number=last, label=say(question.high))
        case ChoiceQuestion():
            kind = "options"
            choices = tuple(_choice(question.id, o.value, say(o.text), given) for o in question.options)
        case TextQuestion():
            asides = [*asides, "limit"]
    text = isinstance(question, TextQuestion)
    limit = question.max_length if isinstance(question, TextQuestion) else 0
    return Card(
        id=question.id,
        kind=kind,
        text=say(question.text),
        hint=hint,
        mark="" if question.required else words["optional"],
        fault=fault,
        first_id=f"{question.id}-text" if text else choices[0].id,
        described_by=" ".join(f"{question.id}-text-limit" if a == "limit" else f"{question.id}-{a}" for a in asides),
        choices=choices,
        low=low,
        high=high,
        value=given,
        long=isinstance(question, TextQuestion) and question.long,
        limit=limit,
        at_most=words["at_most"].format(limit=limit),
    )


def _choice(question: str, value: str, text: str, given: str) -> Choice:
    return Choice(f"{question}-{value}", value, text, checked=value == given)


def _fault(question: Question, words: Words, mistake: Mistake | None, given: str) -> str:
    if mistake is None:
        return ""
    fault: str = mistake.fault.value
    if mistake.fault in (Fault.MISSING, Fault.NO_NUMBER):
        kind = {"nps": "nps", "scale": "scale", "choice": "choice", "text": "text"}[question.type]
        fault = f"missing_{kind}"
    lowest, highest = (question.lowest, question.highest) if isinstance(question, ScaleQuestion) else (0, 10)
    said = words[fault].format(limit=mistake.limit, count=len(given), lowest=lowest, highest=highest)
    return str(said)
