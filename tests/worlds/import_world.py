"""A small world for the tests of the import: two clients, stores in memory, files in one line."""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from functions.crm_import import reading as file_reading
from functions.crm_import import service
from functions.crm_import.time_budget import TimeBudget
from functions.shared.adapters.client_files import read_folder
from functions.shared.domain.admission import ExistingInvitation, Known, RefusedWrite
from functions.shared.domain.client import Client, ClientBundle, Touchpoint
from functions.shared.domain.column_mapping import ColumnMapping
from functions.shared.domain.customer_attributes import CustomerRecord
from functions.shared.domain.errors import NotFound
from functions.shared.domain.feedback_block import BlockState
from functions.shared.domain.figures import Figures
from functions.shared.domain.notices import ReceiptNotice
from functions.shared.domain.upload import ChunkPointer, Claim, PlannedInvitation, ReadCheckpoint, UploadRecord

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)  # a Tuesday, noon in Amsterdam
PEPPER = b"pepper"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "clients"

MAPPING = {
    "fields": {
        "email": "Mail",
        "occurred_at": {"from": ["Dag", "Uur"], "format": "%d.%m.%Y %H:%M"},
        "channel": {"from": "Kanaal", "values": {"T": "phone", "M": "mail"}},
        "language": {"constant": "nl"},
        "team": "Team",
    },
    "facts": ["Extra"],
}


@cache
def _example() -> ClientBundle:
    return read_folder(EXAMPLES / "vaart")


def bundle(
    slug: str = "acme",
    touchpoints: Mapping[str, Mapping[str, Any]] | None = None,
    mappings: Mapping[str, Mapping[str, Any]] | None = None,
    **client: Any,
) -> ClientBundle:
    """Return a client in Amsterdam with the touchpoints `service` (recognised) and `mapped`; rules may be given."""
    example = _example()
    told = example.client.model_dump() | {"client": slug, "freshness_days": 14, "languages": ("en", "nl")} | client
    rules = {"service": {}, "mapped": {"mapping": "own"}} | dict(touchpoints or {})
    return example.model_copy(
        update={
            "client": Client.model_validate(told),
            "touchpoints": {
                name: Touchpoint.model_validate(
                    {"touchpoint": name, "name": {"en": name.title(), "nl": f"{name} NL"}, "questionnaire": "schade"}
                    | own
                )
                for name, own in rules.items()
            },
            "mappings": {
                name: ColumnMapping.model_validate(own) for name, own in {"own": MAPPING, **(mappings or {})}.items()
            },
        }
    )


