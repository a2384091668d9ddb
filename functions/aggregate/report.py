"""What a report tells: numbers from the datasets, nothing of how they look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Literal

from duckdb import DuckDBPyConnection

from functions.aggregate import comparisons, queries
from functions.aggregate.comparisons import ScoreChange, Standing, Verdict, direction
from functions.aggregate.coverage import Addresses, addresses
from functions.aggregate.importance import QuestionDrivers, question_drivers
from functions.aggregate.queries import Comment, Funnel, ReportedPeriod, ReviewLine, ScoreRow
from functions.aggregate.question_tables import TouchpointQuestions, question_tables, scales
from functions.shared.domain import scores
from functions.shared.domain.client import ClientBundle, ReviewSource, Thresholds
from functions.shared.domain.dimension import OTHER, UNKNOWN, Dimension
from functions.shared.domain.scores import Counts, Difference, Dispositions, ScaleCounts, Weighted
from functions.shared.domain.small_groups import Showing, showing

WEEKLY = timedelta(weeks=17)
"""Up to this length of time the trend is by week, beyond it by month."""
COMMENTS = 12
SHORTER = {"quarter": timedelta(weeks=13), "recent": timedelta(weeks=4)}
"""The periods that can be chosen instead of twelve months; they end on the same day."""


@dataclass(frozen=True)
class Compared:
    """A touchpoint or team with what a test against the others says of it, corrected for many comparisons."""

    row: ScoreRow
    verdict: Verdict | None
    tested: bool = False
    """Whether there were enough answers on both sides to say anything."""


@dataclass(frozen=True)
class DimensionTable:
    """The scores by one of the client's dimensions, in the order of its values; `n` answers are divided by it."""

    dimension: Dimension
    groups: Sequence[Compared]
    n: int

    @property
    def merges(self) -> bool:
        """Whether values of few are told together: those without a score are among OTHER."""
        return any(one.row.value == OTHER and one.row.counts for one in self.groups)


@dataclass(frozen=True)
class SourceOfReviews:
    """A source with its reviews; `mean` is of their normalised ratings."""

    source: str
    configured: ReviewSource | None
    reviews: Sequence[ReviewLine]

    @property
    def mean(self) -> float | None:
        """The mean of what was rated, 0..1: of those who chose to write, not of the customers."""
        rated = [review.rating for review in self.reviews if review.rating is not None]
        return fmean(rated) if rated else None


@dataclass(frozen=True)
class ClientReport:
    """The numbers of a client's report."""

    made_at: datetime
    since: date
    first_day: date | None
    last_day: date | None
    thresholds: Thresholds
    counts: Counts
    showing: Showing
    waiting: int
    """Answers that are complete and not released yet."""
    csat: ScaleCounts | None
    ces: ScaleCounts | None
    dispositions: Dispositions
    """Of the invitations that were imported until `settled`: the others still have time to be answered."""
    settled: date
    funnel: Funnel
    per: Literal["week", "month"]
    trend: Sequence[ReportedPeriod]
    change: ScoreChange | None
    season: ScoreChange | None
    """Against the same weeks of the year before."""
    target: Standing | None
    weighted: Weighted | None
    """The score weighted to all contacts, where that makes a difference."""
    waves: Sequence[tuple[str, Counts]]
    """Of the invitations that are settled."""
    touchpoints: Sequence[Compared]
    teams: Sequence[Compared]
    dimensions: Sequence[DimensionTable]
    questions: Sequence[TouchpointQuestions]
    drivers: Mapping[str, QuestionDrivers]
    """By touchpoint, where there are enough answers."""
    addresses: Sequence[Addresses]
    comments: Sequence[Comment]
    sources: Sequence[SourceOfReviews]


