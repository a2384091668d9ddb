"""What a report tells of the closed questions: how the answers are spread, each share with its interval."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from functions.aggregate import queries
from functions.shared.domain import scores
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.questions.choice import ChoiceQuestion
from functions.shared.domain.questions.scale import LabelledRange
from functions.shared.domain.questions.types import AnyQuestion
from functions.shared.domain.scores import ScaleCounts, Share
from functions.shared.domain.small_groups import Showing, showing


@dataclass(frozen=True)
class AnswerShare:
    """One answer: its value (a number, or that of an option), and its share of all who answered the question."""

    value: str
    share: Share
    count: int


@dataclass(frozen=True)
class QuestionTable:
    """A closed question at a touchpoint; no answers where those who answered are too few to be shown."""

    question: AnyQuestion
    n: int
    showing: Showing
    answers: Sequence[AnswerShare]


@dataclass(frozen=True)
class TouchpointQuestions:
    """The closed questions of a touchpoint, in the order in which they are asked."""

    touchpoint: str
    questions: Sequence[QuestionTable]


def question_tables(
    connection: DuckDBPyConnection, bundle: ClientBundle, shown: Collection[str], since: str
) -> list[TouchpointQuestions]:
    """Return what was answered at the touchpoints that are shown, of what is released."""
    thresholds = bundle.client.thresholds
    counted = queries.answer_counts(connection, bundle.client.client, since)
    told: list[TouchpointQuestions] = []
    for touchpoint in shown:
        if touchpoint not in bundle.touchpoints:
            continue
        questionnaire = bundle.questionnaires[bundle.touchpoints[touchpoint].questionnaire]
        tables: list[QuestionTable] = []
        for question in questionnaire.questions:
            if not (values := _values(question)):
                continue
            counts = counted.get((touchpoint, question.id), {})
            n = sum(counts.values())
            how = showing(n, thresholds)
            answers = [] if how is Showing.HIDDEN else _shares(counts, values, n)
            tables.append(QuestionTable(question, n, how, answers))
        told.append(TouchpointQuestions(touchpoint, tables))
    return told


def scales(connection: DuckDBPyConnection, client: str, since: str) -> tuple[ScaleCounts, ScaleCounts]:
    """Return the released answers to the CSAT and the CES questions of a client, the first of each questionnaire."""
    measured = queries.measured(connection, client, since)
    return _scale(measured.get("csat", {}), scores.CSAT_TOP), _scale(measured.get("ces", {}), scores.CES_TOP)


def _scale(counts: dict[int, int], top: int) -> ScaleCounts:
    return ScaleCounts(
        n=sum(counts.values()),
        total=sum(number * n for number, n in counts.items()),
        top=sum(n for number, n in counts.items() if number >= top),
    )


def _values(question: AnyQuestion) -> list[str]:
    """Return the values of a closed question, in the order in which they are shown; none of an open one."""
    if isinstance(question, ChoiceQuestion):
        return [option.value for option in question.options]
    if isinstance(question, LabelledRange):
        first, last = question.ends
        return [str(number) for number in range(first, last + 1)]
    return []


def _shares(counts: dict[str, int], values: Sequence[str], n: int) -> list[AnswerShare]:
    """Return every answer that can be given, and those that an earlier version could get and somebody did."""
    found = [*values, *sorted(counts.keys() - set(values))]
    shares = ((value, scores.share(counts.get(value, 0), n)) for value in found)
    return [AnswerShare(value, share, counts.get(value, 0)) for value, share in shares if share is not None]
