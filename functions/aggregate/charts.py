"""Where things stand in the report's drawings, in percent of their width and height: the template draws them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from functions.aggregate.queries import ReportedPeriod
from functions.shared.domain import scores
from functions.shared.domain.rounding import rounded
from functions.shared.domain.scores import Interval
from functions.shared.domain.small_groups import Showing

_LEFT, _RIGHT = 10.0, 2.0
"""Percent of a trend's width that is left free at either side: the labels of the scale stand at the left."""


def points(score: float) -> int:
    """Return a score of -1..1 in whole points, as it is said: a drawing tells no more than the words beside it."""
    return int(rounded(score, times=100))


def on_scale(score: float) -> float:
    """Return where a score of -1..1 stands on a scale from left to right, in percent."""
    return (points(score) + 100) / 2


@dataclass(frozen=True)
class Whisker:
    """A score on the scale from -100 to 100: a band for its interval, a dot for itself."""

    at: float
    low: float
    width: float


def whisker(score: float | None, interval: Interval | None) -> Whisker | None:
    """Return the drawing of a score with its interval, or None where there is no score."""
    if score is None or interval is None:
        return None
    low, high = on_scale(interval.low), on_scale(interval.high)
    return Whisker(on_scale(score), low, round(high - low, 2))


@dataclass(frozen=True)
class Dot:
    """A period on the trend, with the ends of its interval; None where it is hidden or nobody answered."""

    period: ReportedPeriod
    x: float
    labelled: bool
    y: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """A horizontal line of the grid, at a score of -100..100."""

    score: int
    y: float


@dataclass(frozen=True)
class Trend:
    """The trend's drawing: a gap is left where a period is not shown."""

    dots: Sequence[Dot]
    lines: Sequence[Line]
    bands: Sequence[str]
    """Outlines of the intervals (SVG points on 0..100 by 0..100), one for each unbroken stretch."""
    paths: Sequence[str]
    """The scores of each unbroken stretch, likewise."""


def draw_trend(periods: Sequence[ReportedPeriod], most_labels: int = 6) -> Trend | None:
    """Return the drawing of a trend, or None where there are not two scores to join."""
    intervals = {period.start: scores.interval(period.counts) for period in periods if _is_shown(period)}
    ends = [end for interval in intervals.values() if interval for end in (interval.low, interval.high)]
    if len(intervals) < 2:
        return None
    lowest, highest, step = _range(min(ends) * 100, max(ends) * 100)

    def height(score: float) -> float:
        return round(100 - (points(score) - lowest) / (highest - lowest) * 100, 2)

    def across(index: int) -> float:
        return round(_LEFT + (100 - _LEFT - _RIGHT) * index / (len(periods) - 1), 2)

    every = math.ceil(len(periods) / most_labels)
    dots, bands, paths = [], [], []
    stretch: list[tuple[float, float, float, float]] = []
    for index, period in enumerate(periods):
        interval, score = intervals.get(period.start), scores.nps(period.counts)
        labelled = (len(periods) - 1 - index) % every == 0
        if interval and score is not None:
            x, y, low, high = across(index), height(score), height(interval.low), height(interval.high)
            dots.append(Dot(period, x, labelled, y, low, high))
            stretch.append((x, y, low, high))
        else:
            dots.append(Dot(period, across(index), labelled))
        if stretch and (not interval or index == len(periods) - 1):
            bands.append(_points([(x, top) for x, _, _, top in stretch] + [(x, low) for x, _, low, _ in stretch[::-1]]))
            paths.append(_points([(x, y) for x, y, _, _ in stretch]))
            stretch = []
    lines = [Line(score, height(score / 100)) for score in range(lowest, highest + 1, step)]
    return Trend(dots, lines, bands, paths)


def _is_shown(period: ReportedPeriod) -> bool:
    return bool(period.counts.n) and period.showing is not Showing.HIDDEN


def _range(low: float, high: float) -> tuple[int, int, int]:
    """Return round ends around two scores of -100..100, and the step between the lines of the grid."""
    step = 50 if high - low > 100 else 25 if high - low > 50 else 20 if high - low > 25 else 10
    bottom, top = max(-100, math.floor(low / step) * step), min(100, math.ceil(high / step) * step)
    return bottom, max(top, bottom + step), step


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
