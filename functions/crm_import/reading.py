"""The first step: read a file, cut its rows into chunks, hand those over.

Nothing of a file is admitted before all of it was read, so a file that breaks off in the middle leaves nothing half
done. A chunk has the same name and the same rows however often an attempt writes it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from functions.crm_import.chunk_files import ROWS_PER_CHUNK, chunk_key, pack_rows
from functions.crm_import.columns.canonical import RowReader
from functions.crm_import.columns.contents import Contents
from functions.crm_import.columns.customer_numbers import PLACEHOLDERS, NobodysNumbers, SharedNumbers, judge_numbers
from functions.crm_import.columns.moments import month_comes_first
from functions.crm_import.columns.recognition import Columns, place_of, understand
from functions.crm_import.columns.row import Row
from functions.crm_import.errors import FileRejected
from functions.crm_import.messages import MessageParameter, translate
from functions.crm_import.readers.in_chunks import NumberedCells, read_in_chunks
from functions.crm_import.readers.table import Broken, Table
from functions.crm_import.receipts.notification import notify_contact
from functions.crm_import.receipts.progress import tell_progress
from functions.crm_import.receipts.receipt import Receipts
from functions.crm_import.roles import ChunkQueue, Files, Ledger, Notices
from functions.crm_import.seen import Seen
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import BadInput, NotFound
from functions.shared.domain.interaction import RowOutcome
from functions.shared.domain.object_keys import UploadKey
from functions.shared.domain.upload import ChunkPointer, ReadCheckpoint, UploadRecord
from functions.shared.services.clients import Clients

WORK_KEPT = timedelta(days=13)
"""A day less than the objects under work/ are kept."""
_ROWS_SHOWN = 5


@dataclass(frozen=True)
class ReadStores:
    """What the first step works with."""

    files: Files
    ledger: Ledger
    clients: Clients
    queue: ChunkQueue
    pepper: bytes = field(repr=False)
    notices: Notices
    sends_sms: bool = False
    """Whether the deployment does."""


@dataclass(frozen=True)
class ReadResult:
    """What reading a file came to: for the log and the metrics. `why` names what it was refused for.

    `client` is empty where there is none of that name: a folder may be called after a person.

    `rows` and `chunks` count from the beginning of the file; `handed_over` says that there are more to read.
    """

    client: str
    upload_id: str = ""
    rows: int = 0
    chunks: int = 0
    why: str = ""
    handed_over: bool = False


def read_upload(
    key: str,
    version: str | None,
    now: datetime,
    attempt: str,
    stores: ReadStores,
    budget: TimeBudget[ReadCheckpoint] | None = None,
    checkpoint: ReadCheckpoint | None = None,
) -> ReadResult:
    """Read an uploaded object and hand its rows over in chunks; where that cannot be, write the receipt that says why.

    `attempt` is a random name under which the chunks of this attempt lie. `budget` says how long it may take (None: as
    long as it takes), `checkpoint` where an earlier one stopped.
    """
    receipts = Receipts(stores.files)
    try:
        upload = object_keys.read_upload_key(key)
    except BadInput:
        upload = _misplaced(key)
        refused = FileRejected("bad_place", prefix=object_keys.UPLOADS)
        receipts.failed(upload, str(refused), {})
        return ReadResult("", why=refused.why)
    bundle: ClientBundle | None = None
    columns: dict[str, object] = {}
    try:
        bundle = _client(upload, stores.clients)
        _check_touchpoint(upload, bundle)
        if checkpoint is None or checkpoint.bundle != bundle.version:
            # Rows that were read by other settings than the rest will be are read again.
            checkpoint = ReadCheckpoint(
                key, version, attempt, bundle.version, received_at=now if checkpoint is None else checkpoint.received_at
            )
        return _FileReading(upload, checkpoint, now, stores, bundle, columns).run(budget)
    except FileRejected as refused:
        if refused.why != "gone" or not _has_receipt(upload, stores.files):
            receipts.failed(upload, refused.message(bundle.client.languages[0] if bundle else "en"), columns)
            if bundle:
                notify_contact(upload, f"{key} {version}", bundle.client, stores.notices)
        return ReadResult(upload.client if bundle else "", why=refused.why)


def report_fault(key: str, stores: ReadStores) -> None:
    """Write the receipt of a file that could not be read through no fault of its own, and is tried again later."""
    try:
        upload = object_keys.read_upload_key(key)
        language = stores.clients.load(upload.client).client.languages[0]
    except (BadInput, NotFound):
        return
    Receipts(stores.files).waiting(upload, translate(language, "fault"), 0, {})


class _FileReading:
    """One checkpoint of the reading of one file: its rows, read and compared, lie in chunks under work/."""

    def __init__(
        self,
        upload: UploadKey,
        checkpoint: ReadCheckpoint,
        now: datetime,
        stores: ReadStores,
        bundle: ClientBundle,
        columns: dict[str, object],
    ) -> None:
        self._upload = upload
        self.checkpoint = checkpoint
        self.rows_per_chunk = ROWS_PER_CHUNK
        self._now = now
        self._stores = stores
        self._bundle = bundle
        self._columns = columns
        """How the columns were understood: told to the caller also where the reading fails."""
        self._seen: Seen
        self._remarks: list[MessageParameter] = []
        self._shared_numbers: tuple[str, SharedNumbers] | None = None
        """The header of the customer numbers, where those say who somebody is."""

    def run(self, budget: TimeBudget[ReadCheckpoint] | None) -> ReadResult:
        upload, place = self._upload, place_of(self._bundle, self._upload.touchpoint)
        contents = hashlib.sha256(f"{upload.client}\x1f{upload.touchpoint or ''}\x1f".encode())
        if read_in_chunks(self._stores.files, place, self, budget, contents.update):
            return self._read(self.checkpoint, contents.hexdigest())
        checkpoint = self.checkpoint
        return ReadResult(upload.client, rows=checkpoint.rows, chunks=checkpoint.chunks, handed_over=True)

    def understand(self, table: Table, size: int) -> Callable[[NumberedCells], Iterator[Row]]:
        """Return what reads rows and marks those whose interaction stands earlier in the file."""
        self._remarks = table.remarks
        contents = Contents(table.sample, self._bundle.client, self._received_on())
        plan = understand(table.header, self._bundle, self._upload.touchpoint, contents)
        self._columns.update(plan.explained)
        table.remarks.extend(plan.remarks)
        stores, checkpoint = self._stores, self.checkpoint
        self._seen = Seen.of_bytes(stores.files.get(_seen_key(checkpoint))) if checkpoint.chunks else Seen(size)
        reader = RowReader(
            plan,
            self._bundle,
            self._upload.touchpoint,
            stores.pepper,
            sends_sms=stores.sends_sms,
            month_first=self._month_comes_first(plan, table),
            nobodys=self._nobodys_numbers(plan, table),
        )
        return lambda numbered: _first_of_each((reader.read(number, cells) for number, cells in numbered), self._seen)

    def _month_comes_first(self, plan: Columns, table: Table) -> bool:
        """Decide it by the first rows, and tell of it where somebody could have meant it otherwise."""
        client, source = self._bundle.client, plan.sources["occurred_at"]
        if source.layout is not None:
            return False
        text = plan.text_of("occurred_at")
        texts = (text(cells) for cells in table.sample if not isinstance(cells, Broken))
        first = month_comes_first(texts, self._received_on(), client.freshness_days)
        if first is not False:
            why = "month_first" if first else "date_order_open"
            table.remarks.append(MessageParameter(why, column=source.header))
        return first is True

    def _nobodys_numbers(self, plan: Columns, table: Table) -> NobodysNumbers:
        """Decide by the first rows which customer numbers are nobody's, and watch the others."""
        column = plan.sources.get("customer_id")
        if self._bundle.client.identity != "customer_number" or column is None:
            return PLACEHOLDERS
        name = "last_name" if "last_name" in plan.sources else "name"
        texts = [plan.text_of(field) for field in ("customer_id", "email", name)]
        nobodys, many = judge_numbers(
            (
                (number, *(text(cells) for text in texts))  # type: ignore[misc]
                for number, cells in enumerate(table.sample, 1)
                if not isinstance(cells, Broken)
            ),
            has_names=name in plan.sources,
        )
        self._shared_numbers = column.header, SharedNumbers()
        if many:
            table.remarks.append(MessageParameter("shared_numbers", column=column.header, rows=_some_rows(many)))
        return nobodys

    def _received_on(self) -> date:
        return self.checkpoint.received_at.astimezone(self._bundle.client.zone).date()

    def take(self, chunk: Sequence[Row]) -> None:
        """Write a chunk under the name of this attempt."""
        checkpoint = self.checkpoint
        self._stores.files.put(_chunk_key(checkpoint.attempt, checkpoint.chunks), pack_rows(chunk))
        self.checkpoint = replace(
            checkpoint,
            chunks=checkpoint.chunks + 1,
            rows=checkpoint.rows + len(chunk),
            refusals=checkpoint.refusals ^ _refusals(chunk),
            of_several=self._of_several(chunk),
        )

    def _of_several(self, chunk: Sequence[Row]) -> tuple[int, ...]:
        """Return the rows so far whose customer number is that of different people: the first few."""
        found = self.checkpoint.of_several
        if self._shared_numbers is None or len(found) > _ROWS_SHOWN:
            return found
        several = set(found)
        for row in chunk:
            if row.interaction is not None:
                name = row.interaction.last_name or ""
                several.update(self._shared_numbers[1].rows(row.number, row.person, row.address_key, name))
        return tuple(sorted(several)[: _ROWS_SHOWN + 1])

    def pause(self) -> None:
        """Keep what was seen, and say on the receipt how far the reading came."""
        files, checkpoint = self._stores.files, self.checkpoint
        files.put(_seen_key(checkpoint), self._seen.to_bytes())
        message = translate(self._bundle.client.languages[0], "reading", rows=checkpoint.rows)
        Receipts(files).waiting(self._upload, message, checkpoint.rows, self._columns)

    def _read(self, checkpoint: ReadCheckpoint, contents: str) -> ReadResult:
        """Enter the file, and put the chunks on the queue that are not decided."""
        stores, rehearsal = self._stores, self._upload.rehearsal
        # A rehearsal is decided anew each time; an upload once, however often it is delivered, unless a setup that was
        # mended meanwhile has its rows read otherwise.
        name = f"{self._upload.key}\x1f{contents}" + (f"\x1f{checkpoint.attempt}" if rehearsal else "")
        if checkpoint.refusals:
            name += f"\x1f{checkpoint.refusals:016x}"
        if self._shared_numbers and checkpoint.of_several:
            rows = _some_rows(checkpoint.of_several)
            self._remarks.append(MessageParameter("numbers_of_several", column=self._shared_numbers[0], rows=rows))
        record = stores.ledger.begin(
            UploadRecord(
                upload_id=hashlib.sha256(name.encode()).hexdigest(),
                key=self._upload.key,
                contents=contents,
                received_at=checkpoint.received_at,
                rows=checkpoint.rows,
                chunks=checkpoint.chunks,
                expires_at=checkpoint.received_at + WORK_KEPT,
                columns=dict(self._columns),
                remarks=tuple(
                    translate(self._bundle.client.languages[0], one.why, **one.values) for one in self._remarks
                ),
            ),
            self._now,
        )
        tell_progress(record, stores, due="large")
        if not record.all_decided:
            waiting = (number for number in range(checkpoint.chunks) if number not in record.done)
            pointers = [
                ChunkPointer(_chunk_key(checkpoint.attempt, number), record.upload_id, number) for number in waiting
            ]
            stores.queue.send(pointers[:1] if rehearsal else pointers)
        return ReadResult(self._upload.client, record.upload_id, checkpoint.rows, checkpoint.chunks)


