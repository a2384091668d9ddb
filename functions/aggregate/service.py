"""The use case of a run: datasets and reports, from the facts."""

import copy
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from functions.aggregate import warehouse
from functions.aggregate.compaction import Compaction
from functions.aggregate.datasets.registry import DATASET_NAMES, DATASETS
from functions.aggregate.publication import Publication
from functions.aggregate.state import FORMAT, KEY, PendingDays, State
from functions.shared.domain import facts, object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.services.clients import ListedClients

BATCH_FILES = 2_000
BATCH_BYTES = 32 * 1024 * 1024
"""Packed facts that are merged together: what a run needs of memory and disk does not grow with what waits."""
REPORTED = timedelta(days=400)
"""How far back the datasets go that a report is made from."""
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


@dataclass
class AggregateRun:
    """Datasets and reports brought up to date with the facts.

    Safe to repeat and to break off at any moment: first the days to publish are noted, then the facts are merged into
    what is kept, then the days are written. One run at a time works; another gets TryAgain.
    """

    objects: Objects
    clients: ListedClients
    make_report: MakeReport
    make_figures: MakeFigures
    room: Path
    """A folder on disk for this run alone; its contents go."""
    state: State = field(default_factory=State, init=False)

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
            taken = sum(self._take_in(batch) for batch in _batches(self._new_facts()))
            changed = {client: days for client, days in self.state.pending.items() if days.keys() & DATASET_NAMES}
            written = sum(self._publish(client, bundles.get(client), days) for client, days in changed.items())
        stale = {client for client, bundle in bundles.items() if self.state.reported.get(client) != bundle.version}
        reports = sorted((changed.keys() | stale) & bundles.keys())
        for client in reports:
            self._report(bundles[client], now)
        self.state.pending = self._pending_elsewhere()
        self._save()
        unknown = sorted({name for days in self.state.pending.values() for name in days})
        return Summary(taken, written, reports, unknown)

    def _pending_elsewhere(self) -> dict[str, PendingDays]:
        """Return the pending days of datasets that this release does not know: another that does will write them."""
        unknown = {
            client: {name: dates for name, dates in days.items() if name not in DATASET_NAMES}
            for client, days in self.state.pending.items()
        }
        return {client: days for client, days in unknown.items() if days}

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
        compaction.merge(tables)
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

    def _publish(self, client: str, bundle: ClientBundle | None, days: PendingDays) -> int:
        folder = self.room / "publish"
        publication = Publication(self._db, self.state, bundle, client, folder / "out")
        written = 0
        for part in publication.publish(days, lambda keys: self.objects.fetch(keys, folder / "in")):
            self.objects.store(part.files)
            self.objects.delete(part.gone)
            written += len(part.files)
            shutil.rmtree(folder, ignore_errors=True)
        return written

    def _report(self, bundle: ClientBundle, now: datetime) -> None:
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
