"""What a score is compared with: an earlier time, the season, the target, the people who were in contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from duckdb import DuckDBPyConnection

from functions.aggregate import queries
from functions.shared.domain import scores
from functions.shared.domain.client import Thresholds
from functions.shared.domain.rounding import rounded
from functions.shared.domain.scores import Counts, Difference, Weighted
from functions.shared.domain.small_groups import Showing, showing

RECENT = timedelta(weeks=4)
SEASON = timedelta(weeks=52)
"""A year before, on the same days of the week."""

Verdict = Literal["higher", "lower"]
Standing = Literal["above", "below", "open"]


@dataclass(frozen=True)
class ScoreChange:
    """The last four weeks against four earlier ones."""

    earlier: Counts
    later: Counts
    difference: Difference

    @property
    def points(self) -> int:
        """The difference of the two scores as they are shown, in points; the test is of the adjusted ones."""
        return points(self.later) - points(self.earlier)

    @property
    def tested(self) -> bool:
        """Whether there were enough answers in both to say anything."""
        return self.difference.least >= scores.MIN_TO_COMPARE

    @property
    def verdict(self) -> Verdict | None:
        """The direction, where it may be called a difference."""
        return direction(self.difference) if self.difference.is_significant() else None


def change(
    connection: DuckDBPyConnection, client: str, today: date, thresholds: Thresholds, before: timedelta
) -> ScoreChange | None:
    """Compare the last four weeks with those that ended so long before; None where one of both is not shown."""
    later, earlier = (
        queries.totals(connection, client, (end - RECENT + timedelta(1)).isoformat(), end.isoformat())
        for end in (today, today - before)
    )
    difference = scores.difference(later, earlier)
    hidden = Showing.HIDDEN in (showing(earlier.n, thresholds), showing(later.n, thresholds))
    return None if hidden or difference is None else ScoreChange(earlier, later, difference)


def against_target(counts: Counts, target: int | None) -> Standing | None:
    """Say on which side of a target (-100..100) the whole interval of a score lies; None without a target."""
    found = scores.interval(counts)
    if target is None or found is None:
        return None
    if found.low * 100 > target:
        return "above"
    return "below" if found.high * 100 < target else "open"


def by_wave(
    connection: DuckDBPyConnection, client: str, thresholds: Thresholds, since: str, settled: str
) -> list[tuple[str, Counts]]:
    """Return the scores of the answers to the first message and of those to a reminder, where both may be shown.

    Only of what was answered until `settled`: of later invitations the reminders are still to come.
    """
    waves = queries.waves(connection, client, since, settled)
    if len(waves) < 2 or any(showing(counts.n, thresholds) is Showing.HIDDEN for counts in waves.values()):
        return []
    return list(waves.items())


def weighted(parts: Mapping[str, Counts], contacts: Mapping[str, int], whole: Counts) -> Weighted | None:
    """Return the score as if every touchpoint's customers had answered alike (post-stratified).

    Told only where it differs from the score as it is by more than half the width of that one's interval, and where
    all touchpoints with contacts are shown: of a hidden one it would give the score away.
    """
    population = {touchpoint: n for touchpoint, n in contacts.items() if n}
    if len(population) < 2 or population.keys() - parts.keys() or parts.keys() - population.keys():
        return None
    found = scores.post_stratified([(parts[touchpoint], n) for touchpoint, n in population.items()])
    raw, interval = scores.nps(whole), scores.interval(whole)
    if found is None or raw is None or interval is None:
        return None
    return found if abs(found.value - raw) > (interval.high - interval.low) / 2 else None


def points(counts: Counts) -> int:
    """Return a score in whole points, as it is shown."""
    return int(rounded(scores.nps(counts) or 0.0, times=100))


def direction(difference: Difference) -> Verdict:
    """Return the direction of a difference."""
    return "higher" if difference.value > 0 else "lower"
