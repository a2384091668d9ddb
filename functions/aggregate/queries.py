"""The numbers that people see, from the datasets: the report and the demo ask the same questions.

Counts are summed first; every score is computed of the sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
from duckdb import DuckDBPyConnection

from functions.aggregate.datasets.answers import ANSWERS
from functions.aggregate.datasets.registry import DATASETS
from functions.aggregate.datasets.responses import RESPONSES
from functions.aggregate.datasets.spec import Dataset
from functions.aggregate.rates import By, participation
from functions.shared.domain import object_keys, scores
from functions.shared.domain.client import Thresholds
from functions.shared.domain.coverage import Coverage
from functions.shared.domain.figures import InvitationWeek
from functions.shared.domain.scores import Counts, Dispositions, Interval
from functions.shared.domain.small_groups import Showing, showing

_TYPES = {"string": "VARCHAR"}


@dataclass(frozen=True)
class ScoreRow:
    """A touchpoint or a team: its score with interval and n, and what became of its invitations.

    `n` and the score are of released answers (functions.aggregate.release): a row without has no counts, score or
    interval. `rest` are those to compare with: all other touchpoints, or the others at the touchpoints of the team. A
    `response_rate` that could be found by subtraction of few customers is None.
    """

    value: str
    n: int
    nps: float | None
    interval: Interval | None
    invited: int
    delivered: int
    completed: int
    response_rate: float | None
    showing: Showing
    counts: Counts | None
    rest: Counts | None = None
    is_answered: bool = False
    """Whether somebody answered, released or not."""


def open_datasets(folder: Path) -> DuckDBPyConnection:
    """Open the datasets that lie under a folder as `datasets/<name>/client=.../dt=.../*.parquet`, a table each.

    A dataset without files is an empty table. Responses and answers are views: a page reads some columns of them once.
    """
    connection = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    for dataset in DATASETS:
        paths = sorted(
            str(path) for path in (folder / object_keys.DATASETS / dataset.name).glob("client=*/dt=*/*.parquet")
        )
        if paths:
            rows = connection.read_parquet(paths, hive_partitioning=False, union_by_name=True)
            if dataset in (ANSWERS, RESPONSES):
                rows.create_view(dataset.name)
            else:
                rows.create(dataset.name)
        else:
            connection.execute(f"CREATE TABLE {dataset.name} ({_columns(dataset)})")
    return connection


def score_table(
    connection: DuckDBPyConnection,
    client: str,
    by: By,
    thresholds: Thresholds | None = None,
    since: str = "",
    settled: str = "9999-12-31",
) -> list[ScoreRow]:
    """Return the scores of a client by touchpoint, team or dimension, the greatest n first.

    `since` (yyyy-mm-dd) is included. Rates are of the invitations imported until `settled`. Those of fewer than the
    threshold are left out, and with them the next smallest where they could be found by subtraction, for teams from the
    touchpoints that they are at. What is told by dimension is of the answers that are divided
    (functions.aggregate.divided).
    """
    thresholds = thresholds or Thresholds()
    period = {"client": client, "since": since}
    asked = period | {"by": by}
    cells = [(touchpoint, value, _counts(*counts)) for touchpoint, value, *counts in _rows(connection, _CELLS, asked)]
    wholes = {touchpoint: _counts(*counts) for touchpoint, *counts in _rows(connection, _TOUCHPOINTS, asked)}
    counted: dict[str, Counts] = {}
    at: dict[str, list[str]] = {}
    for touchpoint, value, counts in cells:
        counted[value] = counted.get(value, Counts()) + counts
        at.setdefault(value, []).append(touchpoint)
    funnels, rated = participation(connection, by, thresholds, period | {"until": settled})
    rows = []
    for value in sorted(counted.keys() | funnels.keys(), key=lambda part: (-counted.get(part, Counts()).n, part)):
        own = counted.get(value, Counts())
        invited, delivered, completed, answered = funnels.get(value, (0, 0, 0, own.n))
        how = showing(own.n, thresholds)
        shown = None if how is Showing.HIDDEN else own
        rows.append(
            ScoreRow(
                value=value,
                n=own.n,
                nps=scores.nps(own) if shown else None,
                interval=scores.interval(own) if shown else None,
                invited=invited,
                delivered=delivered,
                completed=completed,
                response_rate=completed / delivered if value in rated else None,
                showing=how,
                counts=shown,
                rest=_rest(value, own, at, wholes, by) if shown else None,
                is_answered=bool(answered),
            )
        )
    return rows


def _rest(value: str, own: Counts, at: Mapping[str, Sequence[str]], wholes: Mapping[str, Counts], by: By) -> Counts:
    places = wholes if by == "touchpoint" else at[value]
    whole = sum((wholes[place] for place in places), Counts())
    return _counts(whole.detractors - own.detractors, whole.passives - own.passives, whole.promoters - own.promoters)


def totals(
    connection: DuckDBPyConnection, client: str, since: str = "", until: str = "9999-12-31", touchpoint: str = ""
) -> Counts:
    """Return all released answers of a client, or a touchpoint, to the NPS question.

    `until` (yyyy-mm-dd) is included, too.
    """
    asked = {"client": client, "since": since, "until": until, "touchpoint": touchpoint}
    ((*sums,),) = _rows(connection, _TOTALS, asked)
    return _counts(*sums)


def waiting(connection: DuckDBPyConnection, client: str, since: str = "") -> int:
    """Return how many complete responses with a score are not released yet."""
    ((n,),) = _rows(connection, _NOT_RELEASED, {"client": client, "since": since})
    return int(n)


def answer_counts(
    connection: DuckDBPyConnection, client: str, since: str = ""
) -> dict[tuple[str, str], dict[str, int]]:
    """Return how often each answer was given, of what is released, by (touchpoint, question)."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for touchpoint, question, answer, n in _rows(connection, _ANSWER_COUNTS, {"client": client, "since": since}):
        counts.setdefault((touchpoint, question), {})[answer] = n
    return counts