def csv_file(
    *rows: Mapping[str, str] | Sequence[str], header: Sequence[str] = ("E-mail", "Datum contact", "Team")
) -> bytes:
    """Return a semicolon file; a row is its cells, or the cells that are not empty by header."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(header)
    for row in rows:
        cells = [row.get(name, "") for name in header] if isinstance(row, Mapping) else row
        writer.writerow(cells)
    return buffer.getvalue().encode()


def contact(address: str, at: str = "23-11-2026 10:00", team: str = "Blauw") -> tuple[str, str, str]:
    """Return the cells of a row."""
    return address, at, team


@dataclass
class CustomerTable:
    """What is known of customers, by key; `before` runs before each write."""

    items: dict[str, CustomerRecord] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    reads: int = 0
    writes: int = 0

    def find(self, keys: Iterable[str]) -> Mapping[str, CustomerRecord]:
        self.reads += 1
        return {key: self.items[key] for key in keys if key in self.items}

    def write(self, records: Sequence[CustomerRecord], now: datetime) -> Collection[str]:
        self.before()
        lost = set()
        for record in records:
            standing = self.items.get(record.key)
            if (standing.version if standing else 0) != record.version - 1:
                lost.add(record.key)
            else:
                self.items[record.key] = record
                self.writes += 1
        return lost


@dataclass
class Tables:
    """What DynamoDB would hold; every operation on an item is atomic. `before` runs before each of them."""

    blocks: dict[str, BlockState] = field(default_factory=dict)
    contacts: dict[str, PlannedInvitation] = field(default_factory=dict)
    invitations: dict[str, PlannedInvitation] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    suppressed: set[str] = field(default_factory=set)
    seats: dict[str, dict[str, int]] = field(default_factory=dict)
    """By period and holder; those of holders that were forgotten are under ""."""
    before: Callable[[str], None] = lambda operation: None
    stale_reads: bool = False
    refuses: Callable[[PlannedInvitation], bool] = lambda invitation: False
    """Which items the table will never take."""
    refuses_contact: Callable[[PlannedInvitation], bool] = lambda invitation: False

    def known(self, people: Sequence[tuple[str, ...]]) -> Mapping[str, Known]:
        self.before("read")
        if self.stale_reads:
            return {}
        return {
            invitation: Known(
                invitation=self._standing(invitation),
                blocks={key: self.blocks[key] for key in keys if key in self.blocks},
                opted_out=not self.opted_out.isdisjoint(keys),
                suppressed=keys[1] in self.suppressed,
            )
            for invitation, *keys in people
        }

    def claim(self, claims: Sequence[Claim], now: datetime, until: datetime) -> Sequence[BlockState | None]:
        return [self._claim(claim, now, until) for claim in claims]

    def _claim(self, claim: Claim, now: datetime, until: datetime) -> BlockState | None:
        self.before("claim")
        held = self.blocks.get(claim.key)
        if held is None or held.expires_at <= now:
            self.blocks[claim.key] = BlockState(claim.invitation_id, until, frozenset([claim.by]))
            return None
        if held.invitation_id != claim.invitation_id:
            return held
        self.blocks[claim.key] = BlockState(
            claim.invitation_id, max(until, held.expires_at), held.claimants | {claim.by}
        )
        return None

    def release_blocks(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            self.before("release")
            block = self.blocks.get(claim.key)
            if block is None or block.invitation_id != claim.invitation_id:
                continue
            self.blocks[claim.key] = block._replace(claimants=block.claimants - {claim.by})
            if not self.blocks[claim.key].claimants:
                del self.blocks[claim.key]

    def keep_contacts(self, invitations: Sequence[PlannedInvitation]) -> Sequence[RefusedWrite | None]:
        return [self._keep_contact(one) for one in invitations]

    def _keep_contact(self, one: PlannedInvitation) -> RefusedWrite | None:
        self.before("contact")
        if self.refuses_contact(one):
            return RefusedWrite("ValidationException")
        self.contacts[one.person] = one
        return None

    def create(self, invitations: Sequence[PlannedInvitation]) -> Sequence[ExistingInvitation | RefusedWrite | None]:
        return [self._create(one) for one in invitations]

    def _create(self, one: PlannedInvitation) -> ExistingInvitation | RefusedWrite | None:
        self.before("invitation")
        if self.refuses(one):
            return RefusedWrite("ValidationError")
        standing = self._standing(one.invitation_id)
        self.invitations.setdefault(one.invitation_id, one)
        return standing

    def _standing(self, invitation_id: str) -> ExistingInvitation | None:
        one = self.invitations.get(invitation_id)
        return ExistingInvitation(one.upload, one.row, one.planned_at, one.person, one.address_key) if one else None

    def admitted(self, period: str) -> int:
        return sum(self.seats.get(period, {}).values())

    def reserve(self, period: str, holder: str, taken: int, wanted: int, most: int) -> int:
        self.before("seats")
        held = self.seats.setdefault(period, {}).get(holder, 0)
        free = max(0, held - taken)
        more = max(0, min(wanted - free, most - self.admitted(period)))
        self.seats[period][holder] = held + more
        return min(wanted, free + more)

    def release(self, period: str, holder: str, used: int) -> None:
        self.before("seats")
        if self.seats.get(period, {}).get(holder, 0) > used:
            self.seats[period][holder] = used

    def commit(self, period: str, holder: str) -> None:
        self.before("seats")
        held = self.seats.get(period, {})
        held[""] = held.get("", 0) + held.pop(holder, 0)


@dataclass
class Told:
    """The notices that were put."""

    waiting: list[ReceiptNotice] = field(default_factory=list)

    def put(self, notice: ReceiptNotice) -> None:
        self.waiting.append(notice)


@dataclass
class World:
    """The buckets, the ledger, the queue and the tables, with the two steps of the import."""

    bundles: dict[str, ClientBundle] = field(default_factory=lambda: {"acme": bundle()})
    tables: Tables = field(default_factory=Tables)
    customers: CustomerTable = field(default_factory=CustomerTable)
    objects: dict[str, bytes] = field(default_factory=dict)
    facts: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, UploadRecord] = field(default_factory=dict)
    measured: dict[str, Figures] = field(default_factory=dict)
    notices: Told = field(default_factory=Told)
    queue: list[ChunkPointer] = field(default_factory=list)
    now: datetime = NOW
    attempts: int = 0
    reads_a_chunk_a_call: bool = False
    """Whether the reading hands over to itself behind each chunk."""

    # Clients
    def load(self, slug: str) -> ClientBundle:
        if slug not in self.bundles:
            raise NotFound(slug)
        return self.bundles[slug]

    # Files
    def open(self, key: str, version: str | None) -> tuple[int, Iterator[bytes]]:
        body = self.get(key)
        return len(body), iter([body[start : start + 70_000] for start in range(0, len(body), 70_000)])

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound(key)
        return self.objects[key]

    def get_each(self, keys: Iterable[str]) -> Iterator[bytes]:
        return map(self.get, keys)

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        self.objects[key] = b"".join(parts)

    def put_facts_once(self, key: str, body: bytes) -> bool:
        return self.facts.setdefault(key, body) is body

    def get_facts(self, key: str) -> bytes:
        return self.facts[key]

    def figures(self, client: str) -> Figures | None:
        return self.measured.get(client)

    # Ledger
    def begin(self, record: UploadRecord, now: datetime) -> UploadRecord:
        standing = self.records.get(record.upload_id)
        if standing is None or standing.expires_at <= now:
            self.records[record.upload_id] = record
        return self.records[record.upload_id]

    def find(self, upload_id: str) -> UploadRecord:
        return self.records[upload_id]

    def decided(self, upload_id: str, chunk: int) -> UploadRecord:
        record = self.records[upload_id]
        self.records[upload_id] = replace(record, done=record.done | {chunk})
        return self.records[upload_id]

    def complete(self, upload_id: str) -> None:
        self.records[upload_id] = replace(self.records[upload_id], state="complete")

    # Queue
    def send(self, pointers: Sequence[ChunkPointer]) -> None:
        self.queue.extend(pointers)

    @property
    def ledger(self) -> Any:
        """The same world, whose `get` is of records."""
        return _Ledger(self)

    def read(self, key: str) -> file_reading.ReadResult:
        """Deliver an object's event."""
        self.attempts += 1
        stores = file_reading.ReadStores(self, self.ledger, self, self, PEPPER, self.notices)
        legs: list[ReadCheckpoint | None] = [None]
        budget = TimeBudget(lambda: False, legs.append) if self.reads_a_chunk_a_call else None
        while legs:
            leg = legs.pop()
            result = file_reading.read_upload(key, None, self.now, f"attempt-{self.attempts}", stores, budget, leg)
        return result

    def admit(self, pointer: ChunkPointer) -> service.Admitted:
        """Deliver a chunk."""
        return service.decide_chunk(pointer, self.now, self.admit_stores)

    @property
    def admit_stores(self) -> service.AdmitStores:
        """What a chunk is admitted with."""
        return service.AdmitStores(self, self.ledger, self, self.tables, self.tables, self.customers, self.notices)

    def upload(
        self, body: bytes, key: str = "uploads/acme/service/file.csv"
    ) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Put a file, let everything happen, and return its receipt."""
        self.objects[key] = body
        self.read(key)
        while self.queue:
            self.admit(self.queue.pop(0))
        return self.receipt(key)

    def receipt(self, key: str = "uploads/acme/service/file.csv") -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Return a receipt's summary and lines."""
        place = "receipts/" + key.partition("/")[2]
        lines = list(csv.DictReader(io.StringIO(self.objects[f"{place}.csv"].decode())))
        return json.loads(self.objects[f"{place}.json"]), lines

    def travel(self, **by: float) -> None:
        """Move the clock."""
        self.now += timedelta(**by)


@dataclass
class _Ledger:
    world: World

    def begin(self, record: UploadRecord, now: datetime) -> UploadRecord:
        return self.world.begin(record, now)

    def get(self, upload_id: str) -> UploadRecord:
        return self.world.find(upload_id)

    def decided(self, upload_id: str, chunk: int) -> UploadRecord:
        return self.world.decided(upload_id, chunk)

    def complete(self, upload_id: str) -> None:
        self.world.complete(upload_id)


def outcomes(lines: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the outcomes of a receipt's lines."""
    return [line["outcome"] for line in lines]
