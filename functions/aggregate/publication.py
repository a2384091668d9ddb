"""From what is kept to the datasets: whole days, each a file of its own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from functions.aggregate import warehouse
from functions.aggregate.compaction import JOURNEY, REVIEW, journeys_key, reviews_key
from functions.aggregate.imported import INTERACTIONS, OUTCOMES, interactions_key, outcomes_key
from functions.aggregate.state import UNKNOWN, PendingDays, State
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.datasets import (
    FUNNEL_DAILY,
    RESPONSES,
    REVIEWS,
    SCORES_DAILY,
    Dataset,
    KeptRows,
    datasets_of,
)
from functions.shared.domain.masking import mask

AT_ONCE = 14
"""Days that are made together; their journeys are on disk at the same time."""

Fetch = Callable[[Iterable[str]], Mapping[str, Path]]


@dataclass(frozen=True)
class Published:
    """Files to store by key, and keys of days that have no rows any more."""

    files: Mapping[str, Path]
    gone: Sequence[str]


class Publication:
    """The datasets of one client, from its kept rows."""

    def __init__(
        self, connection: DuckDBPyConnection, state: State, bundle: ClientBundle | None, client: str, room: Path
    ) -> None:
        """Take a database, the state, the client's published folder (None: it has none) and a folder to write in."""
        self._db = connection
        self._state = state
        self._client = client
        self._room = room
        self._per_employee = bool(bundle and bundle.client.per_employee)
        self._name_questions(bundle)

    def publish(self, pending: PendingDays, fetch: Fetch) -> Iterable[Published]:
        """Yield what is to be stored for the pending days, some days at a time."""
        for days in _chunks(_days(pending, KeptRows.ANSWERS)):
            yield self._answers(days, fetch)
        for days in _chunks(_days(pending, KeptRows.IMPORTS)):
            yield self._funnel(days, fetch)
        if reviewed := _days(pending, KeptRows.REVIEWS):
            yield self._reviews(sorted(reviewed), fetch)

    def _answers(self, days: Sequence[str], fetch: Fetch) -> Published:
        partitions = self._state.journeys.get(self._client, {})
        wanted = [name for name, answered in partitions.items() if not set(days).isdisjoint(answered)]
        paths = fetch(journeys_key(self._client, name) for name in sorted(wanted))
        warehouse.read_parquet(self._db, list(paths.values()), "journeys", JOURNEY)
        self._db.execute(
            "DELETE FROM journeys WHERE answered_on IS NULL OR answered_on NOT IN (SELECT unnest($1))", [days]
        )
        self._db.execute(_ANSWERS)
        self._db.execute(_RESPONSES, {"per_employee": self._per_employee})
        self._mask("responses", "response_id", ("comment", "contact_reason", "product"))
        self._db.execute(_SCORES, {"per_employee": self._per_employee})
        responses = self._split("responses", RESPONSES, "response_id", days)
        scores = self._split("scores", SCORES_DAILY, "touchpoint, dimension, value", days)
        return Published({**responses.files, **scores.files}, [*responses.gone, *scores.gone])

    def _funnel(self, days: Sequence[str], fetch: Fetch) -> Published:
        partitions = self._state.journeys.get(self._client, {})
        journeys = fetch(journeys_key(self._client, day) for day in days if day in partitions and day != UNKNOWN)
        outcomes = fetch(
            outcomes_key(self._client, day) for day in days if day in self._state.outcomes.get(self._client, ())
        )
        months = self._state.interactions.get(self._client, {})
        wanted = sorted(month for month, imported in months.items() if not set(days).isdisjoint(imported))
        interactions = fetch(interactions_key(self._client, month) for month in wanted)
        warehouse.read_parquet(self._db, list(journeys.values()), "journeys", JOURNEY)
        warehouse.read_parquet(self._db, list(outcomes.values()), "outcomes", OUTCOMES)
        warehouse.read_parquet(self._db, list(interactions.values()), "interactions", INTERACTIONS)
        self._db.execute("DELETE FROM interactions WHERE imported_on NOT IN (SELECT unnest($1))", [days])
        self._db.execute(_FUNNEL, {"per_employee": self._per_employee})
        return self._split("funnel", FUNNEL_DAILY, "touchpoint, dimension, value", days)

    def _reviews(self, days: Sequence[str], fetch: Fetch) -> Published:
        paths = fetch([reviews_key(self._client)] if self._client in self._state.reviews else [])
        warehouse.read_parquet(self._db, list(paths.values()), "kept_reviews", REVIEW)
        self._db.execute(_REVIEWS)
        self._mask("reviews", "review_id", ("title", "text"))
        return self._split("reviews", REVIEWS, "review_id", days)

    def _mask(self, table: str, key: str, columns: Sequence[str]) -> None:
        """Mask again: what masking has learned since a fact was collected reaches the dataset, too."""
        for column in columns:
            rows = self._db.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()  # noqa: S608
            changed = [(masked, row_key) for row_key, text in rows if (masked := mask(text)) != text]
            if changed:
                self._db.executemany(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", changed)  # noqa: S608

    def _split(self, table: str, dataset: Dataset, order: str, days: Sequence[str]) -> Published:
        """Write each day of a table; `order` makes the order of its rows, and so the file's bytes, certain."""
        columns = ", ".join(column.name for column in dataset.columns)
        files: dict[str, Path] = {}
        gone: list[str] = []
        for day in days:
            key = f"{object_keys.dataset_partition(dataset.name, self._client, day)}part-0.parquet"
            self._db.table(table).filter(f"dt = '{day}'").order(order).project(columns).create("day_of_dataset")
            path = self._room / key
            if warehouse.write_parquet(self._db, "day_of_dataset", path):
                files[key] = path
            else:
                gone.append(key)
            self._db.execute("DROP TABLE day_of_dataset")
        return Published(files, gone)

    def _name_questions(self, bundle: ClientBundle | None) -> None:
        """Make `questions`: which answers are the CSAT, the CES and the comment of a response."""
        rows: list[tuple[str, str, str, int]] = []
        for name, questionnaire in (bundle.questionnaires if bundle else {}).items():
            for position, question in enumerate(questionnaire.questions):
                if question.dataset_column:
                    rows.append((name, question.id, question.dataset_column, position))
        columns = {"questionnaire": "VARCHAR", "question": "VARCHAR", "kind": "VARCHAR", "position": "INTEGER"}
        warehouse.create(self._db, "questions", columns)
        if rows:
            self._db.executemany("INSERT INTO questions VALUES (?, ?, ?, ?)", rows)


def _days(pending: PendingDays, rows: KeptRows) -> set[str]:
    """Return the days of which a dataset that is made of these rows is pending; those datasets are made together."""
    return {day for dataset in datasets_of(rows) for day in pending.get(dataset.name, ())}


def _chunks(days: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(days)
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))


