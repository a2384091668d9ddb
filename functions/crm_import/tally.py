"""What the rows of a file came to, counted by team, and how many of them had an address that can be mailed."""

from collections import Counter

from functions.shared.domain.interaction import Outcome

Tally = Counter[tuple[str | None, Outcome]]
"""Rows by team (None: the row names none) and outcome."""

MOST_TEAMS = 500
"""More are no teams but a column that was taken for one; the largest are told."""

_WITHOUT_ADDRESS = frozenset((Outcome.INVALID, Outcome.NO_ADDRESS))


def outcomes(tally: Tally) -> dict[str, int]:
    """Return the rows by outcome."""
    counts: Counter[str] = Counter()
    for (_, outcome), rows in tally.items():
        counts[outcome.value] += rows
    return counts


def coverage(tally: Tally) -> dict[str, object]:
    """Return how many rows had a usable address, in all and for each team: `rows`, `with_address`, `share`.

    An invalid row has none: nothing of it is used. A row without a team is in the whole only.
    """
    rows: Counter[str | None] = Counter()
    reached: Counter[str | None] = Counter()
    for (team, outcome), count in tally.items():
        rows[team] += count
        reached[team] += 0 if outcome in _WITHOUT_ADDRESS else count
    teams = sorted(team for team, _ in rows.most_common(MOST_TEAMS) if team)
    whole = _covered(rows.total(), reached.total())
    return {**whole, "teams": [{"team": team, **_covered(rows[team], reached[team])} for team in teams]}


def invited(tally: Tally) -> dict[str | None, int]:
    """Return the invitations by team, the largest first."""
    counts = Counter({team: rows for (team, outcome), rows in tally.items() if outcome is Outcome.INVITED})
    return dict(counts.most_common())


def _covered(rows: int, reached: int) -> dict[str, object]:
    return {"rows": rows, "with_address": reached, "share": round(reached / rows, 4) if rows else None}