def measured(connection: DuckDBPyConnection, client: str, since: str = "") -> dict[str, dict[int, int]]:
    """Return how often each number was answered, of what is released, by measure (csat, ces)."""
    counts: dict[str, dict[int, int]] = {}
    for measure, answer, n in _rows(connection, _MEASURED, {"client": client, "since": since}):
        counts.setdefault(measure, {})[int(answer)] = n
    return counts


@dataclass(frozen=True)
class ReportedPeriod:
    """A calendar month (`start` is its first day) or a week (its Monday), and what was answered in it.

    `partial`: the report's own first or last day is within it, so that not all of it is counted.
    """

    start: str
    counts: Counts
    showing: Showing
    partial: bool = False


def trend(
    connection: DuckDBPyConnection, client: str, per: Literal["week", "month"], thresholds: Thresholds, since: str = ""
) -> list[ReportedPeriod]:
    """Return the scores per week or month in order of time; those without answers in between are there with none."""
    asked = {"client": client, "since": since, "per": per}
    by_start = {start: _counts(*counts) for start, *counts in _rows(connection, _TREND, asked)}
    return [ReportedPeriod(start, counts, showing(counts.n, thresholds)) for start, counts in by_start.items()]


def waves(connection: DuckDBPyConnection, client: str, since: str, settled: str) -> dict[str, Counts]:
    """Return the scores of what was answered to the first message and to a reminder, until `settled`.

    Of batches that are told by wave: those in which each wave has enough answers.
    """
    asked = {"client": client, "since": since, "settled": settled}
    return {wave: _counts(*counts) for wave, *counts in _rows(connection, _WAVES, asked)}


def contacts(connection: DuckDBPyConnection, client: str, since: str = "") -> dict[str, int]:
    """Return how many contacts came in, by touchpoint."""
    return dict(_rows(connection, _CONTACTS, {"client": client, "since": since}))


Funnel = dict[str, int]


def funnel(
    connection: DuckDBPyConnection, client: str, since: str = "", until: str = "9999-12-31", touchpoint: str = ""
) -> Funnel:
    """Return the counts of funnel_daily, summed over days of import (`until` is included), of a touchpoint or all."""
    asked = {"client": client, "since": since, "until": until, "touchpoint": touchpoint}
    query = connection.execute(_FUNNEL, asked)
    names = [column[0] for column in query.description]
    (row,) = query.fetchall()
    return dict(zip(names, row, strict=True))


def dispositions(counts: Funnel) -> Dispositions:
    """Return what became of the invitations of a funnel, each in one place only.

    Who answered and said no to later surveys is an answer; the rest of those that were delivered stayed silent.
    """
    reached, started = counts["delivered"], counts["started"]
    refused = min(counts["refused"], reached - started)
    return Dispositions(
        completed=counts["completed"],
        partial=started - counts["completed"],
        refused=refused,
        silent=reached - started - refused,
        bounced=counts["bounced"],
    )


