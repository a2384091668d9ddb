"""Facts in, the newest of every id out, in partitions that a run can afford to write again.

An invitation and its response are one row, a *journey*, in the partition of the client and the local day of the import:
both are there at once for the funnel, and the response finds its team and product without a search. A response whose
invitation has not been heard of waits in a partition of its own. A response without an invitation is a journey by
itself, in the partition of the month in which it was given.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    **dict.fromkeys(("answers", "dimensions"), "JSON"),
    "removed": "BOOLEAN",
}

PARTITIONS_AT_ONCE = 14
"""Partitions of journeys that are merged together: some days take hardly longer than one."""


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
        self.answered: set[str] = set()
        """Days of the answer on which something changed."""

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
        places = self._all(_PLACES)
        if UNKNOWN in self._state.journeys and UNKNOWN not in places:
            places.append(UNKNOWN)
        for start in range(0, len(places), PARTITIONS_AT_ONCE):
            self._merge_partitions(places[start : start + PARTITIONS_AT_ONCE])

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

    def _merge_partitions(self, places: Sequence[str]) -> None:
        partitions = self._state.journeys
        keys = {place: journeys_key(self._client, place) for place in places}
        self._load_places({keys[place]: place for place in places if place in partitions})
        warehouse.create(self._db, "wanted", {"place": "VARCHAR"})
        self._db.execute("INSERT INTO wanted SELECT unnest($1)", [list(places)])
        self._db.execute("DROP TABLE IF EXISTS merged")
        self._db.execute(_MERGE, {"client": self._client, "unknown": UNKNOWN})
        changed = self._db.execute(_CHANGED).fetchall()
        self._touch(KeptRows.IMPORTS, {place for place, *_ in changed if _is_day(place)})
        answered = {day for _, earlier, later, _ in changed for day in (earlier, later) if day}
        self._touch(KeptRows.ANSWERS, answered)
        self.answered |= answered
        self._state.unreported += sum(answers for *_, answers in changed)
        days = dict(self._db.execute(_ANSWERED_ON).fetchall())
        query = "SELECT * FROM merged ORDER BY place, invitation_id"
        written = warehouse.write_parts(self._db, query, "place", self._room / "merged" / places[0])
        for place, key in keys.items():
            if place in written:
                partitions[place] = days[place]
                (self.last if place == UNKNOWN else self.files)[key] = written[place]
            else:
                partitions.pop(place, None)
                self.gone.append(key)

    def _load_places(self, places: Mapping[str, str]) -> None:
        """Make `earlier`, the rows of partitions by key, with the place where each lies."""
        paths = self._fetch(places)
        warehouse.read_parquet(self._db, list(paths.values()), "kept", {**JOURNEY, "filename": "VARCHAR"})
        warehouse.create(self._db, "places", {"filename": "VARCHAR", "place": "VARCHAR"})
        if paths:
            rows = [[str(path), places[key]] for key, path in paths.items()]
            self._db.executemany("INSERT INTO places VALUES (?, ?)", rows)
        self._db.execute(
            "CREATE OR REPLACE TABLE earlier AS SELECT k.* EXCLUDE (filename), p.place FROM kept k JOIN places p"
            " USING (filename)"
        )

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


_PLACES = f"""
SELECT imported_on FROM new_invitations UNION SELECT coalesce(imported_on, '{UNKNOWN}') FROM all_responses ORDER BY 1
"""  # noqa: S608

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
    SELECT place, invitation_id, touchpoint, imported_at, channel, product, team, employee_key, contact_reason,
           dimensions, accepted_at, delivered_at, bounced_at, complained_at, reminded_at, opted_out_at, imported_on,
           invitation_sequence
    FROM (
        SELECT * FROM earlier WHERE invitation_sequence IS NOT NULL
        UNION ALL BY NAME
        SELECT *, imported_on AS place FROM new_invitations WHERE imported_on IN (FROM wanted)
    )
    QUALIFY row_number() OVER (PARTITION BY place, invitation_id ORDER BY invitation_sequence DESC) = 1
), responses AS (
    SELECT place, invitation_id, touchpoint, questionnaire, questionnaire_version, language, state, score, wave,
           started_at, answered_at, answers, door, answered_on, response_sequence
    FROM (
        -- The responses that wait are all among `all_responses`: those that found their invitation leave the partition.
        SELECT * FROM earlier WHERE response_sequence IS NOT NULL AND place <> $unknown
        UNION ALL BY NAME
        SELECT *, coalesce(imported_on, $unknown) AS place FROM all_responses
        WHERE coalesce(imported_on, $unknown) IN (FROM wanted)
    )
    QUALIFY row_number() OVER (PARTITION BY place, invitation_id ORDER BY response_sequence DESC) = 1
)
SELECT place, invitation_id, $client AS client, coalesce(i.touchpoint, r.touchpoint) AS touchpoint,
       i.* EXCLUDE (place, invitation_id, touchpoint), r.* EXCLUDE (place, invitation_id, touchpoint)
FROM invitations i FULL JOIN responses r USING (place, invitation_id)
"""

_CHANGED = """
SELECT place, e.answered_on, m.answered_on,
       count(*) FILTER (e.response_sequence IS DISTINCT FROM m.response_sequence) AS answers
FROM merged m FULL JOIN earlier e USING (place, invitation_id)
WHERE m.invitation_sequence IS DISTINCT FROM e.invitation_sequence
   OR m.response_sequence IS DISTINCT FROM e.response_sequence
GROUP BY ALL
"""

_ANSWERED_ON = """
SELECT place, coalesce(list(DISTINCT answered_on ORDER BY answered_on) FILTER (answered_on IS NOT NULL), [])
FROM merged GROUP BY place
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
