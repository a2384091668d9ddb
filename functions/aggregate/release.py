"""Which answers may be shown: they are released in batches, each once, and kept as they were told.

What is kept between runs is the record of what was published, which no facts give again: the responses that are
released, as they were counted; those that wait; and the counts of each batch. A response that changes after it was
released waits like a new one: what it changes is told together with a batch of its touchpoint and team.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from duckdb import DuckDBPyConnection

from functions.aggregate import warehouse
from functions.aggregate.datasets.registry import datasets_of
from functions.aggregate.datasets.spec import KeptRows
from functions.aggregate.divided import UNDIVIDED, divide
from functions.aggregate.imported import Fetch
from functions.aggregate.state import PendingDays, State
from functions.shared.domain import object_keys
from functions.shared.domain.client import Client
from functions.shared.domain.release_batches import POOLED_AFTER, ReleaseBatch, batches

_ANSWER = {
    **dict.fromkeys(("response_id", "answered_on", "touchpoint", "team", "wave"), "VARCHAR"),
    "score": "BIGINT",
    "bucket": "VARCHAR",
    "told": "VARCHAR[]",
}
"""A response as it counts; `told` are its answers to closed questions, each `questionnaire|question|type|answer`."""
_CELL = dict.fromkeys(("in_touchpoint", "in_team", "in_wave"), "VARCHAR")
"""Where it is counted, or is to be."""
RELEASED = {**_ANSWER, **_CELL, "released_on": "VARCHAR", "beside": "BOOLEAN"}
"""A response that is released; `beside`: its score may be shown beside its comment."""
WAITING = {
    **_ANSWER,
    **_CELL,
    "dimensions": "VARCHAR",
    "commented": "BOOLEAN",
    "sign": "INTEGER",
    "is_new": "BOOLEAN",
}
"""An answer to add, or with the sign -1 to take back; `is_new`: it has not been counted before. `dimensions` as in the
dataset `responses`."""
UNTOLD = {
    **dict.fromkeys(("in_touchpoint", "told_in", "entry", "response_id"), "VARCHAR"),
    "sign": "INTEGER",
    "is_new": "BOOLEAN",
}
"""An answer to a question, of a batch in which too few answered that question: it waits for those of the next."""
COUNTS = {
    **dict.fromkeys(("touchpoint", "team", "wave", "questionnaire", "question", "type", "answer"), "VARCHAR"),
    "n": "BIGINT",
    **dict.fromkeys(("dimension", "value"), "VARCHAR"),
}
"""Counts of the batches of a day: of scores (no question; `answer` is promoter, passive or detractor) and answers.