# What a response said, question by question, brought back to the columns of the dataset. A number that is not an
# integer on its scale counts as no answer: it is refused where it enters, and never rounded here.
_ANSWERS = """
CREATE OR REPLACE TABLE answers AS
SELECT invitation_id,
       arg_min(number, position) FILTER (kind = 'csat' AND number BETWEEN 1 AND 5) AS csat,
       arg_min(number, position) FILTER (kind = 'ces' AND number BETWEEN 1 AND 7) AS ces,
       string_agg(text, chr(10) ORDER BY position) FILTER (kind = 'comment') AS comment
FROM (
    SELECT j.invitation_id, q.kind, q.position, a.value ->> '$' AS text,
           CASE WHEN regexp_full_match(a.value ->> '$', '[0-9]') THEN CAST(a.value ->> '$' AS BIGINT) END AS number
    FROM journeys j, json_each(j.answers) a
    JOIN questions q ON q.questionnaire = j.questionnaire AND q.question = a.key
)
GROUP BY invitation_id
"""

_RESPONSES = """
CREATE OR REPLACE TABLE responses AS
WITH scored AS (
    SELECT *, CASE WHEN score BETWEEN 0 AND 10 AND score = floor(score) THEN CAST(score AS BIGINT) END AS given
    FROM journeys
)
SELECT j.invitation_id AS response_id,
       CASE WHEN j.wave IS NOT NULL THEN j.invitation_id END AS invitation_id,
       j.touchpoint, j.questionnaire, j.questionnaire_version, coalesce(j.channel, j.door) AS channel,
       j.product, j.team, CASE WHEN $per_employee THEN j.employee_key END AS employee_key,
       j.language, j.state, j.given AS score,
       CASE WHEN j.given <= 6 THEN 'detractor' WHEN j.given <= 8 THEN 'passive' WHEN j.given <= 10 THEN 'promoter' END
           AS bucket,
       a.csat, a.ces, j.contact_reason, j.wave,
       -- From the mail that was answered to the answer.
       CASE WHEN j.answered_at >= mailed_at THEN (j.answered_at - mailed_at) / 60.0 END::DOUBLE AS minutes_to_answer,
       make_timestamp(j.answered_at * 1000000) AS answered_at, a.comment, j.answered_on AS dt
FROM (
    SELECT *, CASE WHEN wave = 'reminder' THEN coalesce(reminded_at, accepted_at) ELSE accepted_at END AS mailed_at
    FROM scored
) j LEFT JOIN answers a USING (invitation_id)
"""

