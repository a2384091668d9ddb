"""What a week's digest tells: the report's clear differences that were not told before."""

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from functions.aggregate.comparisons import points
from functions.aggregate.freshness import week_of
from functions.aggregate.queries import open_datasets
from functions.aggregate.report import ClientReport, gather
from functions.shared.domain import scores
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.digest import Digest, News, NewsKind, NewsVerdict
from functions.shared.domain.rounding import rounded
from functions.shared.domain.scores import Counts
from functions.shared.domain.small_groups import Showing


def make_digest(bundle: ClientBundle, folder: Path, now: datetime, told: Collection[str]) -> Digest | None:
    """Return a client's digest of the datasets under a folder; None while there are too few answers for a score."""
    with open_datasets(folder) as connection:
        return digest(gather(connection, bundle, now), week_of(bundle, now), told)


def digest(report: ClientReport, week: str, told: Collection[str]) -> Digest | None:
    """Return the news of a report that were not told; `told` are keys of those that were."""
    if report.showing is Showing.HIDDEN:
        return None
    holding = list(_holding(report))
    score, low, high, n = _figures(report.counts)
    news = tuple(one for one in holding if one.key not in told)
    return Digest(week, score, low, high, n, news, tuple(one.key for one in holding))


def _holding(report: ClientReport) -> Iterator[News]:
    if report.change and report.change.verdict:
        yield _news("recent", "", report.change.verdict, report.change.later)
    if report.season and report.season.verdict:
        yield _news("season", "", report.season.verdict, report.season.later)
    if report.target and report.target != "open":
        yield _news("target", "", report.target, report.counts)
    kinds: tuple[NewsKind, NewsKind] = ("touchpoint", "team")
    for kind, compared in zip(kinds, (report.touchpoints, report.teams), strict=True):
        for one in compared:
            if one.verdict and one.row.counts:
                yield _news(kind, one.row.value, one.verdict, one.row.counts)


def _news(kind: NewsKind, name: str, verdict: NewsVerdict, counts: Counts) -> News:
    return News(kind, name, verdict, *_figures(counts))


def _figures(counts: Counts) -> tuple[int, int, int, int]:
    found = scores.interval(counts)
    if found is None:
        raise ValueError("Nobody answered.")
    return points(counts), int(rounded(found.low, times=100)), int(rounded(found.high, times=100)), counts.n
