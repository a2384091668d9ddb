"""Customer files of a client: what it knows of its customers, for the dimensions by which scores are divided.

A value holds from the file's own date on, or from the day on which the file came. Later files add to what is known and
change nothing about the time before, so that an answer keeps the values of its own moment.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Protocol

from functions.crm_import.columns.contents import Contents
from functions.crm_import.customers.columns import CustomerReader, customers_place, understand_customers
from functions.crm_import.errors import FileRejected
from functions.crm_import.lists.reading import ListReading, ListResult, refuse_place, report_fault
from functions.crm_import.lists.receipt import ListKind, line
from functions.crm_import.messages import translate
from functions.crm_import.readers.in_chunks import NumberedCells
from functions.crm_import.readers.table import Place, Table
from functions.crm_import.roles import Files, KnownCustomers, Notices
from functions.crm_import.time_budget import TimeBudget
from functions.shared.domain import object_keys
from functions.shared.domain.customer_attributes import (
    CustomerRecord,
    CustomerRow,
    CustomerRowOutcome,
    Snapshot,
    agrees,
    recorded,
)
from functions.shared.domain.errors import BadInput, TryAgain
from functions.shared.domain.object_keys import CustomerFileKey
from functions.shared.domain.upload import ReadCheckpoint
from functions.shared.services.clients import Clients

_ATTEMPTS = 5
"""Where another file names the same customers at the same time."""

CUSTOMERS = ListKind(
    "customers",
    ("row", "outcome", "reason"),
    frozenset((CustomerRowOutcome.CONFLICT, CustomerRowOutcome.INVALID)),
    "customers_attention",
)


class CustomerRecords(KnownCustomers, Protocol):
    """What is known of customers, by key, to be added to."""

    def write(self, records: Sequence[CustomerRecord], now: datetime) -> Collection[str]:
        """Write records of different keys over those of one version less; return the keys that had another version.

        Raises TryAgain where DynamoDB keeps lacking capacity.
        """


@dataclass(frozen=True)
class CustomerStores:
    """What a customer file is worked with."""

    files: Files
    clients: Clients
    customers: CustomerRecords
    pepper: bytes = field(repr=False)
    notices: Notices


def take_customers(
    key: str,
    version: str | None,
    now: datetime,
    attempt: str,
    stores: CustomerStores,
    budget: TimeBudget[ReadCheckpoint] | None = None,
    checkpoint: ReadCheckpoint | None = None,
) -> ListResult:
    """Keep what a file says of customers, and write the receipt, whatever happens.

    `attempt` is a random name under which the lines of this attempt lie. `budget` says how long it may take (None: as
    long as it takes), `checkpoint` where an earlier one stopped.
    """
    try:
        upload = object_keys.read_customer_file_key(key)
    except BadInput:
        file = key.removeprefix(object_keys.CUSTOMERS).strip("/") or key
        refused = FileRejected("bad_customers_place", prefix=object_keys.CUSTOMERS)
        return refuse_place(CustomerFileKey(key, "", file), CUSTOMERS, stores.files, refused)
    checkpoint = checkpoint or ReadCheckpoint(key, version, attempt, "", received_at=now)
    return _CustomerReading(upload, checkpoint, stores, now).run(budget)


def report_customers_fault(key: str, stores: CustomerStores) -> None:
    """Write the receipt of a file that could not be taken through no fault of its own, and is tried again later."""
    try:
        upload = object_keys.read_customer_file_key(key)
    except BadInput:
        return
    report_fault(upload, CUSTOMERS, stores)


class _CustomerReading(ListReading[CustomerRow]):
    """One checkpoint of one customer file."""

    taken_before = "taken_before"

    def __init__(
        self, upload: CustomerFileKey, checkpoint: ReadCheckpoint, stores: CustomerStores, now: datetime
    ) -> None:
        super().__init__(CUSTOMERS, upload, checkpoint, stores)
        self._customers = stores.customers
        self._pepper = stores.pepper
        self._now = now

    def place(self) -> Place:
        """Return where the rows are, as the mapping of customer files tells."""
        return customers_place(self.bundle)

    def plan(self, table: Table) -> tuple[Mapping[str, object], Callable[[NumberedCells], Iterator[CustomerRow]]]:
        """Return who and what, by column, and what reads it."""
        client, received = self.bundle.client, self.checkpoint.received_at
        contents = Contents(table.sample, client, received.astimezone(client.zone).date())
        columns = understand_customers(table.header, self.bundle, contents)
        reader = CustomerReader(columns, self.bundle, self._pepper)
        return columns.explained, lambda numbered: (reader.read(number, cells) for number, cells in numbered)

    def lines(self, rows: Sequence[CustomerRow]) -> Iterator[bytes]:
        """Keep what the rows say."""
        earlier = self._keep([row for row in rows if not row.outcome])
        for row in rows:
            before = earlier.get(row.number)
            if row.outcome:
                outcome, why = row.outcome, translate(self.language, row.why, **row.values)
            elif before is None:
                outcome, why = CustomerRowOutcome.KEPT, ""
            else:
                same = agrees(before, row.attributes)
                outcome = CustomerRowOutcome.DUPLICATE if same else CustomerRowOutcome.CONFLICT
                why = translate(self.language, f"customer_{outcome.value}", row=before.row)
            yield line(row.number, outcome.value, why)

    def _keep(self, rows: Sequence[CustomerRow]) -> dict[int, Snapshot]:
        """Write what rows say; return, by the number of a row, what an earlier row of this file said before it."""
        waiting: dict[str, list[CustomerRow]] = {}
        for row in rows:
            waiting.setdefault(row.key, []).append(row)
        earlier: dict[int, Snapshot] = {}
        for _ in range(_ATTEMPTS):
            known = self._customers.find(waiting)
            changed = []
            for key, own in waiting.items():
                record = known.get(key) or CustomerRecord(key, self.bundle.client.client)
                history = record.history
                for row in own:
                    told = Snapshot(self._since(row), row.attributes, self.source, row.number)
                    history, before = recorded(history, told)
                    if before:
                        earlier[row.number] = before
                if history != record.history:
                    changed.append(replace(record, history=history, version=record.version + 1))
            lost = set(self._customers.write(changed, self._now))
            waiting = {key: own for key, own in waiting.items() if key in lost}
            if not waiting:
                return earlier
        raise TryAgain("Other files keep changing the same customers.")

    def _since(self, row: CustomerRow) -> datetime:
        """Return from when on a row holds: its own moment, or the beginning of the client's day of the file."""
        received, zone = self.checkpoint.received_at, self.bundle.client.zone
        if row.at is not None:
            return min(row.at, received)
        return datetime.combine(received.astimezone(zone).date(), time(0), zone)
