"""The import of a file in two steps: read it and cut it into chunks; admit a chunk, with the receipt after the last.

Nothing of a file is admitted before all of it was read, so a file that breaks off in the middle leaves nothing half
done. Both steps may be repeated at any point.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.crm_import.admitting import ChunkAdmission
from functions.crm_import.canonical import Row, RowReader
from functions.crm_import.chunks import ROWS, pack_decisions, pack_facts, pack_rows, unpack_rows
from functions.crm_import.columns import understand
from functions.crm_import.delimited import read_table
from functions.crm_import.receipt import Receipts, decisions_key
from functions.crm_import.rehearsal import RehearsedAdmissions, RehearsedQuotas
from functions.crm_import.roles import Admissions, ChunkQueue, Clients, Files, Ledger, Quotas
from functions.crm_import.seen import MOST_ROWS, Seen
from functions.crm_import.sentences import Refused
from functions.shared.domain import layout
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.errors import BadInput, NotFound
from functions.shared.domain.interaction import Decision, Outcome
from functions.shared.domain.layout import UploadKey
from functions.shared.domain.upload import ChunkPointer, UploadRecord

MOST_BYTES = 1_000_000_000
WORK_KEPT = timedelta(days=13)
"""A day less than the objects under work/ are kept."""
PROGRESS_AFTER = timedelta(seconds=60)
PROGRESS_EVERY = 50
"""A file that takes longer than PROGRESS_AFTER gets a receipt in the state `partial`, after every so many chunks."""


@dataclass(frozen=True)
class ReadStores:
    """What the first step works with."""

    files: Files
    ledger: Ledger
    clients: Clients
    queue: ChunkQueue
    pepper: bytes = field(repr=False)


@dataclass(frozen=True)
class AdmitStores:
    """What the second step works with."""

    files: Files
    ledger: Ledger
    clients: Clients
    admissions: Admissions
    quotas: Quotas


@dataclass(frozen=True)
class Reading:
    """What reading a file came to: for the log and the metrics. `why` names what it was refused for."""

    client: str
    upload_id: str = ""
    rows: int = 0
    chunks: int = 0
    why: str = ""


@dataclass(frozen=True)
class Admitted:
    """What admitting a chunk came to: the outcomes of its rows, none where an earlier attempt decided them."""

    upload: UploadRecord
    outcomes: Mapping[Outcome, int]
    rehearsal: bool


def read_upload(key: str, version: str | None, now: datetime, attempt: str, stores: ReadStores) -> Reading:
    """Read an uploaded object and hand its rows over in chunks; where that cannot be, write the receipt that says why.

    `attempt` is a random name under which the chunks of this attempt lie.
    """
    receipts = Receipts(stores.files)
    try:
        upload = layout.read_upload_key(key)
    except BadInput:
        upload = _misplaced(key)
        refused = Refused("bad_place", prefix=layout.UPLOADS)
        receipts.failed(upload, str(refused), {})
        return Reading(upload.client, why=refused.why)
    language = "en"
    columns: dict[str, object] = {}
    try:
        bundle = _client(upload, stores.clients)
        language = bundle.client.languages[0]
        _check_touchpoint(upload, bundle)
        return _read(upload, version, now, attempt, stores, bundle, columns)
    except Refused as refused:
        if refused.why != "gone" or not _has_receipt(upload, stores.files):
            receipts.failed(upload, refused.told(language), columns)
        return Reading(upload.client, why=refused.why)


def admit_chunk(pointer: ChunkPointer, now: datetime, stores: AdmitStores) -> Admitted:
    """Decide the rows of a chunk and write what that comes to; after the last chunk of a file, write its receipt."""
    record = stores.ledger.get(pointer.upload_id)
    upload = layout.read_upload_key(record.key)
    bundle = stores.clients.load(upload.client)
    if upload.rehearsal:
        return _rehearse(pointer, record, bundle, now, stores)
    outcomes: Counter[Outcome] = Counter()
    if pointer.chunk not in record.done:
        rows = unpack_rows(stores.files.get(pointer.key))
        admission = ChunkAdmission(bundle, record, pointer.chunk, now, stores.admissions, stores.quotas)
        decisions = admission.decide(rows)
        stores.files.put(decisions_key(record.upload_id, pointer.chunk), pack_decisions(decisions))
        facts_key = f"{layout.FACTS}outcomes/client={upload.client}/{record.contents}-{pointer.chunk:05d}.ndjson.gz"
        stores.files.put_facts_once(facts_key, pack_facts(_facts(rows, decisions, record, upload)))
        record = stores.ledger.decided(record.upload_id, pointer.chunk)
        outcomes.update(decision.outcome for decision in decisions)
    if record.all_decided:
        _close(record, bundle, stores)
    elif now - record.received_at >= PROGRESS_AFTER and len(record.done) % PROGRESS_EVERY == 0:
        write_progress(record.upload_id, stores)
    return Admitted(record, outcomes, rehearsal=False)


def write_progress(upload_id: str, stores: AdmitStores) -> None:
    """Write the receipt of a file of which chunks wait, with the rows that do."""
    record = stores.ledger.get(upload_id)
    bundle = stores.clients.load(layout.read_upload_key(record.key).client)
    Receipts(stores.files).decided(record, bundle.client.zone, bundle.client.languages[0])
    # The last chunk may have been decided, and its receipt written, while ours was: then ours is put right.
    record = stores.ledger.get(upload_id)
    if record.all_decided:
        _close(record, bundle, stores)


def _read(
    upload: UploadKey,
    version: str | None,
    now: datetime,
    attempt: str,
    stores: ReadStores,
    bundle: ClientBundle,
    columns: dict[str, object],
) -> Reading:
    try:
        size, blocks = stores.files.open(upload.key, version)
    except NotFound as error:
        raise Refused("gone") from error
    if size > MOST_BYTES:
        raise Refused("too_big", limit=MOST_BYTES // 1_000_000)
    contents = hashlib.sha256(f"{upload.client}\x1f{upload.touchpoint or ''}\x1f".encode())
    table = read_table(_hashed(blocks, contents.update))
    plan = understand(table.header, bundle, upload.touchpoint)
    columns.update(plan.explained)
    reader = RowReader(plan, bundle, upload.touchpoint, stores.pepper)
    rows = _first_of_each((reader.read(number, cells) for number, cells in enumerate(table.rows, 1)), size)
    keys: list[str] = []
    count = 0
    for chunk in _chunks(rows):
        keys.append(f"{layout.WORK}{attempt}/{len(keys):05d}.ndjson.gz")
        stores.files.put(keys[-1], pack_rows(chunk))
        count += len(chunk)
    digest = contents.hexdigest()
    # A rehearsal is decided anew each time; an upload once, however often it is delivered.
    name = f"{upload.key}\x1f{digest}" + (f"\x1f{attempt}" if upload.rehearsal else "")
    record = stores.ledger.begin(
        UploadRecord(
            upload_id=hashlib.sha256(name.encode()).hexdigest(),
            key=upload.key,
            contents=digest,
            received_at=now,
            rows=count,
            chunks=len(keys),
            expires_at=now + WORK_KEPT,
            columns=dict(plan.explained),
        ),
        now,
    )
    if record.all_decided:
        Receipts(stores.files).decided(record, bundle.client.zone, bundle.client.languages[0])
        stores.ledger.complete(record.upload_id)
    else:
        waiting = (number for number in range(len(keys)) if number not in record.done)
        pointers = [ChunkPointer(keys[number], record.upload_id, number) for number in waiting]
        stores.queue.send(pointers[:1] if upload.rehearsal else pointers)
    return Reading(upload.client, record.upload_id, count, len(keys))


def _rehearse(
    pointer: ChunkPointer, record: UploadRecord, bundle: ClientBundle, now: datetime, stores: AdmitStores
) -> Admitted:
    """Decide all chunks in order, each knowing what the earlier ones would have done."""
    admissions, quotas = RehearsedAdmissions(stores.admissions), RehearsedQuotas(stores.quotas)
    place = pointer.key.rpartition("/")[0]
    outcomes: Counter[Outcome] = Counter()
    for chunk in range(record.chunks):
        rows = unpack_rows(stores.files.get(f"{place}/{chunk:05d}.ndjson.gz"))
        decisions = ChunkAdmission(bundle, record, chunk, now, admissions, quotas).decide(rows)
        stores.files.put(decisions_key(record.upload_id, chunk), pack_decisions(decisions))
        outcomes.update(decision.outcome for decision in decisions)
    record = replace(record, done=frozenset(range(record.chunks)))
    _close(record, bundle, stores)
    return Admitted(record, outcomes, rehearsal=True)


def _close(record: UploadRecord, bundle: ClientBundle, stores: AdmitStores) -> None:
    Receipts(stores.files).decided(record, bundle.client.zone, bundle.client.languages[0])
    stores.ledger.complete(record.upload_id)


def _client(upload: UploadKey, clients: Clients) -> ClientBundle:
    try:
        return clients.load(upload.client)
    except NotFound as error:
        raise Refused("unknown_client", client=upload.client) from error


def _check_touchpoint(upload: UploadKey, bundle: ClientBundle) -> None:
    if upload.touchpoint is not None and upload.touchpoint not in bundle.touchpoints:
        known = ", ".join(sorted(bundle.touchpoints))
        raise Refused("unknown_touchpoint", client=upload.client, touchpoint=upload.touchpoint, known=known)


def _misplaced(key: str) -> UploadKey:
    """A key without a client has its receipt directly under receipts/."""
    prefix, _, rest = key.partition("/")
    *folders, file = [part for part in rest.split("/") if part] or [key]
    return UploadKey(key, "/".join(folders), None, file, f"{prefix}/" == layout.REHEARSE)


def _has_receipt(upload: UploadKey, files: Files) -> bool:
    try:
        files.get(upload.receipt("json"))
    except NotFound:
        return False
    return True


def _hashed(blocks: Iterable[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for block in blocks:
        update(block)
        yield block


def _first_of_each(rows: Iterable[Row], size: int) -> Iterator[Row]:
    """Make a row whose interaction stands earlier in the file a duplicate."""
    seen = Seen(size)
    for row in rows:
        if row.number > MOST_ROWS:
            raise Refused("too_many_rows", limit=MOST_ROWS)
        if row.outcome is None and not seen.add(row.invitation_id):
            yield replace(row, outcome=Outcome.DUPLICATE, why="same_file")
        else:
            yield row


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _facts(
    rows: Iterable[Row], decisions: Iterable[Decision], record: UploadRecord, upload: UploadKey
) -> Iterator[dict[str, object]]:
    imported_at = int(record.received_at.timestamp())
    for row, decision in zip(rows, decisions, strict=True):
        interaction = row.interaction
        yield {
            "client": upload.client,
            "touchpoint": interaction.touchpoint if interaction else upload.touchpoint,
            "upload": record.contents,
            "row": row.number,
            "interaction_id": decision.interaction_id,
            "outcome": decision.outcome,
            "imported_at": imported_at,
            "occurred_at": int(interaction.occurred_at.timestamp()) if interaction else None,
            "team": interaction.team if interaction else None,
            "employee_key": row.employee_key,
            "product": interaction.product if interaction else None,
            "channel": interaction.channel if interaction else None,
            "contact_reason": interaction.contact_reason if interaction else None,
        }