With a `dimension`, of scores of the same people again, divided by its values (functions.aggregate.divided).
"""


def released_key(client: str, day: str) -> str:
    """Return where the responses of a day of the answer are kept that were released."""
    return f"{object_keys.CURRENT}released/client={client}/dt={day}/part-0.parquet"


def counts_key(client: str, day: str) -> str:
    """Return where the counts of the batches are kept that a day dates."""
    return f"{object_keys.CURRENT}released_counts/client={client}/dt={day}/part-0.parquet"


def waiting_key(client: str) -> str:
    """Return where the answers are kept that wait."""
    return f"{object_keys.CURRENT}waiting/client={client}/part-0.parquet"


def undivided_key(client: str) -> str:
    """Return where the released scores are kept that are not told by dimension yet."""
    return f"{object_keys.CURRENT}undivided/client={client}/part-0.parquet"


def untold_key(client: str) -> str:
    """Return where the answers to single questions are kept that wait."""
    return f"{object_keys.CURRENT}untold/client={client}/part-0.parquet"


@dataclass(frozen=True)
class Released:
    """What a release decided: files to store, all of them or none; `days` that were looked at; days to publish."""

    days: Sequence[str]
    files: Mapping[str, Path]
    touched: PendingDays
    released: frozenset[str]
    counted: frozenset[str]
    """Days of which responses, and which date counts, that were added."""
    waiting: Sequence[str]
    """Names of the tables that are kept of what waits."""


class Release:
    """The releases of one client, with at least as many answers in a batch as its threshold."""

    def __init__(self, connection: DuckDBPyConnection, state: State, client: Client, room: Path) -> None:
        self._db = connection
        self._state = state
        self._client = client.client
        self._least = client.thresholds.score
        self._dimensions = [one.dimension for one in client.dimensions]
        self._room = room
        self._waiting = (
            (waiting_key(self._client), "waiting", WAITING),
            (untold_key(self._client), "untold", UNTOLD),
            (undivided_key(self._client), "undivided", UNDIVIDED),
        )

    def of(self, days: Sequence[str], fetch: Fetch, *, more_follow: bool) -> Released:
        """Release what there is enough of, with the answers of these days: all in `responses` and `answers`.

        `more_follow`: later days are looked at next.
        """
        self._load_waiting(fetch)
        self._load_released(days, fetch)
        self._db.execute(_CURRENT, {"days": days})
        self._db.execute("DELETE FROM waiting WHERE answered_on IN (SELECT unnest($1))", [days])
        self._db.execute(_CHANGES)
        return self._release(days, fetch, more_follow)

    def pooled(self, today: date, fetch: Fetch) -> Released | None:
        """Release what waited for too long, with others of its touchpoint or of any; None where nothing did."""
        if not self._state.waiting:
            return None
        self._load_waiting(fetch)
        self._load_released([], fetch)
        for column, weeks in (("in_team", 1), ("in_touchpoint", 2)):
            self._db.execute(
                f"UPDATE waiting SET {column} = '' WHERE is_new AND {column} <> '' AND answered_on < $1",  # noqa: S608
                [(today - weeks * POOLED_AFTER).isoformat()],
            )
        released = self._release([], fetch, more_follow=False, today=today)
        return released if released.counted else None

    def _release(self, days: Sequence[str], fetch: Fetch, more_follow: bool, today: date | None = None) -> Released:
        self._close("closing", "in_touchpoint, in_team", _WAITING_DAYS, more_follow)
        self._db.execute(_LEAVING)
        self._db.execute(_IN_WAVES, {"least": self._least})
        self._db.execute(_NEW_COUNTS)
        self._db.execute(_UNTOLD)
        self._close("told", "in_touchpoint, question", _UNTOLD_DAYS, more_follow)
        self._db.execute(_TELL)
        self._db.execute(_STAY)
        leaving = self._values("SELECT DISTINCT answered_on FROM leaving ORDER BY 1")
        self._load_released(sorted({*leaving} - {*self._loaded}), fetch, more=True)
        self._db.execute(_LEDGER, {"least": self._least})
        divide(self._db, self._dimensions, self._least, today)
        counted = self._values("SELECT DISTINCT dt FROM new_counts ORDER BY 1")
        self._load("counts", {**COUNTS, "dt": "VARCHAR"}, self._counts(counted, fetch))
        self._db.execute("INSERT INTO counts BY NAME SELECT * FROM new_counts")
        files = {key: self._write(name) for key, name, _ in self._waiting}
        for some in _some(leaving):
            query = _ordered("released", "answered_on", some, "response_id")
            written = warehouse.write_parts(
                self._db, query, "answered_on", self._room / "released" / some[0], with_column=True
            )
            files |= {released_key(self._client, day): path for day, path in written.items()}
            # All that was released of a day can have gone.
            files |= {released_key(self._client, day): self._nothing() for day in some if day not in written}
        for some in _some(counted):
            query = _ordered("counts", "dt", some, _COUNTS_ORDER)
            written = warehouse.write_parts(self._db, query, "dt", self._room / "counts" / some[0], with_column=True)
            files |= {counts_key(self._client, day): path for day, path in written.items()}
        touched = {dataset.name: {*counted} for dataset in datasets_of(KeptRows.RELEASED_COUNTS)}
        touched |= {dataset.name: {*leaving} for dataset in datasets_of(KeptRows.RELEASED)}
        touched = {name: days for name, days in touched.items() if days}
        waiting = [name for _, name, _ in self._waiting]
        return Released(days, files, touched, frozenset(leaving), frozenset(counted), waiting)

    def _close(self, name: str, key: str, query: str, more_follow: bool) -> None:
        """Make a table of the batches of each key, of a query for (key, day, new answers) in that order."""
        columns = [part.strip() for part in key.split(",")]
        types = dict.fromkeys((*columns, "after", "until"), "VARCHAR")
        warehouse.create(self._db, name, types)
        rows = self._db.execute(query).fetchall()
        found: list[tuple[str, ...]] = []
        for cell, group in groupby(rows, key=lambda row: row[: len(columns)]):
            days = [(day, n) for *_, day, n in group]
            closed: list[ReleaseBatch] = batches(days, self._least, more_follow=more_follow)
            found += ((*cell, one.after, one.until) for one in closed)
        self._fill(name, found)

    def _fill(self, name: str, rows: Sequence[Sequence[str]]) -> None:
        if rows:
            # As columns: a year of days of thousands of cells is a row each.
            lists = [list(column) for column in zip(*rows, strict=True)]
            places = ", ".join(f"unnest(${place}::VARCHAR[])" for place in range(1, len(lists) + 1))
            self._db.execute(f"INSERT INTO {name} SELECT {places}", lists)

    def _load_waiting(self, fetch: Fetch) -> None:
        wanted = [key for key, name, _ in self._waiting if name in self._state.waiting]
        paths = fetch(wanted)
        for key, name, columns in self._waiting:
            self._load(name, columns, [paths[key]] if key in paths else [])

    def _load_released(self, days: Sequence[str], fetch: Fetch, *, more: bool = False) -> None:
        """Make `released` of what is kept of some days, or add that to it."""
        kept = {*self._state.released}
        paths = list(fetch(released_key(self._client, day) for day in days if day in kept).values())
        if more:
            self._load("others", RELEASED, paths)
            self._db.execute("INSERT INTO released BY NAME SELECT * FROM others")
        else:
            self._load("released", RELEASED, paths)
            self._loaded = list(days)

    def _counts(self, days: Sequence[str], fetch: Fetch) -> list[Path]:
        kept = {*self._state.counted}
        return list(fetch(counts_key(self._client, day) for day in days if day in kept).values())

    def _load(self, name: str, columns: Mapping[str, str], paths: Sequence[Path]) -> None:
        warehouse.read_parquet(self._db, paths, name, columns)

    def _write(self, name: str) -> Path:
        path = self._room / name / "part-0.parquet"
        warehouse.write_parquet(self._db, name, path, empty=True)
        return path

    def _nothing(self) -> Path:
        warehouse.create(self._db, "nothing", RELEASED)
        return self._write("nothing")

    def _values(self, query: str) -> list[str]:
        return [value for (value,) in self._db.execute(query).fetchall()]


_COUNTS_ORDER = "touchpoint, team, wave, questionnaire, question, dimension, value, answer, n"


def _some(days: Sequence[str]) -> Iterator[Sequence[str]]:
    return (days[start : start + 90] for start in range(0, len(days), 90))


def _ordered(table: str, by: str, values: Sequence[str], order: str) -> str:
    some = ", ".join(f"'{value}'" for value in values)
    return f"SELECT * FROM {table} WHERE {by} IN ({some}) ORDER BY {by}, {order}"  # noqa: S608


_CURRENT = """
CREATE OR REPLACE TABLE answered_now AS
SELECT r.response_id, r.dt AS answered_on, r.touchpoint, coalesce(r.team, '') AS team, coalesce(r.wave, '') AS wave,
       r.score, r.bucket, coalesce(a.told, []) AS told, r.dimensions, coalesce(trim(r.comment), '') <> '' AS commented