def invitation_weeks(connection: DuckDBPyConnection, client: str, since: str = "") -> list[tuple[str, InvitationWeek]]:
    """Return (touchpoint, week) for every week in which invitations were imported, in order of time."""
    rows = _rows(connection, _INVITATION_WEEKS, {"client": client, "since": since})
    return [(touchpoint, InvitationWeek(week, *counts)) for touchpoint, week, *counts in rows]


@dataclass(frozen=True)
class CoverageRow:
    """The coverage of a month (`month` is its first day) at a touchpoint: all of it, or a team's or employee's part."""

    touchpoint: str
    value: str
    month: str
    coverage: Coverage


def coverage(
    connection: DuckDBPyConnection,
    client: str,
    dimension: Literal["all", "team", "employee"],
    since: str = "",
    until: str = "9999-12-31",
) -> list[CoverageRow]:
    """Return the coverage month by month, in the order of the columns; `since` and `until` are included."""
    asked = {"client": client, "dimension": dimension, "since": since, "until": until}
    return [
        CoverageRow(touchpoint, value, month, Coverage(*counts))
        for touchpoint, value, month, *counts in _rows(connection, _COVERAGE, asked)
    ]


@dataclass(frozen=True)
class Comment:
    """What somebody wrote, masked. Of which day is not told: few answer on one.

    `score` is what they gave; None also where the rest of their batch would be too few.
    """

    touchpoint: str
    score: int | None
    text: str


def comments(
    connection: DuckDBPyConnection, client: str, touchpoints: Iterable[str], most: int, since: str = ""
) -> list[Comment]:
    """Return the newest comments at these touchpoints, released responses only, the same words once."""
    asked = {"client": client, "touchpoints": list(touchpoints), "most": most, "since": since}
    return [Comment(*row) for row in _rows(connection, _COMMENTS, asked)]


@dataclass(frozen=True)
class ReviewLine:
    """A review as it stands at its source; `rating` is normalised to 0..1, `raw` and `best` are the source's own."""

    day: str
    source: str
    rating: float | None
    raw: float | None
    best: float | None
    language: str | None
    title: str | None
    text: str | None


def reviews(connection: DuckDBPyConnection, client: str, since: str = "") -> list[ReviewLine]:
    """Return all reviews that stand, the newest first: not only the nice ones."""
    return [ReviewLine(*row) for row in _rows(connection, _REVIEWS, {"client": client, "since": since})]


def days(connection: DuckDBPyConnection, client: str, since: str = "") -> tuple[str, str] | None:
    """Return the first and the last day that date released answers."""
    ((first, last),) = _rows(connection, _DAYS, {"client": client, "since": since})
    return (first, last) if first else None


def _counts(detractors: int, passives: int, promoters: int) -> Counts:
    """Return counts; a correction of what was released before the period can take more back than there is in it."""
    return Counts(max(0, detractors), max(0, passives), max(0, promoters))