_SCORES = """
CREATE OR REPLACE TABLE scores AS
WITH counted AS (
    SELECT r.*, j.employee_key AS employee FROM responses r JOIN journeys j ON r.response_id = j.invitation_id
    WHERE r.state = 'complete'
),
by_dimension AS (
    SELECT *, 'all' AS dimension, '' AS value FROM counted
    UNION ALL SELECT *, 'channel', channel FROM counted WHERE channel IS NOT NULL
    UNION ALL SELECT *, 'product', product FROM counted WHERE product IS NOT NULL
    UNION ALL SELECT *, 'team', team FROM counted WHERE team IS NOT NULL
    UNION ALL SELECT *, 'employee', employee FROM counted WHERE $per_employee AND employee IS NOT NULL
)
SELECT touchpoint, dimension, value, dt,
       count(score) AS n,
       count(*) FILTER (bucket = 'promoter') AS promoters,
       count(*) FILTER (bucket = 'passive') AS passives,
       count(*) FILTER (bucket = 'detractor') AS detractors,
       count(csat) AS csat_n,
       CAST(coalesce(sum(csat), 0) AS BIGINT) AS csat_sum,
       count(*) FILTER (csat >= 4) AS csat_top,
       count(ces) AS ces_n,
       CAST(coalesce(sum(ces), 0) AS BIGINT) AS ces_sum,
       count(*) FILTER (ces >= 5) AS ces_top
FROM by_dimension
GROUP BY ALL
HAVING count(score) + count(csat) + count(ces) > 0
"""

