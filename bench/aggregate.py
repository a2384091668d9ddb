"""Datasets and report: CPU and memory of a client's runs, beside bare DuckDB and pandas. `python -m bench.aggregate`

A client with as many invitations as answers over a year, two touchpoints and forty teams. The data bucket is a folder,
so what S3 takes counts nowhere. The peer of a run is bare DuckDB that reads the same facts, keeps the newest of each id
and groups them; its time is that of one thread, as ours is.
"""

import gzip
import json
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import duckdb

from functions.aggregate.page import make_report
from functions.aggregate.public_scores import ScorePublication
from functions.aggregate.service import AggregateRun, Making
from functions.shared.adapters.client_files import read_folder
from functions.shared.adapters.data_bucket import StoredObject, ndjson
from functions.shared.adapters.score_signatures import ScoreKeys
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.dataset_run import DatasetRun
from functions.shared.domain.facts import INVITATION, RESPONSE

ANSWERS = 1_000_000
GROUPED = 10_000_000
DAYS = 365
NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
_CLIENT = Path(__file__).resolve().parents[1] / "examples" / "clients" / "vaart"
_A_FILE = 5_000
_STORED = f"{datetime.now(UTC):%Y-%m-%d}"
"""The day on which facts are stored, which is that of their files."""
_GROUP = """
SELECT dt, touchpoint, team, count(score) AS n, count(*) FILTER (score >= 9) AS p, count(*) FILTER (score <= 6) AS d
FROM answers GROUP BY ALL ORDER BY ALL
"""


_NOTHING = Making(lambda *_: "", lambda *_: b"", lambda *_: None, lambda *_: [])
"""A run writes datasets here; the report is made apart."""


def _public_scores(bucket: "Folder") -> ScorePublication:
    return ScorePublication(bucket, ScoreKeys({1: b"bench"}))


class Folder:
    """The data bucket as a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def listing(self, prefix: str, after: str = "") -> Iterator[StoredObject]:
        """Yield the objects under a prefix."""
        start = self.root / prefix
        for path in sorted(start.rglob("*")) if start.is_dir() else ():
            key = path.relative_to(self.root).as_posix()
            if path.is_file() and key > after:
                found = path.stat()
                yield StoredObject(key, found.st_size, found.st_mtime)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names under a prefix."""
        folder = self.root / prefix
        yield from sorted(path.name for path in folder.iterdir()) if folder.is_dir() else ()

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return an object and its ETag."""
        path = self.root / key
        body = path.read_bytes() if path.is_file() else None
        return None if body is None else (body, md5(body, usedforsecurity=False).hexdigest())

    def write(self, key: str, body: bytes, content_type: str = "") -> None:
        """Put an object."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def write_if(self, key: str, body: bytes, etag: str | None) -> bool:
        """Put an object where it has this ETag."""
        held = self.read(key)
        if (held and held[1]) != etag:
            return False
        self.write(key, body)
        return True

    def fetch(self, keys: Iterable[str], folder: Path) -> Mapping[str, Path]:
        """Return where the objects are."""
        return {key: self.root / key for key in keys if (self.root / key).is_file()}

    def store(self, files: Mapping[str, Path]) -> None:
        """Put files."""
        for key, path in files.items():
            (self.root / key).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, self.root / key)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects."""
        for key in keys:
            (self.root / key).unlink(missing_ok=True)


class Published:
    """The one client."""

    def __init__(self, bundle: ClientBundle) -> None:
        self._bundle = bundle

    def load(self, slug: str) -> ClientBundle:
        """Return it."""
        return self._bundle


def facts(start: int, count: int, first: datetime, days: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield invitations and their answers, spread over days, as the streams tell of them."""
    draw = random.Random(start)  # noqa: S311
    for number in range(start, start + count):
        at = int((first + timedelta(seconds=days * 86_400 * (number - start) / count)).timestamp())
        place = ("klantenservice", "schade")[number % 2]
        same: dict[str, Any] = {
            "invitation_id": f"{number:032d}",
            "client": "vaart",
            "touchpoint": place,
            "sequence": f"{number:040d}",
        }
        told: dict[str, Any] = {"imported_at": at - 86_400, "accepted_at": at - 80_000, "delivered_at": at - 79_000}
        told |= {"channel": "phone", "team": f"Team {draw.randrange(40)}", "product": f"Product {draw.randrange(8)}"}
        yield INVITATION, same | told
        score = draw.choice((2, 5, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10))
        answers: dict[str, Any] = {"nps": score, "effort": draw.randint(1, 7), "resolved": "later"}
        if not number % 5:
            answers["why"] = f"Snel geholpen, al duurde het {draw.randint(2, 9)} minuten voor ik iemand sprak."
        given = {"questionnaire": place, "questionnaire_version": 1, "language": "nl", "state": "complete"}
        moments = {"started_at": at - 60, "answered_at": at}
        yield RESPONSE, same | given | moments | {"score": score, "wave": "first", "answers": answers, "door": "mail"}


