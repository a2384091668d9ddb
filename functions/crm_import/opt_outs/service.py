"""The lists of a client: people who said no elsewhere, who are opted out; and people to compare with who did.

A list is read once, a thousand rows at a time, and what a row asks is done before the next thousand is read: an opt-out
that was read counts at once, also where the file breaks off further on. Every step may be repeated: an active opt-out
is left as it is, and remembers the row that brought it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from functions.crm_import.columns.contents import Contents
from functions.crm_import.errors import FileRejected
from functions.crm_import.messages import translate
from functions.crm_import.opt_outs.columns import ListReader, ListRow, list_place, understand_list
from functions.crm_import.opt_outs.receipt import ListReceipts, lines
from functions.crm_import.readers.in_chunks import NumberedCells, read_in_chunks
from functions.crm_import.readers.table import Table
from functions.crm_import.roles import Files, Notices
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import BadInput, NotFound
from functions.shared.domain.notices import ReceiptNotice
from functions.shared.domain.object_keys import OptOutKey
from functions.shared.domain.opt_outs import NEED_A_PERSON, ListDecision, ListOutcome, OptOutRecord
from functions.shared.domain.upload import ReadCheckpoint
from functions.shared.services.clients import Clients
from functions.shared.services.opt_outs import OptOutBatches, opt_out_all

ROWS_PER_CHUNK = 1000
"""At a time."""


class OptOutRecords(OptOutBatches, Protocol):
    """Who opted out, by the key of a person or an address."""

    def find(self, keys: Iterable[str]) -> Mapping[str, OptOutRecord]:
        """Return the active ones, by key. Raises TryAgain."""


@dataclass(frozen=True)
class ListStores:
    """What a list is worked with."""

    files: Files
    clients: Clients
    opt_outs: OptOutRecords
    pepper: bytes = field(repr=False)
    notices: Notices


@dataclass(frozen=True)
class ListResult:
    """What a list came to: for the log and the metrics. `why` names what it was refused for."""

    client: str
    match: bool = False
    rows: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    handed_over: bool = False


def take_list(
    key: str,
    version: str | None,
    now: datetime,
    attempt: str,
    stores: ListStores,
    budget: TimeBudget[ReadCheckpoint] | None = None,
    checkpoint: ReadCheckpoint | None = None,
) -> ListResult:
    """Opt out whom a list names, or look them up, and write the receipt, whatever happens.

    `attempt` is a random name under which the lines of this attempt lie. `budget` says how long it may take (None: as
    long as it takes), `checkpoint` where an earlier one stopped.
    """
    try:
        upload = object_keys.read_opt_out_key(key)
    except BadInput:
        return _misplaced(key, stores.files)
    checkpoint = checkpoint or ReadCheckpoint(key, version, attempt, "", received_at=now)
    return _ListReading(upload, checkpoint, stores).run(budget)


def report_fault(key: str, stores: ListStores) -> None:
    """Write the receipt of a list that could not be taken through no fault of its own, and is tried again later."""
    try:
        upload = object_keys.read_opt_out_key(key)
        language = stores.clients.load(upload.client).client.languages[0]
    except (BadInput, NotFound):
        return
    ListReceipts(stores.files, upload).write("partial", translate(language, "fault"), {})


class _ListReading:
    """One checkpoint of one list."""

    def __init__(self, upload: OptOutKey, checkpoint: ReadCheckpoint, stores: ListStores) -> None:
        self._upload = upload
        self.checkpoint = checkpoint
        self.rows_per_chunk = ROWS_PER_CHUNK
        self._stores = stores
        self._receipts = ListReceipts(stores.files, upload)
        self._source = hashlib.sha256(f"{upload.key}\x1f{checkpoint.version or ''}".encode()).hexdigest()[:32]
        self._columns: dict[str, object] = {}
        self._bundle: ClientBundle
        self._language = "en"
        self._is_published = False

    def run(self, budget: TimeBudget[ReadCheckpoint] | None) -> ListResult:
        try:
            self._bundle = self._published()
            self._language, self._is_published = self._bundle.client.languages[0], True
            if not read_in_chunks(self._stores.files, list_place(self._bundle), self, budget):
                return self._told(handed_over=True)
        except FileRejected as refused:
            message = refused.message(self._language)
            if self.checkpoint.rows:
                why = "taken_before_match" if self._upload.match else "taken_before"
                message += " " + translate(self._language, why, rows=self.checkpoint.rows)
            if refused.why != "gone" or not self._receipts.exists():
                self._receipts.write("failed", message, self._columns, self._parts())
                self._tell_contact(needs_person=True)
            return self._told(why=refused.why)
        counts = self._receipts.write_whole(self.checkpoint.rows, self._language, self._columns, self._parts)
        self._tell_contact(needs_person=any(counts[outcome] for outcome in NEED_A_PERSON))
        return self._told(outcomes=counts)

    def understand(self, table: Table, size: int) -> Callable[[NumberedCells], Iterator[ListRow]]:
        """Return what reads the rows of the list."""
        client, received = self._bundle.client, self.checkpoint.received_at
        contents = Contents(table.sample, client, received.astimezone(client.zone).date())
        plan = understand_list(table.header, self._bundle, contents)
        self._columns.update(plan.explained)
        reader = ListReader(plan, self._bundle, self._stores.pepper)
        return lambda numbered: (reader.read(number, cells) for number, cells in numbered)

    def take(self, chunk: Sequence[ListRow]) -> None:
        """Do what the rows ask, and keep the lines that say so."""
        decide, client = self._compared if self._upload.match else self._opted_out, self._bundle.client
        decisions = list(decide(chunk, client.client, self._language))
        checkpoint = self.checkpoint
        self._stores.files.put(_part_key(checkpoint, checkpoint.chunks), lines(decisions, client.zone))
        self.checkpoint = replace(checkpoint, chunks=checkpoint.chunks + 1, rows=checkpoint.rows + len(chunk))

    def pause(self) -> None:
        """Say on the receipt how far the reading came."""
        message = translate(self._language, "reading", rows=self.checkpoint.rows)
        self._receipts.write("partial", message, self._columns, self._parts())

    def _tell_contact(self, *, needs_person: bool) -> None:
        """Mail the client's contact where an opt-out was not understood, whether or not it wants mails of receipts."""
        if needs_person and not self._upload.match and self._is_published:
            which = f"{self._source} {self.checkpoint.version or ''}"
            self._stores.notices.put(ReceiptNotice(self._upload.client, self._upload.receipt("json"), which))

    def _published(self) -> ClientBundle:
        try:
            return self._stores.clients.load(self._upload.client)
        except NotFound as error:
            raise FileRejected("unknown_client", client=self._upload.client) from error

    def _opted_out(self, rows: Sequence[ListRow], client: str, language: str) -> Iterator[ListDecision]:
        received = self.checkpoint.received_at
        active = opt_out_all(
            self._stores.opt_outs,
            (
                OptOutRecord(key, client, min(row.since or received, received), "file", self._source, row.number)
                for row in rows
                for key in row.keys
            ),
        )
        for row in rows:
            if row.outcome:
                yield ListDecision(row.number, row.outcome, translate(language, row.why, **row.values))
                continue
            opt_outs = [active[key] for key in row.keys]
            earliest = min(opt_outs, key=lambda one: one.since)
            ours = [one for one in opt_outs if one.upload == self._source]
            if any(one.row == row.number for one in ours):
                why, outcome = row.why, ListOutcome.OPTED_OUT
            else:
                why, outcome = "listed_before" if ours else "opted_out_before", ListOutcome.DUPLICATE
            if row.partly:
                why, outcome = row.why, ListOutcome.PARTLY
            values = row.values if why == row.why else {}
            yield ListDecision(row.number, outcome, translate(language, why, **values), earliest.since, earliest.how)

    def _compared(self, rows: Sequence[ListRow], client: str, language: str) -> Iterator[ListDecision]:
        stands = self._stores.opt_outs.find(key for row in rows for key in row.keys)
        for row in rows:
            opt_outs = [stands[key] for key in row.keys if key in stands]
            if row.outcome:
                yield ListDecision(row.number, row.outcome, translate(language, row.why, **row.values))
            elif row.partly:
                yield ListDecision(row.number, ListOutcome.PARTLY, translate(language, row.why, **row.values))
            elif opt_outs:
                earliest = min(opt_outs, key=lambda one: one.since)
                yield ListDecision(row.number, ListOutcome.OPTED_OUT, "", earliest.since, earliest.how)
            else:
                yield ListDecision(row.number, ListOutcome.NOT_OPTED_OUT)

    def _parts(self) -> Iterator[bytes]:
        return self._stores.files.get_each(
            _part_key(self.checkpoint, number) for number in range(self.checkpoint.chunks)
        )

    def _told(self, outcomes: Mapping[str, int] | None = None, why: str = "", handed_over: bool = False) -> ListResult:
        client = "" if why == "unknown_client" else self._upload.client  # a folder may be called after a person
        return ListResult(client, self._upload.match, self.checkpoint.rows, outcomes or {}, why, handed_over)


def _part_key(checkpoint: ReadCheckpoint, number: int) -> str:
    return f"{object_keys.WORK}{checkpoint.attempt}/opt-outs-{number:05d}.csv"


def _misplaced(key: str, files: Files) -> ListResult:
    """A list without a client has its receipt directly under receipts/opt-outs/."""
    file = key.removeprefix(object_keys.OPT_OUTS).strip("/") or key
    refused = FileRejected("bad_list_place", prefix=object_keys.OPT_OUTS)
    upload = OptOutKey(key, "", file, match=False)
    ListReceipts(files, upload).write("failed", str(refused), {})
    return ListResult("", why=refused.why)
