"""Why a score is what it is: how much each closed question of a touchpoint goes with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from duckdb import DuckDBPyConnection

from functions.shared.domain.drivers import MAX_DRIVERS, Drivers, Moments, drivers
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.questions.choice import ChoiceQuestion
from functions.shared.domain.questions.scale import ScaleQuestion
from functions.shared.domain.questions.types import AnyQuestion


@dataclass(frozen=True)
class QuestionDrivers:
    """The questions that were weighed, and what each has of the score's differences."""

    questions: Sequence[AnyQuestion]
    found: Drivers


@dataclass(frozen=True)
class _Column:
    """A number in each response: the answer on a scale, or with `option` whether that was chosen."""

    question: str
    option: str | None = None


def question_drivers(
    connection: DuckDBPyConnection, client: str, touchpoint: str, questionnaire: Questionnaire, since: str
) -> QuestionDrivers | None:
    """Return the drivers of a touchpoint's score; None where too few answered all of its closed questions.

    A choice counts as one driver, with a column for each of its options but the first.
    """
    questions = [one for one in questionnaire.questions if isinstance(one, ScaleQuestion | ChoiceQuestion)]
    questions = questions[:MAX_DRIVERS]
    if not questions:
        return None
    groups = [list(_columns(question)) for question in questions]
    numbers = count(1)
    places = [[next(numbers) for _ in group] for group in groups]
    score = questionnaire.questions[0].id
    columns = [_Column(score), *(column for group in groups for column in group)]
    days = _moments(connection, client, touchpoint, columns, since)
    found = drivers(days, places, f"{client} {touchpoint}")
    return QuestionDrivers(questions, found) if found else None


def _columns(question: AnyQuestion) -> Iterator[_Column]:
    if isinstance(question, ChoiceQuestion):
        yield from (_Column(question.id, option.value) for option in question.options[1:])
    else:
        yield _Column(question.id)


def _moments(
    connection: DuckDBPyConnection, client: str, touchpoint: str, columns: Sequence[_Column], since: str
) -> list[Moments]:
    """Return the moments of each day that dates a release, of the responses that answered all of the questions."""
    asked: dict[str, object] = {"client": client, "touchpoint": touchpoint, "since": since}
    made = []
    for place, column in enumerate(columns):
        asked[f"question_{place}"] = column.question
        number = "TRY_CAST(value AS DOUBLE)"
        if column.option is not None:
            asked[f"option_{place}"] = column.option
            number = f"CAST(value = $option_{place} AS DOUBLE)"
        made.append(f"max({number}) FILTER (question = $question_{place}) AS c{place}")
    names = [f"c{place}" for place in range(len(columns))]
    sums = [f"sum({name})" for name in names]
    sums += [f"sum({a} * {b})" for place, a in enumerate(names) for b in names[place:]]
    query = f"""
        WITH answered AS (
            SELECT response_id, released_on, {", ".join(made)}
            FROM answers a JOIN released_responses p USING (client, response_id)
            WHERE client = $client AND a.touchpoint = $touchpoint AND a.dt >= $since AND state = 'complete'
              AND value IS NOT NULL AND type IS NOT NULL
            GROUP BY response_id, released_on
        )
        SELECT count(*), {", ".join(sums)} FROM answered
        WHERE {" AND ".join(f"{name} IS NOT NULL" for name in names)}
        GROUP BY released_on ORDER BY released_on
    """  # noqa: S608
    width = len(columns)
    rows = connection.execute(query, asked).fetchall()
    return [Moments(n, tuple(told[:width]), tuple(told[width:])) for n, *told in rows]