def gather(
    connection: DuckDBPyConnection, bundle: ClientBundle, now: datetime, shorter: timedelta | None = None
) -> ClientReport:
    """Return the numbers of a client's last twelve months, as the datasets stand at `now`.

    Of a `shorter` period there are the scores, groups, questions and the funnel, and nothing that compares times,
    explains a score or lists what people wrote.
    """
    client, thresholds = bundle.client.client, bundle.client.thresholds
    today = now.astimezone(bundle.client.zone).date()
    since = today - shorter + timedelta(1) if shorter else twelve_months_before(today)
    begin = since.isoformat()
    settled = today - timedelta(days=bundle.client.expires_after_days + 1)
    counts = queries.totals(connection, client, begin)
    days = queries.days(connection, client, begin)
    first, last = (date.fromisoformat(day) for day in days) if days else (None, None)
    per: Literal["week", "month"] = "week" if first and last and last - first <= WEEKLY else "month"
    trend = [
        replace(one, partial=_is_partial(one.start, per, since, today))
        for one in queries.trend(connection, client, per, thresholds, begin)
    ]
    csat, ces = scales(connection, client, begin)
    funnel = queries.funnel(connection, client, begin)
    asked = (thresholds, begin, settled.isoformat())
    touchpoints = queries.score_table(connection, client, "touchpoint", *asked)
    open_to_all = [row.value for row in touchpoints if row.showing is not Showing.HIDDEN]
    return ClientReport(
        made_at=now,
        since=since,
        first_day=first,
        last_day=last,
        thresholds=thresholds,
        counts=counts,
        showing=showing(counts.n, thresholds),
        waiting=queries.waiting(connection, client, begin),
        csat=csat if csat.n >= thresholds.score else None,
        ces=ces if ces.n >= thresholds.score else None,
        dispositions=queries.dispositions(queries.funnel(connection, client, begin, settled.isoformat())),
        settled=settled,
        funnel=funnel,
        per=per,
        trend=trend,
        change=None if shorter else comparisons.change(connection, client, today, thresholds, comparisons.RECENT),
        season=None if shorter else comparisons.change(connection, client, today, thresholds, comparisons.SEASON),
        target=comparisons.against_target(counts, bundle.client.target) if counts.n >= thresholds.score else None,
        weighted=comparisons.weighted(
            {row.value: row.counts for row in touchpoints if row.counts},
            queries.contacts(connection, client, begin),
            counts,
        ),
        waves=comparisons.by_wave(connection, client, thresholds, begin, settled.isoformat()),
        touchpoints=compare(touchpoints),
        teams=compare(queries.score_table(connection, client, "team", *asked)),
        dimensions=[
            _by_dimension(one, queries.score_table(connection, client, one.dimension, *asked))
            for one in bundle.client.dimensions
        ],
        questions=question_tables(connection, bundle, open_to_all, begin),
        drivers={} if shorter else _drivers(connection, bundle, open_to_all, begin),
        addresses=[] if shorter else addresses(connection, bundle.client, since, today),
        comments=[] if shorter else queries.comments(connection, client, open_to_all, COMMENTS, begin),
        sources=[] if shorter else _sources(queries.reviews(connection, client, begin), bundle),
    )


def twelve_months_before(day: date) -> date:
    """Return the first of the twelve months that end with a day: 23 November of the year before, of a 22 November."""
    try:
        return day.replace(year=day.year - 1) + timedelta(1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, month=3, day=1)


def compare(rows: Sequence[ScoreRow]) -> list[Compared]:
    """Test every shown row against its rest; the p values are corrected as one family (Holm).

    The family is what can be told: rows with enough answers on both sides. Of two rows that are each other's rest there
    is one difference, and so one comparison.
    """
    tested: dict[str, Difference] = {}
    for row in rows:
        difference = row.counts and row.rest and scores.difference(row.counts, row.rest)
        if difference and difference.least >= scores.MIN_TO_COMPARE:
            tested[row.value] = difference
    ps = [difference.p for difference in tested.values()]
    one = len(ps) == 2 and _are_one_difference([row for row in rows if row.value in tested])
    corrected = dict(zip(tested, ps if one else scores.holm(ps), strict=True))
    return [
        Compared(
            row,
            direction(tested[row.value]) if _is_clear(tested, corrected, row.value) else None,
            tested=row.value in tested,
        )
        for row in rows
    ]


def _is_clear(tested: dict[str, Difference], corrected: dict[str, float], value: str) -> bool:
    return value in tested and tested[value].is_significant(corrected[value])


def _are_one_difference(rows: Sequence[ScoreRow]) -> bool:
    a, b = rows
    return a.counts == b.rest and b.counts == a.rest


def _is_partial(start: str, per: Literal["week", "month"], since: date, today: date) -> bool:
    first = date.fromisoformat(start)
    following = first + timedelta(weeks=1) if per == "week" else (first + timedelta(days=31)).replace(day=1)
    return first < since or following > today


def _by_dimension(dimension: Dimension, rows: Sequence[ScoreRow]) -> DimensionTable:
    order = (*dimension.own_values, OTHER, UNKNOWN)
    compared = {one.row.value: one for one in compare(rows)}
    known = [compared[value] for value in order if value in compared]
    gone = [one for value, one in compared.items() if value not in order]  # of an earlier version of the dimension
    return DimensionTable(dimension, [*known, *gone], sum(row.n for row in rows))


def _drivers(
    connection: DuckDBPyConnection, bundle: ClientBundle, shown: Sequence[str], since: str
) -> dict[str, QuestionDrivers]:
    found = {}
    for touchpoint in shown:
        if touchpoint in bundle.touchpoints:
            questionnaire = bundle.questionnaires[bundle.touchpoints[touchpoint].questionnaire]
            told = question_drivers(connection, bundle.client.client, touchpoint, questionnaire, since)
            if told:
                found[touchpoint] = told
    return found


def _sources(lines: Sequence[ReviewLine], bundle: ClientBundle) -> list[SourceOfReviews]:
    configured = {source.source: source for source in bundle.client.review_sources}
    names = [*configured, *sorted({line.source for line in lines} - configured.keys())]
    return [
        SourceOfReviews(name, configured.get(name), [line for line in lines if line.source == name]) for name in names
    ]
