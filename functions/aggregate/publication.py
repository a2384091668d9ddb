"""From what is kept to the datasets: whole days, each a file of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from duckdb import DuckDBPyConnection

from functions.aggregate import warehouse
from functions.aggregate.compaction import JOURNEY, REVIEW, journeys_key, reviews_key
from functions.aggregate.datasets.registry import datasets_of
from functions.aggregate.datasets.spec import Dataset, KeptRows
from functions.aggregate.imported import INTERACTIONS, OUTCOMES, Fetch, interactions_key, outcomes_key
from functions.aggregate.release import COUNTS, RELEASED, Release, Released, counts_key, released_key
from functions.aggregate.state import State
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle, Thresholds
from functions.shared.domain.masking import mask
from functions.shared.domain.questions.choice import ChoiceQuestion

AT_ONCE = {
    KeptRows.ANSWERS: 14,
    KeptRows.RELEASED: 90,
    KeptRows.RELEASED_COUNTS: 90,
    KeptRows.IMPORTS: 14,
    KeptRows.REVIEWS: 90,
}
"""Days that are made together; their kept rows are on disk at the same time."""

_masked = lru_cache(maxsize=65_536)(mask)
"""The words of a response are those of its answers, and most products come again and again."""


@dataclass(frozen=True)
class Published:
    """Files to store by key, and keys of days that have no rows any more: some days of a dataset."""

    dataset: str
    days: Sequence[str]
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
        # Nothing is released of a client that was withdrawn: its threshold is not known any more.
        self._release = Release(connection, state, bundle.client, room) if bundle else None
        per_employee = "true" if bundle and bundle.client.per_employee else "false"
        self._db.execute(f"SET VARIABLE per_employee = {per_employee}")
        self._db.execute("SET VARIABLE client = $1", [client])
        least = (bundle.client.thresholds if bundle else Thresholds()).score
        self._db.execute(f"SET VARIABLE threshold = CAST({least} AS BIGINT)")
        self._name_questions(bundle)
        self._load: Mapping[KeptRows, Callable[[Sequence[str], Fetch], None]] = {
            KeptRows.ANSWERS: self._load_answers,
            KeptRows.IMPORTS: self._load_imports,
            KeptRows.REVIEWS: self._load_reviews,
            KeptRows.RELEASED: self._load_released,
            KeptRows.RELEASED_COUNTS: self._load_released_counts,
        }

    def publish(self, today: date, fetch: Fetch) -> Iterator[Published | Released]:
        """Yield what is to be stored for the pending days, some days at a time; `today` is the client's.

        Datasets that are made of the same rows are made together, and each is written for the days that are pending for
        it: what an attempt has written, the next does not write again. What is released is to be noted in the state
        before the next is asked for.
        """
        for rows in AT_ONCE:
            datasets = datasets_of(rows)
            pending = {dataset.name: set(self._state.pending.get(dataset.name, ())) for dataset in datasets}
            changed = set(self._state.changed) if rows is KeptRows.ANSWERS and self._release else set()
            for some in _chunks(set().union(changed, *pending.values()), AT_ONCE[rows]):
                self._load[rows](some, fetch)
                for dataset in datasets:
                    self._make(dataset)
                    if waiting := sorted(pending[dataset.name].intersection(some)):
                        yield self._split(dataset, waiting)
                if self._release and (looked_at := sorted(changed.intersection(some))):
                    yield self._release.of(looked_at, fetch, more_follow=max(changed) > looked_at[-1])
            if rows is KeptRows.ANSWERS and self._release:
                pooled = self._release.pooled(today, fetch)
                yield from [pooled] if pooled else []

    def _load_answers(self, days: Sequence[str], fetch: Fetch) -> None:
        """Make `journeys`, the responses of these days, and `answered`, the columns that they answered."""
        partitions = self._state.journeys
        wanted = [name for name, answered in partitions.items() if not set(days).isdisjoint(answered)]
        paths = fetch(journeys_key(self._client, name) for name in sorted(wanted))
        warehouse.read_parquet(self._db, list(paths.values()), "journeys", JOURNEY)
        self._db.execute(
            "DELETE FROM journeys WHERE answered_on IS NULL OR answered_on NOT IN (SELECT unnest($1))", [days]
        )
        self._db.execute(_ANSWERED)

    def _load_imports(self, days: Sequence[str], fetch: Fetch) -> None:
        """Make `journeys`, `outcomes` and `interactions`: what was imported on these days."""
        partitions = self._state.journeys
        journeys = fetch(journeys_key(self._client, day) for day in days if day in partitions)
        outcomes = fetch(outcomes_key(self._client, day) for day in days if day in self._state.outcomes)
        months = self._state.interactions
        wanted = sorted(month for month, imported in months.items() if not set(days).isdisjoint(imported))
        interactions = fetch(interactions_key(self._client, month) for month in wanted)
        warehouse.read_parquet(self._db, list(journeys.values()), "journeys", JOURNEY)
        warehouse.read_parquet(self._db, list(outcomes.values()), "outcomes", OUTCOMES)
        warehouse.read_parquet(self._db, list(interactions.values()), "interactions", INTERACTIONS)
        self._db.execute("DELETE FROM interactions WHERE imported_on NOT IN (SELECT unnest($1))", [days])

    def _load_reviews(self, days: Sequence[str], fetch: Fetch) -> None:
        """Make `kept_reviews`, those of these days."""
        paths = fetch([reviews_key(self._client)] if self._state.reviews else [])
        warehouse.read_parquet(self._db, list(paths.values()), "kept_reviews", REVIEW)
        self._db.execute(
            "DELETE FROM kept_reviews WHERE written_on IS NULL OR written_on NOT IN (SELECT unnest($1))", [days]
        )

    def _load_released(self, days: Sequence[str], fetch: Fetch) -> None:
        """Make `released`, the responses of these days that were released."""
        paths = fetch(released_key(self._client, day) for day in days)
        warehouse.read_parquet(self._db, list(paths.values()), "released", RELEASED)

    def _load_released_counts(self, days: Sequence[str], fetch: Fetch) -> None:
        """Make `released_counts`, those of the batches that these days date."""
        paths = fetch(counts_key(self._client, day) for day in days)
        warehouse.read_parquet(self._db, list(paths.values()), "released_counts", {**COUNTS, "dt": "VARCHAR"})

    def _make(self, dataset: Dataset) -> None:
        """Make the dataset's table; what masking has learned since a fact was collected reaches it, too."""
        name = dataset.name
        self._db.execute(f"CREATE OR REPLACE TABLE {name} AS {dataset.sql}")
        for column in dataset.masked:
            texts = self._db.execute(
                f"SELECT DISTINCT {column} FROM {name} WHERE {column} IS NOT NULL"  # noqa: S608
            ).fetchall()
            changed = [(masked, text) for (text,) in texts if (masked := _masked(text)) != text]
            if changed:
                self._db.executemany(f"UPDATE {name} SET {column} = ? WHERE {column} = ?", changed)  # noqa: S608

    def _split(self, dataset: Dataset, days: Sequence[str]) -> Published:
        """Write each day of a dataset's table."""
        columns = ", ".join(column.name for column in dataset.columns)
        some = ", ".join(f"'{day}'" for day in days)
        query = (
            f"SELECT {columns}, getvariable('threshold') AS threshold, getvariable('client') AS client, dt"  # noqa: S608
            f" FROM {dataset.name} WHERE dt IN ({some}) ORDER BY dt, {', '.join(dataset.order)}"
        )
        written = warehouse.write_parts(self._db, query, "dt", self._room / dataset.name, with_column=True)
        keys = {day: f"{object_keys.dataset_partition(dataset.name, self._client, day)}part-0.parquet" for day in days}
        files = {keys[day]: path for day, path in written.items()}
        return Published(dataset.name, days, files, [key for day, key in keys.items() if day not in written])

    def _name_questions(self, bundle: ClientBundle | None) -> None:
        """Make `questions`, with those whose answers are the CSAT, the CES and the comment of a response, and
        `options`, the texts of what can be chosen."""
        questions: list[tuple[str, str, str, str | None, int]] = []
        options: list[tuple[str, str, str, str, str]] = []
        for name, questionnaire in (bundle.questionnaires if bundle else {}).items():
            for position, question in enumerate(questionnaire.questions):
                questions.append((name, question.id, question.type, question.dataset_column, position))
                if isinstance(question, ChoiceQuestion):
                    options += (
                        (name, question.id, option.value, language, text)
                        for option in question.options
                        for language, text in option.text.items()
                    )
        texts = dict.fromkeys(("questionnaire", "question"), "VARCHAR")
        self._fill("questions", texts | {"type": "VARCHAR", "kind": "VARCHAR", "position": "INTEGER"}, questions)
        self._fill("options", texts | dict.fromkeys(("value", "language", "text"), "VARCHAR"), options)

    def _fill(self, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        warehouse.create(self._db, table, columns)
        if rows:
            places = ", ".join("?" * len(columns))
            self._db.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608


def _chunks(days: Iterable[str], size: int) -> Iterable[list[str]]:
    ordered = sorted(days)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))


# What a response said, question by question, brought back to the columns of the dataset. A number that is not an
# integer on its scale counts as no answer: it is refused where it enters, and never rounded here.
_ANSWERED = """
CREATE OR REPLACE TABLE answered AS
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