FROM responses r
LEFT JOIN (
    SELECT response_id, list(concat_ws('|', questionnaire, question, type, value) ORDER BY question, value) AS told
    FROM answers WHERE value IS NOT NULL AND type IS NOT NULL GROUP BY response_id
) a USING (response_id)
WHERE r.state = 'complete' AND list_contains($days, r.dt)
"""

# What has changed is taken back where it was counted, and counted there anew, unless it moved to another cell.
_CHANGES = """
WITH compared AS (
    SELECT n.*, o, n.response_id IS NOT NULL AS is_there, o.response_id IS NOT NULL AS was_there,
           n.touchpoint = o.touchpoint AND n.team = o.team AS stayed
    FROM answered_now n FULL JOIN released o USING (response_id, answered_on)
    WHERE (n.touchpoint, n.team, n.score, n.told) IS DISTINCT FROM (o.touchpoint, o.team, o.score, o.told)
)
INSERT INTO waiting BY NAME
SELECT response_id, answered_on, touchpoint, team, wave, score, bucket, told, dimensions, commented,
       CASE WHEN was_there AND stayed THEN o.in_touchpoint ELSE touchpoint END AS in_touchpoint,
       CASE WHEN was_there AND stayed THEN o.in_team ELSE team END AS in_team,
       CASE WHEN was_there AND stayed THEN o.in_wave ELSE wave END AS in_wave,
       1 AS sign, NOT was_there AS is_new
FROM compared WHERE is_there
UNION ALL BY NAME
SELECT o.response_id, o.answered_on, o.touchpoint, o.team, o.wave, o.score, o.bucket, o.told, false AS commented,
       o.in_touchpoint, o.in_team, o.in_wave, -1 AS sign, false AS is_new
