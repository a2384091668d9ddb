"""What a report tells: numbers from the datasets, nothing of how they look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Literal

from duckdb import DuckDBPyConnection

from functions.aggregate import queries
from functions.aggregate.coverage import Addresses, addresses
from functions.aggregate.queries import Comment, Funnel, ReportedPeriod, ReviewLine, ScoreRow
from functions.shared.domain import scores
from functions.shared.domain.client import ClientBundle, ReviewSource, Thresholds
from functions.shared.domain.scores import Counts, Difference, Dispositions, ScaleCounts
from functions.shared.domain.small_groups import Showing, showing

REPORTED = timedelta(days=365)
WEEKLY = timedelta(weeks=17)
"""Up to this length of time the trend is by week, beyond it by month."""
RECENT = timedelta(weeks=4)
COMMENTS = 12

Verdict = Literal["higher", "lower"]


@dataclass(frozen=True)
class Compared:
    """A touchpoint or team with what a test against all the others says of it, corrected for many comparisons."""

    row: ScoreRow
    verdict: Verdict | None


@dataclass(frozen=True)
class ScoreChange:
    """The last four weeks against the four before them."""

    earlier: Counts
    later: Counts
    difference: Difference

    @property
    def verdict(self) -> Verdict | None:
        """The direction, where it may be called a difference."""
        return _direction(self.difference) if self.difference.is_significant() else None


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
    csat: ScaleCounts | None
    ces: ScaleCounts | None
    dispositions: Dispositions
    funnel: Funnel
    per: Literal["week", "month"]
    trend: Sequence[ReportedPeriod]
    change: ScoreChange | None
    touchpoints: Sequence[Compared]
    teams: Sequence[Compared]
    addresses: Sequence[Addresses]
    comments: Sequence[Comment]
    sources: Sequence[SourceOfReviews]


def gather(connection: DuckDBPyConnection, bundle: ClientBundle, now: datetime) -> ClientReport:
    """Return the numbers of a client's last year, as the datasets stand at `now`."""
    client, thresholds = bundle.client.client, bundle.client.thresholds
    since = (now.astimezone(bundle.client.zone) - REPORTED).date()
    begin = since.isoformat()
    counts = queries.totals(connection, client, begin)
    days = queries.days(connection, client, begin)
    first, last = (date.fromisoformat(day) for day in days) if days else (None, None)
    per: Literal["week", "month"] = "week" if first and last and last - first <= WEEKLY else "month"
    trend = queries.trend(connection, client, per, thresholds, begin)
    csat, ces = queries.scales(connection, client, begin)
    funnel = queries.funnel(connection, client, begin)
    touchpoints = queries.score_table(connection, client, "touchpoint", thresholds, begin)
    open_to_all = [row.value for row in touchpoints if row.showing is not Showing.HIDDEN]
    return ClientReport(
        made_at=now,
        since=since,
        first_day=first,
        last_day=last,
        thresholds=thresholds,
        counts=counts,
        showing=showing(counts.n, thresholds),
        csat=csat if csat.n >= thresholds.score else None,
        ces=ces if ces.n >= thresholds.score else None,
        dispositions=queries.dispositions(funnel),
        funnel=funnel,
        per=per,
        trend=trend,
        change=_change(connection, client, now.astimezone(bundle.client.zone).date(), thresholds),
        touchpoints=compare(touchpoints, counts),
        teams=compare(queries.score_table(connection, client, "team", thresholds, begin), counts),
        addresses=addresses(connection, bundle.client, since, now.astimezone(bundle.client.zone).date()),
        comments=queries.comments(connection, client, open_to_all, COMMENTS),
        sources=_sources(queries.reviews(connection, client), bundle),
    )


def compare(rows: Sequence[ScoreRow], whole: Counts) -> list[Compared]:
    """Test every shown row against all the others together; the p values are corrected as one family (Holm)."""
    tested: dict[str, Difference] = {}
    for row in rows:
        difference = row.counts and scores.difference(row.counts, _rest(whole, row.counts))
        if difference:
            tested[row.value] = difference
    corrected = dict(zip(tested, scores.holm([difference.p for difference in tested.values()]), strict=True))
    return [
        Compared(row, _direction(tested[row.value]) if _is_clear(tested, corrected, row.value) else None)
        for row in rows
    ]


def _is_clear(tested: dict[str, Difference], corrected: dict[str, float], value: str) -> bool:
    return value in tested and tested[value].is_significant(corrected[value])


def _direction(difference: Difference) -> Verdict:
    return "higher" if difference.value > 0 else "lower"


def _rest(whole: Counts, part: Counts) -> Counts:
    return Counts(whole.detractors - part.detractors, whole.passives - part.passives, whole.promoters - part.promoters)


def _change(connection: DuckDBPyConnection, client: str, today: date, thresholds: Thresholds) -> ScoreChange | None:
    later, earlier = (
        queries.totals(connection, client, (end - RECENT + timedelta(1)).isoformat(), end.isoformat())
        for end in (today, today - RECENT)
    )
    difference = scores.difference(later, earlier)
    hidden = Showing.HIDDEN in (showing(earlier.n, thresholds), showing(later.n, thresholds))
    return None if hidden or difference is None else ScoreChange(earlier, later, difference)


def _sources(lines: Sequence[ReviewLine], bundle: ClientBundle) -> list[SourceOfReviews]:
    configured = {source.source: source for source in bundle.client.review_sources}
    names = [*configured, *sorted({line.source for line in lines} - configured.keys())]
    return [
        SourceOfReviews(name, configured.get(name), [line for line in lines if line.source == name]) for name in names
    ]
