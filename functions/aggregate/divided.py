"""Released answers, told by the client's dimensions as well: when there are enough of them, all dimensions at once.

The answers of a batch wait (`undivided`) until those of their touchpoint can be divided so that no sum and difference
of what is told leads to few people (functions.shared.domain.linked_cells). Each answer is divided once, by the values
that it had then.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from functions.aggregate import warehouse
from functions.shared.domain.dimension import UNKNOWN
from functions.shared.domain.linked_cells import Alike, Recoding, recodings

DIVIDED_AFTER = timedelta(weeks=13)
"""Answers wait for so long until they can be told by every dimension; then they are told by those that they can be."""
KEPT_TOGETHER = timedelta(weeks=52)
"""Answers that no dimension can be told of for so long are told of by none."""

UNDIVIDED = {
    **dict.fromkeys(("response_id", "in_touchpoint", "in_team", "in_wave", "dt", "dimensions", "bucket"), "VARCHAR"),
    "sign": "INTEGER",
    "hides": "BOOLEAN",
}
"""A score that is released, and not by dimension yet; `hides`: others can hide behind it, for nothing tells it alone.

`dt` dates its batch; `dimensions` as in the dataset `responses`, of a correction those of another of its batch.
"""


def divide(connection: DuckDBPyConnection, dimensions: Sequence[str], least: int, today: date | None) -> None:
    """Add to `undivided` what is `leaving`, and to `new_counts` what of it all can be told by these dimensions.

    `today`: the client's day; None: that of the latest batch.
    """
    if not dimensions:
        warehouse.create(connection, "undivided", UNDIVIDED)
        return
    connection.execute(_ADD)
    ages = connection.execute(
        "SELECT in_touchpoint, min(dt), max(dt) FROM undivided GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for touchpoint, first, last in ages:
        age = (today or date.fromisoformat(last)) - date.fromisoformat(first)
        found = recodings(_people(connection, touchpoint, dimensions), least)
        told = {name: one for name, one in zip(dimensions, found, strict=True) if one}
        if len(told) == len(dimensions) or (told and age >= DIVIDED_AFTER) or age >= KEPT_TOGETHER:
            _tell(connection, touchpoint, told, last)


def _people(connection: DuckDBPyConnection, touchpoint: str, dimensions: Sequence[str]) -> list[Alike]:
    values = ", ".join(f"coalesce(dimensions ->> '{name}', '{UNKNOWN}')" for name in dimensions)
    rows = connection.execute(
        "SELECT dense_rank() OVER (ORDER BY in_team, in_wave, dt) AS batch,"  # noqa: S608
        f" [{values}] AS cells, count(*) FILTER (hides)::INTEGER AS n"
        " FROM undivided WHERE in_touchpoint = $1 GROUP BY in_team, in_wave, dt, cells ORDER BY ALL",
        [touchpoint],
    ).fetchall()
    return [Alike(batch, tuple(cells), n) for batch, cells, n in rows]


def _tell(connection: DuckDBPyConnection, touchpoint: str, told: Mapping[str, Recoding], until: str) -> None:
    warehouse.create(connection, "recoded", dict.fromkeys(("dimension", "value", "told"), "VARCHAR"))
    rows = [(name, value, to) for name, recoding in told.items() for value, to in recoding.items()]
    if rows:
        connection.executemany("INSERT INTO recoded VALUES (?, ?, ?)", rows)
    asked = {"touchpoint": touchpoint, "until": until, "unknown": UNKNOWN}
    connection.execute(_TELL, asked)
    connection.execute("DELETE FROM undivided WHERE in_touchpoint = $1", [touchpoint])


# A correction is told with the values of another of its batch, who hides it.
_ADD = """
INSERT INTO undivided BY NAME
WITH scored AS (
    SELECT l.*, r.beside IS NOT TRUE AND l.is_new AS hides
    FROM leaving l LEFT JOIN released r USING (response_id, answered_on)
    WHERE l.bucket IS NOT NULL
), others AS (
    SELECT in_touchpoint, in_team, in_wave, dt, arg_min(dimensions, md5(response_id)) AS dimensions
    FROM scored WHERE hides GROUP BY ALL
)
SELECT s.response_id, in_touchpoint, in_team, in_wave, dt, s.bucket, s.sign, s.hides,
       coalesce(CASE WHEN s.is_new THEN s.dimensions ELSE o.dimensions END, '{}') AS dimensions
FROM scored s LEFT JOIN others o USING (in_touchpoint, in_team, in_wave, dt)
"""

_TELL = """
INSERT INTO new_counts BY NAME
SELECT in_touchpoint AS touchpoint, '' AS team, '' AS wave, '' AS questionnaire, '' AS question, '' AS type,
       bucket AS answer, r.dimension, r.told AS value, CAST(sum(sign) AS BIGINT) AS n, $until AS dt
FROM undivided u JOIN recoded r ON r.value = coalesce(u.dimensions ->> r.dimension, $unknown)
WHERE in_touchpoint = $touchpoint GROUP BY ALL HAVING sum(sign) <> 0
"""
