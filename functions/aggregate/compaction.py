"""Facts in, the newest of every id out, in partitions that a run can afford to write again.

An invitation and its response are one row, a *journey*, in the partition of the client and the local day of the import:
both are there at once for the funnel, and the response finds its team and product without a search. A response whose
invitation has not been heard of waits in a partition of its own. A response without an invitation is a journey by
itself, in the partition of the month in which it was given.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from duckdb import DuckDBPyConnection

from functions.aggregate import warehouse
from functions.aggregate.datasets.registry import datasets_of
from functions.aggregate.datasets.spec import KeptRows
from functions.aggregate.imported import Fetch, ImportedRows
from functions.aggregate.state import UNINVITED, UNKNOWN, PendingDays, State
from functions.shared.domain import facts, object_keys
from functions.shared.domain.client import ClientBundle

_MOMENTS = (
    *("imported_at", "accepted_at", "delivered_at", "bounced_at", "complained_at", "reminded_at", "opted_out_at"),
    *("started_at", "answered_at", "written_at", "seen_at"),
)
# Not BIGINT: DuckDB would round where it should refuse.
_DECIMALS = ("score", "rating_raw", "rating_best", "rating_worst")
_KINDS = {
    **dict.fromkeys((*_MOMENTS, "questionnaire_version", "version"), "BIGINT"),
    **dict.fromkeys(_DECIMALS, "DOUBLE"),
    "answers": "JSON",
    "removed": "BOOLEAN",
}


def _columns(names: Iterable[str]) -> dict[str, str]:
    return {name: _KINDS.get(name, "VARCHAR") for name in names}


JOURNEY = {
    **_columns(facts.INVITATION_COLUMNS),
    "imported_on": "VARCHAR",
    "invitation_sequence": "VARCHAR",
    **_columns(name for name in facts.RESPONSE_COLUMNS if name not in facts.INVITATION_COLUMNS),
    "answered_on": "VARCHAR",
    "response_sequence": "VARCHAR",
}
REVIEW = {**_columns((*facts.REVIEW_COLUMNS, "written_on", "sequence"))}


def journeys_key(client: str, partition: str) -> str:
    """Return where a partition of journeys is kept (functions.aggregate.state.State.journeys)."""
    return f"{object_keys.CURRENT}journeys/client={client}/dt={partition}/part-0.parquet"


def _is_day(partition: str) -> bool:
    return partition != UNKNOWN and not partition.startswith(UNINVITED)


def reviews_key(client: str) -> str:
    """Return where a client's reviews are kept."""
    return f"{object_keys.CURRENT}reviews/client={client}/part-0.parquet"


