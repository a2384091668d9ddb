"""What was imported, kept in two ways: rows by outcome in partitions of the day of import, and interactions, each once.

The same interaction comes again and again where a nightly export tells of the last few days. An interaction lies in the
partition of the month in which it happened, so that whether it came before is answered by one partition, however long
the history is. One whose month was put right by a later file counts in both months.

A line with the `weight` -1 takes back what an earlier one said of a row (functions.crm_import.outcome_facts).
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from duckdb import DuckDBPyConnection

from functions.aggregate import warehouse
from functions.aggregate.state import State
from functions.shared.domain import object_keys

_TEXTS = ("client", "touchpoint", "team", "employee_key", "outcome")
_FACT = {
    **dict.fromkeys((*_TEXTS, "interaction_id"), "VARCHAR"),
    **dict.fromkeys(("imported_at", "occurred_at", "weight"), "BIGINT"),
    "with_address": "BOOLEAN",
}
OUTCOMES = {**dict.fromkeys((*_TEXTS, "imported_on", "source"), "VARCHAR"), "rows": "BIGINT"}
INTERACTIONS = {
    "key": "UBIGINT",
    **dict.fromkeys(("touchpoint", "team", "employee_key", "imported_on"), "VARCHAR"),
    "imported_at": "BIGINT",
    "with_address": "BOOLEAN",
}
"""`key`: 64 bits of the digest of an interaction's id."""

Fetch = Callable[[Iterable[str]], Mapping[str, Path]]
"""Brings objects to disk and says where those that exist are."""


def outcomes_key(client: str, day: str) -> str:
    """Return where the outcomes of a day of import are kept."""
    return f"{object_keys.CURRENT}outcomes/client={client}/dt={day}/part-0.parquet"


def interactions_key(client: str, month: str) -> str:
    """Return where the interactions of a month (yyyy-mm) are kept."""
    return f"{object_keys.CURRENT}interactions/client={client}/month={month}/part-0.parquet"


class ImportedRows:
    """One batch of import facts merged into what is kept, on disk: `files` to store, days of import `touched`."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        client: str,
        state: State,
        fetch: Fetch,
        room: Path,
        *,
        per_employee: bool,
    ) -> None:
        """Take a database with the variable `zone`, a client, its state, which is updated, and a folder.

        `per_employee`: whether the client has results per employee.
        """
        self._db = connection
        self._client = client
        self._per_employee = per_employee
        self._state = state
        self._fetch = fetch
        self._room = room
        self.files: dict[str, Path] = {}
        self.touched: set[str] = set()

    def merge(self, objects: Mapping[str, Path]) -> None:
        """Merge a batch: the path of every object of facts by its key."""
        warehouse.read_ndjson(self._db, list(objects.values()), "outcome_facts", _FACT)
        warehouse.create(self._db, "sources", {"filename": "VARCHAR", "source": "VARCHAR"})
        self._db.executemany("INSERT INTO sources VALUES (?, ?)", [[str(path), key] for key, path in objects.items()])
        self._db.execute(_ROWS, {"per_employee": self._per_employee})
        self._db.execute(_NEW_OUTCOMES)
        for (day,) in self._db.execute("SELECT DISTINCT imported_on FROM new_outcomes ORDER BY ALL").fetchall():
            self._merge_outcomes(day)
        self._db.execute(_NEW_INTERACTIONS)
        for (month,) in self._db.execute("SELECT DISTINCT month FROM new_interactions ORDER BY ALL").fetchall():
            self._merge_interactions(month)

    def _merge_outcomes(self, day: str) -> None:
        kept = self._state.outcomes
        key = outcomes_key(self._client, day)
        self._load("earlier_outcomes", [key] if day in kept else [], OUTCOMES)
        self._db.execute("DROP TABLE IF EXISTS merged_outcomes")
        self._db.execute(_MERGE_OUTCOMES, {"client": self._client, "day": day})
        self._write("merged_outcomes", key)
        if day not in kept:
            kept.append(day)
            kept.sort()
        self.touched.add(day)

    def _merge_interactions(self, month: str) -> None:
        kept = self._state.interactions
        key = interactions_key(self._client, month)
        self._load("earlier_interactions", [key] if month in kept else [], INTERACTIONS)
        self._db.execute("DROP TABLE IF EXISTS merged_interactions")
        self._db.execute(_MERGE_INTERACTIONS, {"month": month})
        changed = self._db.execute(_CHANGED_INTERACTIONS).fetchall()
        self.touched.update(day for row in changed for day in row if day)
        self._write("merged_interactions", key)
        days = self._db.execute("SELECT DISTINCT imported_on FROM merged_interactions ORDER BY 1").fetchall()
        kept[month] = [day for (day,) in days]

    def _load(self, name: str, keys: Iterable[str], columns: Mapping[str, str]) -> None:
        warehouse.read_parquet(self._db, list(self._fetch(keys).values()), name, columns)

    def _write(self, table: str, key: str) -> None:
        path = self._room / "merged" / key
        warehouse.write_parquet(self._db, table, path)
        self.files[key] = path


# Who the employee was is kept only where the client has results per employee: switching it on makes all of it again.
_ROWS = """
CREATE OR REPLACE TABLE new_rows AS
SELECT f.touchpoint, f.team, CASE WHEN $per_employee THEN f.employee_key END AS employee_key, f.outcome,
       f.interaction_id, f.occurred_at, f.imported_at, s.source, coalesce(f.weight, 1) AS weight,
       strftime((to_timestamp(f.imported_at) AT TIME ZONE getvariable('zone'))::DATE, '%Y-%m-%d') AS imported_on,
       -- Older facts do not say it: then nothing but an address that is broken or missing kept one from being there.
       coalesce(f.with_address, f.outcome NOT IN ('invalid', 'no_address')) AS with_address