def _refusals(rows: Iterable[Row]) -> int:
    """Return 64 bits that tell which rows cannot be used, and why: the same in whatever order they are put together."""
    bits = 0
    for row in rows:
        if row.outcome in (RowOutcome.INVALID, RowOutcome.NO_ADDRESS):
            digest = hashlib.sha256(f"{row.number} {row.why}".encode()).digest()
            bits ^= int.from_bytes(digest[:8], "big")
    return bits


def _some_rows(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:_ROWS_SHOWN])) + (", ..." if len(rows) > _ROWS_SHOWN else "")


def _chunk_key(attempt: str, chunk: int) -> str:
    return chunk_key(f"{object_keys.WORK}{attempt}", chunk)


def _seen_key(checkpoint: ReadCheckpoint) -> str:
    return f"{object_keys.WORK}{checkpoint.attempt}/seen-{checkpoint.chunks:05d}.bin"


def _client(upload: UploadKey, clients: Clients) -> ClientBundle:
    try:
        return clients.load(upload.client)
    except NotFound as error:
        raise FileRejected("unknown_client", client=upload.client) from error


def _check_touchpoint(upload: UploadKey, bundle: ClientBundle) -> None:
    if upload.touchpoint is not None and upload.touchpoint not in bundle.touchpoints:
        known = ", ".join(sorted(bundle.touchpoints))
        raise FileRejected("unknown_touchpoint", client=upload.client, touchpoint=upload.touchpoint, known=known)


def _misplaced(key: str) -> UploadKey:
    """A key without a client has its receipt directly under receipts/."""
    prefix, _, rest = key.partition("/")
    *folders, file = [part for part in rest.split("/") if part] or [key]
    return UploadKey(key, "/".join(folders), None, file, f"{prefix}/" == object_keys.REHEARSE)


def _has_receipt(upload: UploadKey, files: Files) -> bool:
    try:
        files.get(upload.receipt("json"))
    except NotFound:
        return False
    return True


def _first_of_each(rows: Iterable[Row], seen: Seen) -> Iterator[Row]:
    """Make a row whose interaction stands earlier in the file a duplicate, and count each interaction once."""
    for row in rows:
        if row.outcome is None:
            if not seen.add(row.invitation_id):
                row = row._replace(outcome=RowOutcome.DUPLICATE, why="same_file")
            elif seen.was_unaddressed(row.invitation_id):
                row = row._replace(again=True)
        elif row.interaction is not None and not seen.add_unaddressed(row.invitation_id):
            row = row._replace(again=True)
        yield row