class Compaction:
    """One batch of facts merged into what is kept, on disk: `files` to store and keys that are `gone`."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        client: str,
        bundle: ClientBundle | None,
        state: State,
        fetch: Fetch,
        room: Path,
    ) -> None:
        """Take a database, a client, as it is published (None: it was withdrawn), its state, which is updated, and a
        folder."""
        self._db = connection
        self._client = client
        self._per_employee = bool(bundle and bundle.client.per_employee)
        self._db.execute(f"SET VARIABLE zone = '{bundle.client.timezone if bundle else 'UTC'}'")
        self._state = state
        self._fetch = fetch
        self._room = room
        self.files: dict[str, Path] = {}
        self.last: dict[str, Path] = {}
        """Files to store after all others: what they no longer hold must be safe elsewhere first."""
        self.gone: list[str] = []
        self.touched: PendingDays = {}

    def merge(self, batch: Mapping[str, Mapping[str, Path]]) -> None:
        """Merge a batch: by table, the path of every object of facts by its key."""
        self._journeys(batch.get(facts.INVITATION, {}), batch.get(facts.RESPONSE, {}))
        self._rows_of_files(batch.get(facts.OUTCOMES, {}))
        self._reviews(batch.get(facts.REVIEW, {}))

    def _journeys(self, invitations: Mapping[str, Path], responses: Mapping[str, Path]) -> None:
        if not invitations and not responses:
            return
        for table, objects in ((facts.INVITATION, invitations), (facts.RESPONSE, responses)):
            columns = _columns((*facts.COLUMNS[table], "sequence"))
            warehouse.read_ndjson(self._db, list(objects.values()), f"{table}_facts", columns)
        self._db.execute(_NEW_INVITATIONS)
        self._db.execute(_NEW_RESPONSES)
        self._find_invitations()
        for day in self._all(_PARTITIONS):
            self._merge_partition(day)
        if UNKNOWN in self._state.journeys or self._all(
            "SELECT 1 FROM all_responses WHERE imported_on IS NULL LIMIT 1"
        ):
            self._merge_partition(UNKNOWN)

    def _find_invitations(self) -> None:
        """Make `all_responses`: the new and the waiting ones, with the day of import where it is known."""
        partitions = self._state.journeys
        self._load("waiting", [journeys_key(self._client, UNKNOWN)] if UNKNOWN in partitions else [])
        self._db.execute(_ALL_RESPONSES, {"uninvited": UNINVITED})
        for day in sorted(filter(_is_day, partitions), reverse=True):
            if not self._all("SELECT 1 FROM all_responses WHERE is_new AND imported_on IS NULL LIMIT 1"):
                break
            self._load("earlier", [journeys_key(self._client, day)])
            self._db.execute(
                "UPDATE all_responses SET imported_on = $day WHERE imported_on IS NULL"
                " AND invitation_id IN (SELECT invitation_id FROM earlier)",
                {"day": day},
            )

    def _merge_partition(self, partition: str) -> None:
        partitions = self._state.journeys
        key = journeys_key(self._client, partition)
        self._load("earlier", [key] if partition in partitions else [])
        day = None if partition == UNKNOWN else partition
        self._db.execute("DROP TABLE IF EXISTS merged")
        self._db.execute(_MERGE, {"client": self._client, "day": day})
        changed = self._db.execute(_CHANGED).fetchall()
        if changed and _is_day(partition):
            self._touch(KeptRows.IMPORTS, [partition])
        self._touch(KeptRows.ANSWERS, (day for earlier, later, _ in changed for day in (earlier, later) if day))
        self._state.unreported += sum(answers for _, _, answers in changed)
        path = self._room / "merged" / key
        if warehouse.write_parquet(self._db, "merged", path):
            partitions[partition] = self._all(
                "SELECT DISTINCT answered_on FROM merged WHERE answered_on IS NOT NULL ORDER BY 1"
            )
            (self.files if day else self.last)[key] = path
        else:
            partitions.pop(partition, None)
            self.gone.append(key)

    def _rows_of_files(self, objects: Mapping[str, Path]) -> None:
        if not objects:
            return
        imported = ImportedRows(
            self._db, self._client, self._state, self._fetch, self._room, per_employee=self._per_employee
        )
        imported.merge(objects)
        self.files.update(imported.files)
        self._touch(KeptRows.IMPORTS, imported.touched)

    def _reviews(self, objects: Mapping[str, Path]) -> None:
        if not objects:
            return
        columns = _columns((*facts.REVIEW_COLUMNS, "sequence"))
        warehouse.read_ndjson(self._db, list(objects.values()), "review_facts", columns)
        self._db.execute(_NEW_REVIEWS)
        key = reviews_key(self._client)
        paths = list(self._fetch([key] if self._state.reviews else []).values())
        warehouse.read_parquet(self._db, paths, "earlier_reviews", REVIEW)
        self._db.execute("DROP TABLE IF EXISTS merged_reviews")
        self._db.execute(_MERGE_REVIEWS)
        changed = self._db.execute(_CHANGED_REVIEWS).fetchall()
        self._touch(KeptRows.REVIEWS, (day for row in changed for day in row if day))
        path = self._room / "merged" / key
        warehouse.write_parquet(self._db, "merged_reviews", path)
        self.files[key] = path
        self._state.reviews = True

    def _load(self, name: str, keys: Iterable[str]) -> None:
        warehouse.read_parquet(self._db, list(self._fetch(keys).values()), name, JOURNEY)

    def _touch(self, rows: KeptRows, days: Iterable[str]) -> None:
        """Note days of every dataset that is made of these rows."""
        touched = set(days)
        for dataset in datasets_of(rows) if touched else ():
            self.touched.setdefault(dataset.name, set()).update(touched)

    def _all(self, query: str) -> list[str]:
        return [row[0] for row in self._db.execute(query).fetchall()]


_PARTITIONS = """
SELECT imported_on FROM new_invitations UNION SELECT imported_on FROM all_responses WHERE imported_on IS NOT NULL
ORDER BY 1
"""


_NEW_INVITATIONS = """
CREATE OR REPLACE TABLE new_invitations AS
SELECT f.* EXCLUDE (filename, sequence), f.sequence AS invitation_sequence,
       strftime((to_timestamp(f.imported_at) AT TIME ZONE getvariable('zone'))::DATE, '%Y-%m-%d') AS imported_on
