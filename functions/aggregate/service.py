"""The use case of a run: one client's datasets and report, from its facts."""

import copy
import json
import shutil
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Protocol

import duckdb

from functions.aggregate import warehouse
from functions.aggregate.compaction import Compaction
from functions.aggregate.datasets.registry import DATASET_NAMES, DATASETS
from functions.aggregate.fact_objects import batches, is_readable, new_facts
from functions.aggregate.freshness import digest_is_due, is_outdated, local_day, report_is_due, settings_of, week_of
from functions.aggregate.imported import Fetch
from functions.aggregate.public_scores import ScorePublication
from functions.aggregate.publication import Publication
from functions.aggregate.release import Released
from functions.aggregate.roles import ListedObject, Objects
from functions.aggregate.state import State, lease_key, staged_prefix, state_key
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.dataset_run import DatasetRun
from functions.shared.domain.digest import Digest
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.notices import DigestNotice
from functions.shared.domain.public_score import PublicScore
from functions.shared.services.clients import Clients

REPORTED = timedelta(days=400)
"""How far back the datasets go that a report is made from."""
_OF_ITS_DATA = (duckdb.Error, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a client's own data or settings can lead to; a bucket that cannot be reached is no client's fault."""

MakeReport = Callable[[ClientBundle, Path, datetime], str]
"""Makes a client's page from the folder that holds its datasets, as they stand at a moment."""
MakeFigures = Callable[[ClientBundle, Path, datetime], bytes]
"""Makes a client's figures, likewise."""

MakeDigest = Callable[[ClientBundle, Path, datetime, Collection[str]], Digest | None]
"""Makes a client's digest, likewise, without the news of these keys; None while there is no score."""


MakePublicScores = Callable[[ClientBundle, Path, datetime], Sequence[PublicScore]]
"""Makes what a client publishes of its scores, likewise."""


class DigestQueue(Protocol):
    """Where mails to a client wait (functions.shared.adapters.notice_queue.SqsNotices)."""

    def put(self, notice: DigestNotice) -> None: ...


@dataclass(frozen=True)
class Making:
    """What is made of a client's datasets."""

    report: MakeReport
    figures: MakeFigures
    digest: MakeDigest
    public_scores: MakePublicScores


@dataclass(frozen=True)
class Summary:
    """What a run did: objects of facts taken in, days written, whether a report was made; and what it could not do."""

    facts: int = 0
    days: int = 0
    reported: bool = False
    unknown_datasets: Sequence[str] = ()
    """Names of datasets with pending days that this release does not know."""
    failed: str = ""
    """Where the client could not be finished: the kind of error, and its place; the next run tries again."""
    unreadable: Sequence[str] = ()
    """Keys of objects of facts that are none: they stay, and are left out."""
    unfinished: int = 0
    """Where the time was over before the work: how many runs in a row that was so. The next goes on."""


@dataclass
class AggregateRun:
    """The datasets and the report of one client, brought up to date with its facts.

    Safe to repeat and to break off at any moment: first the days to publish are noted, then the facts are merged into
    what is kept, then the days are written, and struck out as they are. So runs that break off, or whose time is over,
    come to the end all the same. Runs of other clients go side by side; of one client, one at a time works.
    """

    objects: Objects
    clients: Clients
    notices: DigestQueue
    public_scores: ScorePublication
    making: Making
    room: Path
    """A folder on disk for this run alone; its contents go."""
    has_time: Callable[[], bool] = lambda: True
    """Whether there is time for another batch, some more days or a report."""
    state: State = field(default_factory=State, init=False)
    _unreadable: list[str] = field(default_factory=list, init=False)
    _failed: str = field(default="", init=False)

    def run(self, wanted: DatasetRun, now: datetime, lease_seconds: float) -> Summary:
        """Take in the client's facts that are new, or in a rebuild all of them, and write the days that they change.

        The run must end within `lease_seconds`: then another may begin. Raises TryAgain where one is busy.
        """
        self._client = wanted.client
        self._take_lease(now, lease_seconds)
        try:
            return self._run(wanted, now)
        finally:
            self.objects.write(lease_key(self._client), _until(0))

    def _run(self, wanted: DatasetRun, now: datetime) -> Summary:
        bundle = self._bundle()
        kept = self.objects.read(state_key(self._client))
        self.state = State.from_json(kept[0]) if kept else State()
        self._put_in_place()
        if is_outdated(self.state, bundle) or (wanted.rebuild and wanted.rebuild != self.state.rebuild):
            self._forget(settings_of(bundle), wanted.rebuild)
        self.room.mkdir(parents=True, exist_ok=True)
        with warehouse.connect(self.room) as connection:
            self._db = connection
            waiting = list(batches(new_facts(self.objects, self._client, self.state)))
            taken = sum(self._take_in(batch, bundle) for batch in takewhile(lambda _: self.has_time(), waiting))
        is_whole = taken == sum(map(len, waiting)) - len(self._unreadable)
        written = self._publish(bundle, now, is_whole)
        digested = digest_is_due(self.state, bundle, now)
        due = bundle is not None and (wanted.report or digested or report_is_due(self.state, bundle, now))
        reported = bundle is not None and due and self._report(bundle, now, digested)
        left = not is_whole or self._pending() or (due and not reported)
        self.state.unfinished = self.state.unfinished + 1 if left and not self.has_time() else 0
        self._save()
        unknown = sorted(self.state.pending.keys() - DATASET_NAMES)
        return Summary(taken, written, reported, unknown, self._failed, self._unreadable, self.state.unfinished)

    def _pending(self) -> bool:
        """Say whether there are days that this release can write."""
        return bool(self.state.changed) or not self.state.pending.keys().isdisjoint(DATASET_NAMES)

    def _bundle(self) -> ClientBundle | None:
        try:
            return self.clients.load(self._client)
        except NotFound:
            return None  # withdrawn: what came in before is counted all the same

    def _fail(self, error: Exception) -> None:
        """Note that the client could not be finished: the kind of the error, its place; its text may quote data."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        self._failed = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"

    def _forget(self, settings: str, rebuild: str) -> None:
        """Begin again from the facts; every day that is published now is to be published again, or to go."""
        self.state = self.state.begin_again(settings, rebuild or self.state.rebuild)
        for name in DATASET_NAMES:
            prefix = object_keys.dataset_of(name, self._client)
            days = (item.key.removeprefix(prefix).split("/")[0] for item in self.objects.listing(prefix))
            self.state.expect({name: {day.removeprefix("dt=") for day in days}})
        self.state.pending = {name: days for name, days in self.state.pending.items() if days}
        self._save()
        for rows in ("journeys", "outcomes", "interactions", "reviews"):
            prefix = f"{object_keys.CURRENT}{rows}/client={self._client}/"
            self.objects.delete([item.key for item in self.objects.listing(prefix)])

    def _take_in(self, batch: Sequence[ListedObject], bundle: ClientBundle | None) -> int:
        folder = self.room / "batch"
        paths = self.objects.fetch([item.key for item in batch], folder)
        tables: dict[str, dict[str, Path]] = {}
        for key, path in paths.items():
            tables.setdefault(key.split("/")[1], {})[key] = path
        after = copy.deepcopy(self.state)
        compaction = Compaction(self._db, self._client, bundle, after, self._fetcher(folder), folder)
        try:
            compaction.merge(tables)
        except duckdb.Error:
            unreadable = [key for key, path in paths.items() if not is_readable(path)]
            if not unreadable:
                raise
            self._unreadable += unreadable
            self.state.take((item.key, item.modified) for item in batch if item.key in unreadable)
            shutil.rmtree(folder, ignore_errors=True)
            return self._take_in([item for item in batch if item.key not in unreadable], bundle)
        # The days to publish are safe before anything else changes: a run that breaks off has not lost them.
        self.state.expect(compaction.touched)
        self.state.changed |= compaction.answered
        self._save()
        self.objects.store(compaction.files)
        self.objects.store(compaction.last)
        self.objects.delete(compaction.gone)
        after.pending, after.changed = self.state.pending, self.state.changed
        after.take((item.key, item.modified) for item in batch)
        self.state = after
        self._save()
        shutil.rmtree(folder, ignore_errors=True)
        return len(batch)

    def _fetcher(self, folder: Path) -> Fetch:
        return lambda keys: self.objects.fetch(keys, folder)

    def _publish(self, bundle: ClientBundle | None, now: datetime, is_whole: bool) -> int:
        """Write the pending days, and strike out each part that is written; return how many files.

        Where not all facts are taken in, nothing is released: what is missing would be taken for removed.
        """
        if bundle is None:
            self.state.changed.clear()  # nothing is released any more
        today = date.fromisoformat(local_day(bundle, now)) if bundle else now.date()
        folder = self.room / "publish"
        written = 0
        try:
            with warehouse.connect(self.room) as connection:
                publication = Publication(connection, self.state, bundle, self._client, folder / "out")
                parts = publication.publish(today, self._fetcher(folder / "in"))
                for part in takewhile(lambda _: self.has_time(), parts):
                    if isinstance(part, Released):
                        if is_whole:
                            self._release(part)
                        continue
                    self.objects.store(part.files)
                    self.objects.delete(part.gone)
                    written += len(part.files)
                    shutil.rmtree(folder, ignore_errors=True)
                    self.state.written(part.dataset, part.days)
                    self._save()
        except _OF_ITS_DATA as error:
            self._fail(error)
        return written

    def _release(self, part: Released) -> None:
        """Store all of what is released or none: first beside its place, then that it is decided, then in its place.

        What is stored in part would be taken for released by the next run, and be fewer answers than a batch has.
        """
        self.objects.store({f"{staged_prefix(self._client)}{key}": path for key, path in part.files.items()})
        self.state.release(part.days, part.released, part.counted, part.files, part.touched, part.waiting)
        self._save()
        self._put_in_place()

    def _put_in_place(self) -> None:
        """Move what is staged to its place; a run that broke off may have left it there."""
        if not self.state.staged:
            return
        folder, prefix = self.room / "staged", staged_prefix(self._client)
        paths = self.objects.fetch([f"{prefix}{key}" for key in self.state.staged], folder)
        self.objects.store({key.removeprefix(prefix): path for key, path in paths.items()})
        staged, self.state.staged = self.state.staged, []
        self._save()
        self.objects.delete([f"{prefix}{key}" for key in staged])
        shutil.rmtree(folder, ignore_errors=True)

    def _report(self, bundle: ClientBundle, now: datetime, digested: bool) -> bool:
        """Make the report and the figures of datasets that are whole, where there is time; say whether they were."""
        if self._pending() or self._failed or not self.has_time():
            return False
        try:
            self._write_report(bundle, now, digested)
        except _OF_ITS_DATA as error:
            self._fail(error)
            return False
        return True

    def _write_report(self, bundle: ClientBundle, now: datetime, digested: bool) -> None:
        client = bundle.client.client
        folder = self.room / "report"
        since = f"dt={now - REPORTED:%Y-%m-%d}"
        keys = [
            item.key
            for dataset in DATASETS
            if dataset.reported
            for item in self.objects.listing(object_keys.dataset_of(dataset.name, client))
            if dataset.whole_history or item.key.split("/")[3] >= since
        ]
        self.objects.fetch(keys, folder)
        page = self.making.report(bundle, folder, now)
        self.objects.write(object_keys.figures(client), self.making.figures(bundle, folder, now), "application/json")
        self.objects.write(object_keys.report(client), page.encode(), "text/html; charset=utf-8")
        self.public_scores.publish(bundle, self.making.public_scores(bundle, folder, now), now)
        self.state.reported, self.state.reported_on = bundle.version, local_day(bundle, now)
        self.state.unreported = 0
        if digested:
            digest = self.making.digest(bundle, folder, now, self.state.told)
            if digest:
                self.notices.put(DigestNotice(client, digest))
                self.state.told = list(digest.holding)
            self.state.digested = week_of(bundle, now)
        shutil.rmtree(folder, ignore_errors=True)

    def _save(self) -> None:
        self.objects.write(state_key(self._client), self.state.to_json(), "application/json")

    def _take_lease(self, now: datetime, seconds: float) -> None:
        key = lease_key(self._client)
        held = self.objects.read(key)
        if held and json.loads(held[0])["until"] > now.timestamp():
            raise TryAgain("Another run of this client is busy; this one may be tried again when it is done.")
        if not self.objects.write_if(key, _until(now.timestamp() + seconds), held[1] if held else None):
            raise TryAgain("Another run of this client has just begun; this one may be tried again when it is done.")


def _until(moment: float) -> bytes:
    return json.dumps({"until": moment}).encode()
