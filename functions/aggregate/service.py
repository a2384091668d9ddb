"""The use case of a run: datasets and reports, from the facts."""

import copy
import gzip
import json
import shutil
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

import duckdb

from functions.aggregate import warehouse
from functions.aggregate.compaction import Compaction
from functions.aggregate.datasets.registry import DATASET_NAMES, DATASETS
from functions.aggregate.publication import Publication
from functions.aggregate.state import FORMAT, KEY, State
from functions.shared.domain import facts, object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.services.clients import ListedClients

BATCH_FILES = 2_000
BATCH_BYTES = 32 * 1024 * 1024
"""Packed facts that are merged together: what a run needs of memory and disk does not grow with what waits."""
REPORTED = timedelta(days=400)
"""How far back the datasets go that a report is made from."""
_OF_ITS_DATA = (duckdb.Error, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a client's own data or settings can lead to; a bucket that cannot be reached is everybody's."""
LEASE = f"{object_keys.CURRENT}lease.json"


class ListedObject(Protocol):
    """An object of a listing."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified(self) -> float: ...


class Objects(Protocol):
    """The data bucket, by role (functions.shared.adapters.data_bucket.DataBucket)."""

    def listing(self, prefix: str, after: str = "") -> Iterator[Any]: ...
    def read(self, key: str) -> tuple[bytes, str] | None: ...
    def write(self, key: str, body: bytes, content_type: str = ...) -> None: ...
    def write_if(self, key: str, body: bytes, etag: str | None) -> bool: ...
    def fetch(self, keys: Iterable[str], folder: Path) -> Mapping[str, Path]: ...
    def store(self, files: Mapping[str, Path]) -> None: ...
    def delete(self, keys: Iterable[str]) -> None: ...


MakeReport = Callable[[ClientBundle, Path, datetime], str]
"""Makes a client's page from the folder that holds its datasets, as they stand at a moment."""
MakeFigures = Callable[[ClientBundle, Path, datetime], bytes]
"""Makes a client's figures, likewise."""


@dataclass(frozen=True)
class Summary:
    """What a run did: objects of facts taken in, days written, reports made; and datasets that it could not write."""

    facts: int = 0
    days: int = 0
    reports: Sequence[str] = ()
    unknown_datasets: Sequence[str] = ()
    """Names of datasets with pending days that this release does not know."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """By client that could not be finished: the kind of error, and where; the next run tries again."""
    unreadable: Sequence[str] = ()
    """Keys of objects of facts that are none: they stay, and are left out."""
    unfinished: bool = False
    """Whether the time was over before the work: the next run goes on where this one stopped."""


@dataclass
class AggregateRun:
    """Datasets and reports brought up to date with the facts.

    Safe to repeat and to break off at any moment: first the days to publish are noted, then the facts are merged into
    what is kept, then the days are written, and struck out as they are. So runs that break off, or whose time is over,
    come to the end all the same. A client whose data fail holds up no other, nor does one with very many days: those
    with the fewest come first. One run at a time works; another gets TryAgain.
    """

    objects: Objects
    clients: ListedClients
    make_report: MakeReport
    make_figures: MakeFigures
    room: Path
    """A folder on disk for this run alone; its contents go."""
    has_time: Callable[[], bool] = lambda: True
    """Whether there is time for another batch, some more days or a report."""
    state: State = field(default_factory=State, init=False)
    _failed: dict[str, str] = field(default_factory=dict, init=False)
    _unreadable: list[str] = field(default_factory=list, init=False)

    def run(self, now: datetime, lease_seconds: float, *, rebuild: bool = False) -> Summary:
        """Take in the facts that are new, or with `rebuild` all of them, and write the days that they change.

        The run must end within `lease_seconds`: then another may begin. Raises TryAgain where one is busy.
        """
        self._take_lease(now, lease_seconds)
        try:
            return self._run(now, rebuild)
        finally:
            self.objects.write(LEASE, _until(0))

    def _run(self, now: datetime, rebuild: bool) -> Summary:
        bundles = self._bundles()
        kept = self.objects.read(KEY)
        self.state = State.from_json(kept[0]) if kept else State()
        settings = {
            client: f"{FORMAT} {bundle.client.timezone} {bundle.client.per_employee}"
            for client, bundle in bundles.items()
        }
        if rebuild or any(self.state.settings.get(client) != settings[client] for client in self.state.kept(settings)):
            self._forget()
        self.state.settings |= settings
        self.room.mkdir(parents=True, exist_ok=True)
        with warehouse.connect(self.room) as connection:
            self._db = connection
            columns = {"client": "VARCHAR", "zone": "VARCHAR", "per_employee": "BOOLEAN"}
            warehouse.create(connection, "clients", columns)
            for client, bundle in bundles.items():
                row = [client, bundle.client.timezone, bundle.client.per_employee]
                connection.execute("INSERT INTO clients VALUES (?, ?, ?)", row)
            batches = list(_batches(self._new_facts()))
            taken = sum(self._take_in(batch) for batch in takewhile(lambda _: self.has_time(), batches))
        written, reports = 0, list[str]()
        for client in dict.fromkeys((*self._changed(), *sorted(bundles))):
            if client in self.state.pending:
                written += self._publish(client, bundles.get(client))
            if client in bundles and client not in self._changed() and client not in self._failed:
                reports += self._report(bundles[client], now)
        self._save()
        unknown = sorted({name for days in self.state.pending.values() for name in days.keys() - DATASET_NAMES})
        stale = [client for client, bundle in bundles.items() if self.state.reported.get(client) != bundle.version]
        waiting = taken < sum(map(len, batches)) - len(self._unreadable)
        unfinished = not self.has_time() and bool(waiting or self._changed() or stale)
        return Summary(taken, written, sorted(reports), unknown, self._failed, self._unreadable, unfinished)

    def _changed(self) -> list[str]:
        """Return the clients with days that this release can write, those with the fewest first."""
        days = {
            client: sum(len(dates) for name, dates in pending.items() if name in DATASET_NAMES)
            for client, pending in self.state.pending.items()
        }
        return sorted((client for client, count in days.items() if count), key=lambda client: (days[client], client))

    def _fail(self, client: str, error: Exception) -> None:
        """Note that a client could not be finished: the kind of the error and its place; its text may quote data."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        self._failed[client] = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"

    def _bundles(self) -> dict[str, ClientBundle]:
        bundles = {}
        for slug in self.clients.slugs():
            try:
                bundles[slug] = self.clients.load(slug)
            except NotFound:
                continue  # withdrawn since it was listed
        return bundles

    def _forget(self) -> None:
        """Begin again from the facts; every day that is published now is to be published again, or to go."""
        self.state = State()
        for item in self.objects.listing(object_keys.DATASETS):
            name, client, day = item.key.removeprefix(object_keys.DATASETS).split("/")[:3]
            if name in DATASET_NAMES:
                self.state.expect({client.removeprefix("client="): {name: {day.removeprefix("dt=")}}})
        self._save()
        kept = [item.key for item in self.objects.listing(object_keys.CURRENT) if item.key not in (KEY, LEASE)]
        self.objects.delete(kept)

    def _new_facts(self) -> list[ListedObject]:
        """Return the facts that have not been taken in, in the order in which they were stored."""
        listed: list[ListedObject] = []
        for table in (facts.INVITATION, facts.RESPONSE, facts.REVIEW):
            prefix = f"{object_keys.FACTS}{table}/"
            listed += self.objects.listing(prefix, after=self._first_day(prefix))
        listed += self.objects.listing(f"{object_keys.FACTS}{facts.OUTCOMES}/")
        new = (item for item in listed if self.state.is_new(item.key, item.modified))
        return sorted(new, key=lambda item: (item.modified, item.key))

    def _first_day(self, prefix: str) -> str:
        """Return after which key a stream's new facts are: a stream keeps its records for a day, so none are older."""
        if not self.state.mark:
            return ""
        first = datetime.fromtimestamp(self.state.mark - 3 * 86_400, tz=UTC)
        return f"{prefix}dt={first:%Y-%m-%d}"

    def _take_in(self, batch: Sequence[ListedObject]) -> int:
        folder = self.room / "batch"
        paths = self.objects.fetch([item.key for item in batch], folder)
        tables: dict[str, dict[str, Path]] = {}
        for key, path in paths.items():
            tables.setdefault(key.split("/")[1], {})[key] = path
        after = copy.deepcopy(self.state)
        compaction = Compaction(self._db, after, lambda keys: self.objects.fetch(keys, folder), folder)
        try:
            compaction.merge(tables)
        except duckdb.Error:
            unreadable = [key for key, path in paths.items() if not _is_readable(path)]
            if not unreadable:
                raise
            self._unreadable += unreadable
            self.state.take((item.key, item.modified) for item in batch if item.key in unreadable)
            shutil.rmtree(folder, ignore_errors=True)
            return self._take_in([item for item in batch if item.key not in unreadable])
        # The days to publish are safe before anything else changes: a run that breaks off has not lost them.
        self.state.expect(compaction.touched)
        self._save()
        self.objects.store(compaction.files)
        self.objects.store(compaction.last)
        self.objects.delete(compaction.gone)
        after.pending = self.state.pending
        after.take((item.key, item.modified) for item in batch)
        self.state = after
        self._save()
        shutil.rmtree(folder, ignore_errors=True)
        return len(batch)

    def _publish(self, client: str, bundle: ClientBundle | None) -> int:
        """Write a client's pending days, and strike out each part that is written; return how many files."""
        folder = self.room / "publish"
        written = 0
        pending = copy.deepcopy(self.state.pending[client])
        if pending.keys() & DATASET_NAMES:
            self.state.reported.pop(client, None)  # it is due when all of them are written
        try:
            with warehouse.connect(self.room) as connection:
                publication = Publication(connection, self.state, bundle, client, folder / "out")
                parts = publication.publish(pending, lambda keys: self.objects.fetch(keys, folder / "in"))
                for part in takewhile(lambda _: self.has_time(), parts):
                    self.objects.store(part.files)
                    self.objects.delete(part.gone)
                    written += len(part.files)
                    shutil.rmtree(folder, ignore_errors=True)
                    self.state.written(client, part.dataset, part.days)
                    self._save()
        except _OF_ITS_DATA as error:
            self._fail(client, error)
        return written

    def _report(self, bundle: ClientBundle, now: datetime) -> list[str]:
        """Make a client's report and figures where they are due and there is time; return the client if so."""
        if self.state.reported.get(bundle.client.client) == bundle.version or not self.has_time():
            return []
        try:
            self._write_report(bundle, now)
        except _OF_ITS_DATA as error:
            self._fail(bundle.client.client, error)
            return []
        return [bundle.client.client]

    def _write_report(self, bundle: ClientBundle, now: datetime) -> None:
        client = bundle.client.client
        folder = self.room / "report"
        since = f"dt={now - REPORTED:%Y-%m-%d}"
        keys = [
            item.key
            for dataset in DATASETS
            for item in self.objects.listing(f"{object_keys.DATASETS}{dataset.name}/client={client}/")
            if dataset.whole_history or item.key.split("/")[3] >= since
        ]
        self.objects.fetch(keys, folder)
        page = self.make_report(bundle, folder, now)
        self.objects.write(object_keys.figures(client), self.make_figures(bundle, folder, now), "application/json")
        self.objects.write(object_keys.report(client), page.encode(), "text/html; charset=utf-8")
        self.state.reported[client] = bundle.version
        shutil.rmtree(folder, ignore_errors=True)

    def _save(self) -> None:
        self.objects.write(KEY, self.state.to_json(), "application/json")

    def _take_lease(self, now: datetime, seconds: float) -> None:
        held = self.objects.read(LEASE)
        if held and json.loads(held[0])["until"] > now.timestamp():
            raise TryAgain("Another aggregate run is busy; this one may be tried again when it is done.")
        if not self.objects.write_if(LEASE, _until(now.timestamp() + seconds), held[1] if held else None):
            raise TryAgain("Another aggregate run has just begun; this one may be tried again when it is done.")


def _is_readable(path: Path) -> bool:
    """Say whether an object of facts is packed lines of JSON."""
    try:
        with gzip.open(path, "rb") as lines:
            return all(isinstance(json.loads(line), dict) for line in lines if line.strip())
    except (OSError, EOFError, zlib.error, ValueError):
        return False


def _until(moment: float) -> bytes:
    return json.dumps({"until": moment}).encode()


def _batches(objects: Iterable[ListedObject]) -> Iterator[list[ListedObject]]:
    batch: list[ListedObject] = []
    size = 0
    for item in objects:
        if batch and (len(batch) >= BATCH_FILES or size + item.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield batch