FROM invitation_facts f
QUALIFY row_number() OVER (PARTITION BY f.invitation_id ORDER BY f.sequence DESC) = 1
"""

_NEW_RESPONSES = """
CREATE OR REPLACE TABLE new_responses AS
SELECT f.* EXCLUDE (filename, sequence), f.sequence AS response_sequence,
       strftime((to_timestamp(coalesce(f.answered_at, f.started_at)) AT TIME ZONE getvariable('zone'))::DATE,
                '%Y-%m-%d') AS answered_on
FROM response_facts f
QUALIFY row_number() OVER (PARTITION BY f.invitation_id ORDER BY f.sequence DESC) = 1
"""

_ALL_RESPONSES = """
CREATE OR REPLACE TABLE all_responses AS
WITH known AS (
    SELECT *, true AS is_new FROM new_responses
    UNION ALL BY NAME
    SELECT invitation_id, client, touchpoint, questionnaire, questionnaire_version, language, state, score, wave,
           started_at, answered_at, answers, door, response_sequence, answered_on, false AS is_new
    FROM waiting
)
SELECT r.*,
       CASE WHEN r.wave IS NULL THEN $uninvited || substr(r.answered_on, 1, 7) ELSE i.imported_on END AS imported_on
FROM known r LEFT JOIN (SELECT invitation_id, imported_on FROM new_invitations) i USING (invitation_id)
"""

_MERGE = """
CREATE TABLE merged AS
WITH invitations AS (
    SELECT invitation_id, client, touchpoint, imported_at, channel, product, team, employee_key, contact_reason,
           accepted_at, delivered_at, bounced_at, complained_at, reminded_at, opted_out_at, imported_on,
           invitation_sequence
    FROM (
        SELECT * FROM earlier WHERE invitation_sequence IS NOT NULL
        UNION ALL BY NAME
        SELECT * FROM new_invitations WHERE imported_on = $day::VARCHAR
    )
    QUALIFY row_number() OVER (PARTITION BY invitation_id ORDER BY invitation_sequence DESC) = 1
), responses AS (
    SELECT invitation_id, client, touchpoint, questionnaire, questionnaire_version, language, state, score, wave,
           started_at, answered_at, answers, door, answered_on, response_sequence
    FROM (
        -- The responses that wait are all among `all_responses`: those that found their invitation leave the partition.
        SELECT * FROM earlier WHERE response_sequence IS NOT NULL AND $day::VARCHAR IS NOT NULL
        UNION ALL BY NAME
        SELECT * FROM all_responses WHERE imported_on IS NOT DISTINCT FROM $day::VARCHAR
    )
    QUALIFY row_number() OVER (PARTITION BY invitation_id ORDER BY response_sequence DESC) = 1
)
SELECT invitation_id, $client AS client, coalesce(i.touchpoint, r.touchpoint) AS touchpoint,
       i.* EXCLUDE (invitation_id, client, touchpoint), r.* EXCLUDE (invitation_id, client, touchpoint)
FROM invitations i FULL JOIN responses r USING (invitation_id)
ORDER BY invitation_id
"""

_CHANGED = """
SELECT e.answered_on, m.answered_on,
       count(*) FILTER (e.response_sequence IS DISTINCT FROM m.response_sequence) AS answers
FROM merged m FULL JOIN earlier e USING (invitation_id)
WHERE m.invitation_sequence IS DISTINCT FROM e.invitation_sequence
   OR m.response_sequence IS DISTINCT FROM e.response_sequence
GROUP BY ALL
"""

_NEW_REVIEWS = """
CREATE OR REPLACE TABLE new_reviews AS
SELECT f.* EXCLUDE (filename),
       strftime((to_timestamp(coalesce(f.written_at, f.seen_at)) AT TIME ZONE getvariable('zone'))::DATE,
                '%Y-%m-%d') AS written_on
FROM review_facts f
"""

_MERGE_REVIEWS = """
CREATE TABLE merged_reviews AS
SELECT * FROM (SELECT * FROM earlier_reviews UNION ALL BY NAME SELECT * FROM new_reviews)
QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY sequence DESC) = 1
ORDER BY source, native_id
"""

_CHANGED_REVIEWS = """
SELECT DISTINCT e.written_on, m.written_on
FROM merged_reviews m FULL JOIN earlier_reviews e USING (source, native_id)
WHERE m.sequence IS DISTINCT FROM e.sequence
"""