def _rows(connection: DuckDBPyConnection, query: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    return connection.execute(query, asked).fetchall()


def _columns(dataset: Dataset) -> str:
    return ", ".join(f"{column.name} {_TYPES.get(column.type, column.type)}" for column in dataset.all_columns)


_CELLS = """
SELECT touchpoint, part, CAST(sum(detractors) AS BIGINT), CAST(sum(passives) AS BIGINT),
       CAST(sum(promoters) AS BIGINT)
FROM (
    SELECT *, CASE $by WHEN 'team' THEN team ELSE touchpoint END AS part FROM released_scores
    WHERE $by IN ('touchpoint', 'team')
    UNION ALL BY NAME
    SELECT *, value AS part FROM released_dimensions WHERE dimension = $by
)
WHERE client = $client AND dt >= $since AND part <> '' GROUP BY ALL ORDER BY ALL
"""
_TOUCHPOINTS = """
SELECT touchpoint, CAST(sum(detractors) AS BIGINT), CAST(sum(passives) AS BIGINT), CAST(sum(promoters) AS BIGINT)
FROM (
    SELECT * FROM released_scores WHERE $by IN ('touchpoint', 'team')
    UNION ALL BY NAME
    SELECT * FROM released_dimensions WHERE dimension = $by
)
WHERE client = $client AND dt >= $since GROUP BY ALL ORDER BY ALL
"""
_ANSWER_COUNTS = """
SELECT touchpoint, question, answer, CAST(sum(n) AS BIGINT)
FROM released_answers WHERE client = $client AND dt >= $since GROUP BY ALL HAVING sum(n) > 0 ORDER BY ALL
"""
_MEASURED = """
SELECT measure, answer, CAST(sum(n) AS BIGINT) FROM released_answers
WHERE client = $client AND dt >= $since AND measure IS NOT NULL GROUP BY ALL HAVING sum(n) > 0 ORDER BY ALL
"""
_NOT_RELEASED = """
SELECT count(*) FROM responses ANTI JOIN released_responses USING (client, response_id)
WHERE client = $client AND dt >= $since AND state = 'complete' AND score IS NOT NULL
"""
_WAVES = """
SELECT wave, CAST(sum(detractors) AS BIGINT), CAST(sum(passives) AS BIGINT), CAST(sum(promoters) AS BIGINT)
FROM released_scores
WHERE client = $client AND dt BETWEEN $since AND $settled AND wave <> ''
GROUP BY ALL ORDER BY ALL
"""
_CONTACTS = """
SELECT touchpoint, CAST(sum(interactions) AS BIGINT) FROM funnel_daily
WHERE client = $client AND dt >= $since AND dimension = 'all' GROUP BY ALL ORDER BY ALL
"""
_TOTALS = """
SELECT CAST(coalesce(sum(detractors), 0) AS BIGINT), CAST(coalesce(sum(passives), 0) AS BIGINT),
       CAST(coalesce(sum(promoters), 0) AS BIGINT)
FROM released_scores
WHERE client = $client AND dt BETWEEN $since AND $until AND ($touchpoint = '' OR touchpoint = $touchpoint)
"""
_TREND = """
WITH counted AS (
    SELECT date_trunc($per, CAST(dt AS DATE))::DATE AS start,
           sum(detractors) AS d, sum(passives) AS pa, sum(promoters) AS p
    FROM released_scores WHERE client = $client AND dt >= $since GROUP BY 1
), periods AS (
    SELECT unnest(generate_series(min(start), max(start), CAST('1 ' || $per AS INTERVAL)))::DATE AS start FROM counted
)
SELECT strftime(start, '%Y-%m-%d'), CAST(coalesce(d, 0) AS BIGINT), CAST(coalesce(pa, 0) AS BIGINT),
       CAST(coalesce(p, 0) AS BIGINT)
FROM periods LEFT JOIN counted USING (start) ORDER BY start
"""
_FUNNEL = """
SELECT CAST(coalesce(sum(COLUMNS(* EXCLUDE (threshold, client, dt, touchpoint, dimension, value))), 0) AS BIGINT)
       AS '\\0'
FROM funnel_daily
WHERE client = $client AND dt BETWEEN $since AND $until AND dimension = 'all'
  AND ($touchpoint = '' OR touchpoint = $touchpoint)
"""
_INVITATION_WEEKS = """
SELECT touchpoint, date_trunc('week', CAST(dt AS DATE))::DATE AS week, CAST(sum(invited) AS BIGINT),
       CAST(sum(delivered) AS BIGINT), CAST(sum(completed) AS BIGINT)
FROM funnel_daily WHERE client = $client AND dt >= $since AND dimension = 'all'
GROUP BY ALL HAVING sum(invited) + sum(delivered) > 0 ORDER BY week, touchpoint
"""
_COVERAGE = """
SELECT touchpoint, value, strftime(date_trunc('month', CAST(dt AS DATE)), '%Y-%m-%d') AS month,
       CAST(sum(interactions) AS BIGINT), CAST(sum(with_address) AS BIGINT)
FROM funnel_daily WHERE client = $client AND dt BETWEEN $since AND $until AND dimension = $dimension
GROUP BY ALL HAVING sum(interactions) > 0 ORDER BY touchpoint, value, month
"""
_COMMENTS = """
SELECT r.touchpoint, CASE WHEN p.comment_score = r.score THEN r.score END, r.comment
FROM responses r JOIN released_responses p USING (client, response_id)
WHERE client = $client AND r.dt >= $since AND r.state = 'complete' AND trim(r.comment) <> ''
  AND list_contains($touchpoints, r.touchpoint)
QUALIFY row_number() OVER (
    PARTITION BY r.touchpoint, lower(trim(r.comment)) ORDER BY r.answered_at DESC, response_id
) = 1
ORDER BY r.dt DESC, r.answered_at DESC, response_id LIMIT $most
"""
_REVIEWS = """
SELECT dt, source, rating, rating_raw, rating_best, language, title, text FROM reviews
WHERE client = $client AND dt >= $since AND NOT removed ORDER BY dt DESC, written_at DESC, review_id
"""
_DAYS = """
SELECT min(dt), max(dt) FROM released_scores WHERE client = $client AND dt >= $since
"""