def store(bucket: Folder, told: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Put facts in objects of some thousands of lines."""
    waiting: dict[str, list[dict[str, Any]]] = {INVITATION: [], RESPONSE: []}

    def put(table: str) -> None:
        if lines := waiting[table]:
            first, last = lines[0]["sequence"], lines[-1]["sequence"]
            bucket.write(object_keys.stream_facts(table, "vaart", _STORED, first, last), ndjson(lines))
            waiting[table] = []

    for table, line in told:
        waiting[table].append(line)
        if len(waiting[table]) == _A_FILE:
            put(table)
    for table in waiting:
        put(table)


@contextmanager
def _spent(into: list[float]) -> Iterator[None]:
    begin = time.process_time()
    yield
    into.append(time.process_time() - begin)


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    into: list[float] = []
    with _spent(into):
        work()
    return into[0]


def bare(bucket: Folder, out: Path) -> None:
    """Read the facts, keep the newest of each id, join and group: nothing else."""
    connection = duckdb.connect(config={"threads": 1})
    for table, columns in (
        (INVITATION, "invitation_id: 'VARCHAR', team: 'VARCHAR', sequence: 'VARCHAR'"),
        (
            RESPONSE,
            "invitation_id: 'VARCHAR', touchpoint: 'VARCHAR', score: 'DOUBLE', answered_at: 'BIGINT', answers: 'JSON',"
            " sequence: 'VARCHAR'",
        ),
    ):
        connection.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_json('{bucket.root}/facts/{table}/**/*.gz',"  # noqa: S608
            f" columns = {{{columns}}}, format = 'newline_delimited')"
            " QUALIFY row_number() OVER (PARTITION BY invitation_id ORDER BY sequence DESC) = 1"
        )
    connection.execute(
        "CREATE TABLE answers AS SELECT strftime(to_timestamp(answered_at)::DATE, '%Y-%m-%d') AS dt, r.*, i.team"
        " FROM response r JOIN invitation i USING (invitation_id)"
    )
    connection.table("answers").write_parquet(str(out / "answers.parquet"), compression="zstd")
    connection.execute(_GROUP).fetchall()


class Client:
    """A client with its bucket, and runs over it."""

    def __init__(self, room: Path) -> None:
        self.bucket = Folder(room / "bucket")
        self._room = room
        self._bundle = read_folder(_CLIENT)

    def run(self, rebuild: str = "") -> None:
        """Run it; the report is made apart."""
        shutil.rmtree(self._room / "work", ignore_errors=True)
        work = AggregateRun(
            self.bucket, Published(self._bundle), self, _public_scores(self.bucket), _NOTHING, self._room / "work"
        )
        summary = work.run(DatasetRun("vaart", rebuild), NOW, 3600)
        if summary.failed or summary.unfinished:
            raise RuntimeError(f"The run did not end: {summary}")

    def put(self, notice: object) -> None:
        """Take a notice."""

    def report(self) -> str:
        """Return the page."""
        return make_report(self._bundle, self.bucket.root, NOW)

    def datasets(self) -> dict[str, bytes]:
        """Return the files of the datasets."""
        return {item.key: (self.bucket.root / item.key).read_bytes() for item in self.bucket.listing("datasets/")}


def grouped(room: Path) -> dict[str, Any]:
    """Return the CPU of counting by day, touchpoint and team, beside pandas, over one file."""
    file = str(room / "responses.parquet")
    duckdb.sql(
        f"""COPY (SELECT strftime(DATE '2026-01-01' + CAST(i % {DAYS} AS INTEGER), '%Y-%m-%d') AS dt,
        'touchpoint ' || i % 2 AS touchpoint, 'team ' || hash(i) % 40 AS team, CAST(hash(i + 1) % 11 AS BIGINT) AS score
        FROM range({GROUPED}) t(i)) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"""  # noqa: S608
    )
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
    connection.execute(f"CREATE VIEW answers AS FROM '{file}'")
    ours = cpu(lambda: connection.execute(_GROUP).fetchall())

    def by_pandas() -> None:
        frame = connection.table("answers").df()
        frame = frame.assign(p=frame.score >= 9, d=frame.score <= 6)
        frame.groupby(["dt", "touchpoint", "team"]).agg(n=("score", "count"), p=("p", "sum"), d=("d", "sum"))

    peer = cpu(by_pandas)
    return _line(
        "group_10_m_answers",
        ours,
        peer,
        f"CPU s for {GROUPED:,} answers by day, touchpoint, team ({GROUPED / ours / 1e6:.1f} M rows/s), peer: pandas",
    )


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurements."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        client = Client(room)
        first = NOW - timedelta(days=DAYS)
        store(client.bucket, facts(0, ANSWERS, first, DAYS - 1))
        base = _peak()
        full = cpu(client.run)
        peak = _peak()
        peer = cpu(lambda: bare(client.bucket, room))
        yield _line(
            "facts_to_datasets", full, peer, f"CPU s for {ANSWERS:,} answers, peer: bare DuckDB reads and groups"
        )
        yield _line("facts_to_datasets_memory", peak, 512, f"MiB resident at most ({base} before), peer: the limit")

        store(client.bucket, facts(ANSWERS, 1, NOW - timedelta(days=1), 1))
        one = cpu(client.run)
        yield _line("one_answer", one, full, f"CPU s for one answer more than {ANSWERS:,}, peer: all of them")

        day = ANSWERS // DAYS
        store(client.bucket, facts(ANSWERS + 1, day, NOW - timedelta(hours=20), 1))
        some = cpu(client.run)
        before = client.datasets()
        again = cpu(lambda: client.run("again"))
        if client.datasets() != before:
            raise RuntimeError("A rebuild gave other bytes.")
        yield _line(
            "one_day", some, again, f"CPU s for a day of {day} answers, peer: a rebuild, whose bytes are the same"
        )

        pages: list[str] = []
        spent = cpu(lambda: pages.append(client.report()))
        yield _line(
            "report", spent, again, f"CPU s for the report of {ANSWERS:,} answers, peer: a rebuild of its datasets"
        )
        size = len(gzip.compress(pages[0].encode()))
        yield _line("report_size", size / 1000, 60, "kB of the page, gzip, peer: the limit")
        yield grouped(room)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _line(name: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 3), "peer": round(peer, 3), "ratio": round(ours / peer, 4), "unit": unit}


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line))