FROM compared WHERE was_there
"""

# Who gave no score is in a batch, and does not make one.
_WAITING_DAYS = """
SELECT in_touchpoint, in_team, answered_on, count(bucket)
FROM waiting WHERE is_new GROUP BY ALL ORDER BY ALL
"""

_LEAVING = """
CREATE OR REPLACE TABLE leaving AS
SELECT w.*, c.until AS dt
FROM waiting w JOIN closing c USING (in_touchpoint, in_team)
WHERE w.is_new AND w.answered_on > c.after AND w.answered_on <= c.until
UNION ALL BY NAME
SELECT w.*, c.until AS dt
FROM waiting w
JOIN (SELECT in_touchpoint, in_team, min(until) AS until FROM closing GROUP BY ALL) c USING (in_touchpoint, in_team)
WHERE NOT w.is_new
"""

# A batch is told by wave where each of both has enough; a correction is told where one of the batch is.
_IN_WAVES = """
CREATE OR REPLACE TABLE leaving AS
WITH waves AS (
    SELECT in_touchpoint, in_team, dt, wave, count(bucket) AS n FROM leaving WHERE is_new GROUP BY ALL
), apart AS (
    SELECT in_touchpoint, in_team, dt, min(n) >= $least AS by_wave, min(wave) AS one FROM waves GROUP BY ALL
), told AS (
    SELECT w.in_touchpoint, w.in_team, w.dt, w.wave FROM waves w JOIN apart a USING (in_touchpoint, in_team, dt)
    WHERE a.by_wave
)
SELECT l.* REPLACE (
    CASE WHEN NOT a.by_wave THEN ''
         WHEN l.is_new THEN l.wave
         WHEN t.wave IS NOT NULL THEN l.in_wave
         ELSE a.one END AS in_wave
)
FROM leaving l JOIN apart a USING (in_touchpoint, in_team, dt)
LEFT JOIN told t ON (t.in_touchpoint, t.in_team, t.dt, t.wave) = (l.in_touchpoint, l.in_team, l.dt, l.in_wave)
"""

_NEW_COUNTS = """
CREATE OR REPLACE TABLE new_counts AS
SELECT in_touchpoint AS touchpoint, in_team AS team, in_wave AS wave, '' AS questionnaire, '' AS question, '' AS type,
       bucket AS answer, CAST(sum(sign) AS BIGINT) AS n, NULL::VARCHAR AS dimension, NULL::VARCHAR AS value, dt
FROM leaving WHERE bucket IS NOT NULL GROUP BY ALL HAVING sum(sign) <> 0
"""

_UNTOLD = """
INSERT INTO untold BY NAME
SELECT in_touchpoint, dt AS told_in, unnest(told) AS entry, response_id, sign, is_new FROM leaving
"""

_QUESTION = "split_part(entry, '|', 1) || '|' || split_part(entry, '|', 2)"

_UNTOLD_DAYS = f"""
SELECT in_touchpoint, {_QUESTION} AS question, told_in, count(DISTINCT response_id) FILTER (is_new)
FROM untold GROUP BY ALL ORDER BY ALL
"""  # noqa: S608

_TELL = f"""
INSERT INTO new_counts BY NAME
SELECT u.in_touchpoint AS touchpoint, '' AS team, '' AS wave, split_part(entry, '|', 1) AS questionnaire,
       split_part(entry, '|', 2) AS question, split_part(entry, '|', 3) AS type, split_part(entry, '|', 4) AS answer,
       CAST(sum(sign) AS BIGINT) AS n, t.until AS dt
FROM untold u JOIN told t ON u.in_touchpoint = t.in_touchpoint AND {_QUESTION} = t.question
                         AND u.told_in > t.after AND u.told_in <= t.until
GROUP BY ALL HAVING sum(sign) <> 0
"""  # noqa: S608

_STAY = f"""
DELETE FROM untold u USING told t
WHERE u.in_touchpoint = t.in_touchpoint AND {_QUESTION} = t.question AND u.told_in > t.after AND u.told_in <= t.until;
DELETE FROM waiting w USING leaving l
WHERE (w.response_id, w.answered_on, w.sign) = (l.response_id, l.answered_on, l.sign)
"""  # noqa: S608

# Of a batch, the scores that stand beside comments leave as many others as the threshold.
_LEDGER = """
DELETE FROM released r USING (SELECT response_id, answered_on FROM leaving WHERE sign = -1) l
WHERE (r.response_id, r.answered_on) = (l.response_id, l.answered_on);
INSERT INTO released BY NAME
WITH people AS (
    SELECT in_touchpoint, in_team, in_wave, dt, count(bucket) AS n FROM leaving WHERE is_new GROUP BY ALL
), besides AS (
    SELECT l.response_id, l.answered_on
    FROM leaving l JOIN people USING (in_touchpoint, in_team, in_wave, dt)
    WHERE l.is_new AND l.commented AND l.bucket IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY in_touchpoint, in_team, in_wave, dt ORDER BY md5(l.response_id))
            <= n - $least
)
SELECT l.response_id, l.answered_on, touchpoint, team, wave, score, bucket, told, in_touchpoint, in_team, in_wave,
       dt AS released_on, b.response_id IS NOT NULL AND l.is_new AS beside
FROM leaving l LEFT JOIN besides b USING (response_id, answered_on) WHERE sign = 1
"""
