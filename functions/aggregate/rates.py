"""Response rates by touchpoint, team or dimension: who took part.

What would tell of few people by subtraction is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyConnection

from functions.shared.domain.client import Thresholds
from functions.shared.domain.small_groups import Showing, showing_parts

By = str
"""touchpoint, team, or one of the client's dimensions."""
Participation = tuple[int, ...]
"""Of the invitations of a part: invited, delivered and completed until a day, and completed of all days."""


def participation(
    connection: DuckDBPyConnection, by: By, thresholds: Thresholds, asked: Mapping[str, Any]
) -> tuple[dict[str, Participation], set[str]]:
    """Return what became of the invitations of each part, and the parts whose response rate may be told.

    `asked` names the `client`, the days of import `since` and `until`, both included.
    """
    wholes = dict(connection.execute(_DELIVERED, dict(asked)).fetchall())
    found: dict[str, Participation] = {}
    at: dict[str, list[str]] = {}
    for touchpoint, value, *counts in connection.execute(_PARTS, {**asked, "by": by}).fetchall():
        found[value] = tuple(map(sum, zip(found.get(value, (0, 0, 0, 0)), counts, strict=True)))
        at.setdefault(value, []).append(touchpoint)
    rated: set[str] = set()
    for places, members in _linked(at, found, wholes, by).items():
        own = {value: found[value][1] for value in members}
        remainder = sum(wholes[place] for place in places) - sum(own.values())
        shown = showing_parts(own, thresholds, remainder=max(0, remainder))
        rated |= {value for value, how in shown.items() if own[value] and how is not Showing.HIDDEN}
    return found, rated


def _linked(
    at: Mapping[str, Sequence[str]], parts: Iterable[str], wholes: Iterable[str], by: By
) -> dict[tuple[str, ...], list[str]]:
    """Return the parts by the touchpoints whose totals are made of them: teams by those that teams link together."""
    if by == "touchpoint":
        return {tuple(wholes): list(parts)}
    group = {touchpoint: touchpoint for touchpoint in wholes}

    def root(touchpoint: str) -> str:
        while group[touchpoint] != touchpoint:
            touchpoint = group[touchpoint]
        return touchpoint

    for places in at.values():
        for place in places[1:]:
            group[root(place)] = root(places[0])
    together: dict[str, list[str]] = {}
    for touchpoint in group:
        together.setdefault(root(touchpoint), []).append(touchpoint)
    members: dict[str, list[str]] = {name: [] for name in together}
    nowhere: list[str] = []
    for part in parts:
        (members[root(at[part][0])] if part in at else nowhere).append(part)
    linked = {tuple(together[name]): some for name, some in members.items()}
    return linked | ({(): nowhere} if nowhere else {})


_PARTS = """
SELECT touchpoint, CASE $by WHEN 'touchpoint' THEN touchpoint ELSE value END AS part,
       CAST(coalesce(sum(invited) FILTER (dt <= $until), 0) AS BIGINT),
       CAST(coalesce(sum(delivered) FILTER (dt <= $until), 0) AS BIGINT),
       CAST(coalesce(sum(completed) FILTER (dt <= $until), 0) AS BIGINT), CAST(sum(completed) AS BIGINT)
FROM funnel_daily
WHERE client = $client AND dt >= $since
  AND dimension = CASE $by WHEN 'touchpoint' THEN 'all' ELSE $by END
GROUP BY ALL HAVING part <> '' ORDER BY ALL
"""
_DELIVERED = """
SELECT touchpoint, CAST(coalesce(sum(delivered) FILTER (dt <= $until), 0) AS BIGINT)
FROM funnel_daily WHERE client = $client AND dt >= $since AND dimension = 'all'
GROUP BY ALL ORDER BY ALL
"""