# Who answered was reached, whether or not the news of the delivery came; who bounced was not. So the stages of a row
# never rise from one to the next.
_FUNNEL = """
CREATE OR REPLACE TABLE funnel AS
WITH invited AS (
    SELECT imported_on AS dt, touchpoint, team, employee_key, wave,
           opted_out_at, reminded_at, complained_at, accepted_at,
           state IS NOT NULL AS heard, coalesce(state, '') AS state,
           delivered_at, bounced_at IS NOT NULL AND state IS NULL AS bounced
    FROM journeys WHERE invitation_sequence IS NOT NULL
), stages AS (
    SELECT 'all' AS dimension, '' AS value, * FROM invited
    UNION ALL SELECT 'team', team, * FROM invited WHERE team IS NOT NULL
    UNION ALL SELECT 'employee', employee_key, * FROM invited WHERE $per_employee AND employee_key IS NOT NULL
), mailed AS (
    SELECT dt, touchpoint, dimension, value,
           count(*) FILTER (accepted_at IS NOT NULL OR delivered_at IS NOT NULL OR heard OR bounced) AS accepted,
           count(*) FILTER (heard OR (delivered_at IS NOT NULL AND NOT bounced)) AS delivered,
           count(*) FILTER (bounced) AS bounced,
           count(*) FILTER (complained_at IS NOT NULL) AS complained,
           count(*) FILTER (opted_out_at IS NOT NULL) AS refused,
           count(*) FILTER (reminded_at IS NOT NULL) AS reminded,
           count(*) FILTER (state IN ('partial', 'complete')) AS started,
           count(*) FILTER (state = 'complete') AS completed,
           count(*) FILTER (state = 'complete' AND wave = 'reminder') AS completed_after_reminder,
           count(*) FILTER (state = 'suspect') AS suspect
    FROM stages GROUP BY ALL
), decided AS (
    -- A row that is not valid may name no touchpoint.
    SELECT imported_on AS dt, 'all' AS dimension, '' AS value, coalesce(touchpoint, '') AS touchpoint, outcome, rows
    FROM outcomes
    UNION ALL SELECT imported_on, 'team', team, coalesce(touchpoint, ''), outcome, rows
    FROM outcomes WHERE team IS NOT NULL
    UNION ALL SELECT imported_on, 'employee', employee_key, coalesce(touchpoint, ''), outcome, rows
    FROM outcomes WHERE $per_employee AND employee_key IS NOT NULL
), counted AS (
    -- What was taken back, and told anew, leaves nothing behind.
    SELECT dt, dimension, value, touchpoint, outcome, sum(rows) AS rows
    FROM decided GROUP BY ALL HAVING sum(rows) <> 0
), admitted AS (
    SELECT dt, touchpoint, dimension, value, sum(rows) AS imported,
           sum(rows) FILTER (outcome = 'invalid') AS invalid,
           sum(rows) FILTER (outcome = 'no_address') AS no_address,
           sum(rows) FILTER (outcome = 'duplicate') AS duplicate,
           sum(rows) FILTER (outcome = 'stale') AS stale,
           sum(rows) FILTER (outcome = 'opted_out') AS opted_out,
           sum(rows) FILTER (outcome = 'suppressed') AS suppressed,
           sum(rows) FILTER (outcome = 'blocked') AS blocked,
           sum(rows) FILTER (outcome = 'sampled_out') AS sampled_out,
           sum(rows) FILTER (outcome = 'over_quota') AS over_quota,
           sum(rows) FILTER (outcome = 'invited') AS invited
    FROM counted GROUP BY ALL
), known AS (
    SELECT imported_on AS dt, touchpoint, 'all' AS dimension, '' AS value, with_address FROM interactions
    UNION ALL SELECT imported_on, touchpoint, 'team', team, with_address FROM interactions WHERE team IS NOT NULL
    UNION ALL SELECT imported_on, touchpoint, 'employee', employee_key, with_address
    FROM interactions WHERE $per_employee AND employee_key IS NOT NULL
), covered AS (
    SELECT dt, touchpoint, dimension, value, count(*) AS interactions,
           count(*) FILTER (with_address) AS with_address
    FROM known GROUP BY ALL
)
SELECT dt, touchpoint, dimension, value,
       CAST(coalesce(COLUMNS(* EXCLUDE (dt, touchpoint, dimension, value)), 0) AS BIGINT) AS '\\0'
FROM admitted FULL JOIN mailed USING (dt, touchpoint, dimension, value)
FULL JOIN covered USING (dt, touchpoint, dimension, value)
"""

_REVIEWS = """
CREATE OR REPLACE TABLE reviews AS
SELECT source || '/' || native_id AS review_id,
       -- The key of the table begins with the client; the source is what the client's folder calls it.
       CASE WHEN starts_with(source, client || '/') THEN substr(source, length(client) + 2) ELSE source END AS source,
       native_id, rating_raw, rating_best, rating_worst,
       CASE WHEN rating_best > rating_worst AND rating_raw BETWEEN rating_worst AND rating_best
            THEN (rating_raw - rating_worst) / (rating_best - rating_worst) END AS rating,
       language, title, text, make_timestamp(written_at * 1000000) AS written_at, version,
       coalesce(removed, false) AS removed, written_on AS dt
FROM kept_reviews
"""