FROM outcome_facts f JOIN sources s USING (filename)
"""

_NEW_OUTCOMES = """
CREATE OR REPLACE TABLE new_outcomes AS
SELECT touchpoint, team, employee_key, outcome, source, imported_on, CAST(sum(weight) AS BIGINT) AS rows
FROM new_rows GROUP BY ALL
"""

_MERGE_OUTCOMES = """
CREATE TABLE merged_outcomes AS
SELECT * FROM earlier_outcomes WHERE source NOT IN (SELECT source FROM new_outcomes)
UNION ALL BY NAME
SELECT *, $client AS client FROM new_outcomes WHERE imported_on = $day
ORDER BY source, touchpoint, team, employee_key, outcome
"""

_NEW_INTERACTIONS = """
CREATE OR REPLACE TABLE new_interactions AS
SELECT touchpoint, md5_number_lower(interaction_id) AS key, team, employee_key, imported_at, imported_on,
       with_address, strftime(make_timestamp(occurred_at * 1000000), '%Y-%m') AS month
FROM new_rows WHERE interaction_id <> '' AND occurred_at IS NOT NULL AND weight > 0
"""

# The first row that told of it says when it came and whose it was. The same whichever of them is taken in first.
_MERGE_INTERACTIONS = """
CREATE TABLE merged_interactions AS
SELECT * REPLACE (bool_or(with_address) OVER (PARTITION BY touchpoint, key) AS with_address)
FROM (
    SELECT * FROM earlier_interactions
    UNION ALL BY NAME
    SELECT * EXCLUDE (month) FROM new_interactions WHERE month = $month
)
QUALIFY row_number() OVER (PARTITION BY touchpoint, key ORDER BY imported_at, team, employee_key) = 1
ORDER BY touchpoint, key
"""

_CHANGED_INTERACTIONS = """
SELECT DISTINCT e.imported_on, m.imported_on
FROM merged_interactions m FULL JOIN earlier_interactions e USING (touchpoint, key)
WHERE (m.imported_on, m.team, m.employee_key, m.with_address)
      IS DISTINCT FROM (e.imported_on, e.team, e.employee_key, e.with_address)
"""
